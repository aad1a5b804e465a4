"""Continue an unfinished run that does the same, or make a new one."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from morph.errors import RunError
from morph.home import checked_name
from morph.runs.data_runs.kinds import MAKE_STORES
from morph.runs.lifecycle import RunState, create_run
from morph.wording import command

_LONGEST = 58  # characters of a name that gets a number


def runs_to(runs: Iterable[RunState], store: str) -> list[RunState]:
    """Those of ``runs`` that make a cutout store or add to it, whatever their kind."""
    return [
        run
        for run in runs
        if run.config.get("kind") in MAKE_STORES and run.config.get("store") == store
    ]


def unfinished(
    runs: Iterable[RunState], same: Callable[[RunState], bool], *, busy: str
) -> Path | None:
    """The folder of the first of ``runs`` that can be continued and does the same.

    RunError if one of them is active; ``busy`` says what it is doing.
    """
    for run in runs:
        if run.active:
            raise RunError(
                f"{busy} by the run {run.run_id}; follow it: "
                + command("runs", "watch", run.run_id)
            )
        if run.startable and same(run):
            return run.folder
    return None


def new_run(
    root: Path,
    name: str,
    config: Callable[[str], Mapping[str, Any]],
    *,
    taken: Callable[[str], bool] = lambda name: False,
    fill: Callable[[Path], None] = lambda folder: None,
) -> Path:
    """The folder of a new run, called ``name``, with a number if that is taken.

    ``config`` makes the configuration from that name; ``fill`` writes more files into
    the folder before it is there.
    """
    number, free = 1, checked_name(name, what="run")
    while (root / "runs" / free).exists() or taken(free):
        number += 1
        free = f"{name[:_LONGEST]}-{number}"
    return create_run(root, free, dict(config(free)), fill=fill)
