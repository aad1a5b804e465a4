"""One line about a run: duration, last loss, error, model and release."""

import stat
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from morph.errors import MorphError
from morph.report.record import epochs_of
from morph.runs.evaluation_file import EVALUATION, mean_rmse
from morph.runs.lifecycle import RunState
from morph.runs.run_files import EVENTS, read_events


def of(run: RunState) -> dict[str, Any]:
    """minutes, loss, rmse, model_run and release; None where there is none."""
    release = run.config.get("release")
    name = release.get("release_id") if isinstance(release, dict) else None
    readable = run.state != "unreadable"  # it may be a link to somewhere else
    return {
        "minutes": _minutes(run),
        **_results(run.folder, stamp(run.folder) if readable else ()),
        "model_run": _text(run.config.get("model_run")),
        "release": _text(name),
    }


def stamp(folder: Path) -> tuple[int, ...]:
    """Modification times of a run's results; () where there are none."""
    found = []
    for name in (EVENTS, EVALUATION):
        with suppress(OSError):
            file = (folder / name).stat()
            if stat.S_ISREG(file.st_mode):
                found.append(file.st_mtime_ns)
    return tuple(found)


@lru_cache(maxsize=4096)
def _results(folder: Path, stamp: tuple[int, ...]) -> dict[str, float | None]:
    if not stamp:
        return {"loss": None, "rmse": None}
    epochs = epochs_of(read_events(folder))
    loss = float(epochs["loss"].iloc[-1]) if len(epochs) else None
    return {"loss": loss, "rmse": _rmse(folder)}


def _rmse(folder: Path) -> float | None:
    try:
        return mean_rmse(folder)
    except MorphError:  # its card says so
        return None


def _minutes(run: RunState) -> float | None:
    try:
        begun = datetime.fromisoformat(run.started or "")
        ended = datetime.fromisoformat(run.finished or "")
        return (ended - begun).total_seconds() / 60
    except (TypeError, ValueError):  # no time, or only one of them with a time zone
        return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
