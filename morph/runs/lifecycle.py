"""Create, start, cancel, read and list runs from outside their process.

A run is a detached process and its folder. It survives the browser, the server and the
terminal that started it, and is identified by its folder.
"""

import os
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from morph.atomic import new_folder, write_json, writing
from morph.errors import MorphError, RunError
from morph.home import run_folder
from morph.runs.active_run import INHERITED_LOCK
from morph.runs.cancel import is_process_of
from morph.runs.data_runs.kinds import data_run_of
from morph.runs.detach import environment_of, start_detached
from morph.runs.run_files import (
    CANCEL,
    CONFIG,
    LOCK,
    LOG,
    STATUS,
    check_own_files,
    created_time,
    holding_lock,
    is_locked,
    read_json,
)
from morph.runs.slurm.job import living_state, read_slurm_run, submit
from morph.runs.status_file import (
    ACTIVE,
    ENDED,
    FIELDS,
    STARTABLE,
    State,
    check_status,
)
from morph.wording import utc_now

ROOT = Path(__file__).resolve().parent.parent.parent
TRAINING = (sys.executable, "-m", "training")
# What executes runs that fetch data.
FETCHING = (sys.executable, "-m", "data.execute")

# Usual relative durations of stages; 1 for others.
_DURATIONS = {"fit": 30.0, "map": 3.0, "evaluate": 0.3, "release": 0.1, "table": 0.3}


@dataclass(frozen=True)
class RunState:
    """Current state of a run from its folder; times are ISO 8601 in UTC.

    "cancelling" and "lost" are derived, not written: the first is a running run that
    was asked to stop, the second a run whose process ended unexpectedly.
    """

    run_id: str
    folder: Path
    state: State
    config: dict[str, Any]
    created: str
    stage: str | None = None
    stages: tuple[str, ...] = ()
    step: int = 0
    total: int = 0
    message: str = ""
    eta_s: float | None = None
    pid: int | None = None
    started: str | None = None
    finished: str | None = None
    error: str | None = None
    heartbeat: str | None = None
    host: str | None = None
    gpus: tuple[dict[str, Any], ...] = ()  # name, free, total and use of each

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def trains(self) -> bool:
        """Whether it is one of `morph.runs.config.KINDS`; others fetch data."""
        return data_run_of(self.config) is None

    @property
    def startable(self) -> bool:
        return self.state in STARTABLE

    @property
    def progress(self) -> float:
        """Progress over all stages, in [0, 1]."""
        if self.state == "finished":
            return 1.0
        if self.stage not in self.stages:
            return 0.0
        within = min(self.step / self.total, 1.0) if self.total else 0.0
        durations = [_DURATIONS.get(stage, 1.0) for stage in self.stages]
        index = self.stages.index(self.stage)
        return (sum(durations[:index]) + within * durations[index]) / sum(durations)


def create_run(
    root: Path,
    run_id: str,
    config: dict[str, Any],
    *,
    fill: Callable[[Path], None] = lambda folder: None,
) -> Path:
    """Create the folder of a new run atomically and return it.

    ``fill`` writes more files into it.
    RunError if there is a run of that name; CannotWrite if it cannot be written.
    """
    folder = run_folder(root, run_id)
    try:
        with writing(folder.parent), new_folder(folder) as temporary:
            fill(temporary)
            write_json(temporary / CONFIG, config)
    except FileExistsError as error:
        raise RunError(
            f"there is already a run {run_id!r}; choose another name"
        ) from error
    return folder


def start_run(folder: Path, *, command: Sequence[str] = ()) -> None:
    """Start or resume the run in a detached process, by default that of its kind.

    RunError if it is active or finished; CannotWrite if its folder cannot be written.
    """
    with writing(folder):
        check_own_files(folder)
        folder = folder.resolve()
        with holding_lock(folder / LOCK) as lock:
            _start(folder, command, lock)


def _start(folder: Path, command: Sequence[str], lock: int) -> None:
    state = _state(folder, locked=False)
    if not state.startable:
        raise RunError(f"{folder.name} is {state.state}; create a new run to repeat it")
    (folder / CANCEL).unlink(missing_ok=True)
    queued = {"state": "queued", "message": "starting", "started": utc_now()}
    write_json(folder / STATUS, queued | {"heartbeat": utc_now()})
    usual = TRAINING if state.trains else FETCHING
    launch = [*(command or usual), str(folder)]
    if read_slurm_run(folder) is not None:
        submit(folder, launch, work_in=ROOT, environment=environment_of(folder))
        return
    start_detached(  # its process keeps the lock
        launch,
        log=folder / LOG,
        folder=ROOT,
        environment=environment_of(folder, **{INHERITED_LOCK: str(lock)}),
        keep_open=[lock],
    )


def cancel_run(folder: Path) -> None:
    """Start to cancel an active run; returns at once."""
    folder = folder.resolve()
    state = read_run(folder)
    if not state.active:
        raise RunError(
            f"the state of {state.run_id} is: {state.state}; there is nothing to cancel"
        )
    if state.state == "cancelling":
        return
    with writing(folder):
        (folder / CANCEL).touch()
        start_detached(
            [sys.executable, "-m", "morph.runs.cancel", str(folder)],
            log=folder / LOG,
            folder=ROOT,
            environment=environment_of(folder),
        )


def read_run(folder: Path) -> RunState:
    """Current state of a run, "unreadable" for a broken folder.

    The files of a run that has ended are read again only when they have changed.
    """
    try:
        ended = _ended(folder, _mark(folder))
        if ended is not None:
            return ended
        check_own_files(folder)
        return _state(folder, locked=is_locked(folder / LOCK))
    except (MorphError, OSError, TypeError) as error:
        return RunState(folder.name, folder, "unreadable", {}, "", error=str(error))


def list_runs(root: Path) -> list[RunState]:
    """All runs, newest first; RunError if their folder cannot be read."""
    folders = root / "runs"
    try:
        with os.scandir(folders) as found:
            names = [one.name for one in found if one.is_dir() and one.name[0] != "."]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError(
            f"{folders} cannot be read ({error.strerror}); it must be a folder that "
            "the user who runs morph may read"
        ) from error
    runs = [read_run(folders / name) for name in names]
    return sorted(runs, key=lambda run: (run.created, run.run_id), reverse=True)


def silent_s(run: RunState) -> float:
    """Seconds since a running run last wrote its status; 0 for others."""
    if run.state != "running" or run.heartbeat is None:
        return 0.0
    try:
        last = datetime.fromisoformat(run.heartbeat)
        return max((datetime.now(UTC) - last).total_seconds(), 0.0)
    except (TypeError, ValueError):  # no time, or one without a time zone
        return 0.0


def _mark(folder: Path) -> tuple[int, ...]:
    """Changes with the files of a run; () where one of them is missing.

    The folder's own time tells of new files and links in it.
    """
    mark = [os.lstat(folder).st_mtime_ns]
    for name in (CONFIG, STATUS):
        try:
            file = (folder / name).stat()
        except FileNotFoundError:
            return ()
        mark += [file.st_ino, file.st_mtime_ns, file.st_size]
    return tuple(mark)


@lru_cache(maxsize=4096)
def _ended(folder: Path, mark: tuple[int, ...]) -> RunState | None:
    """The state of a run that has ended; None of any other run."""
    if not mark:
        return None
    check_own_files(folder)  # first: links are refused
    ended = read_json(folder / STATUS).get("state") in ENDED
    return _state(folder, locked=False) if ended else None


def _state(folder: Path, *, locked: bool) -> RunState:
    config = read_json(folder / CONFIG)
    created = created_time(folder)
    if not (folder / STATUS).exists():
        state = "queued" if locked else "created"
        return RunState(folder.name, folder, state, config, created)
    status = read_json(folder / STATUS)
    check_status(folder / STATUS, status)
    values = {name: value for name, value in status.items() if name in FIELDS}
    values |= {"run_id": folder.name, "folder": folder, "config": config}
    values["gpus"] = tuple(values.get("gpus", ()))
    values |= {"created": created, "stages": tuple(status.get("stages", ()))}
    if status.get("state") in ACTIVE:
        values |= _living_state(folder, status, locked=locked)
    return RunState(**values)


def _living_state(
    folder: Path, status: dict[str, Any], *, locked: bool
) -> dict[str, Any]:
    """What the status of an active run cannot say: how its process or job is."""
    if (job := read_slurm_run(folder)) is not None:
        return living_state(folder, job, status, locked=locked)
    here = status.get("pid") is not None and status.get("host") == socket.gethostname()
    if not locked or (here and not is_process_of(status)):
        return {"state": "lost"}
    return {"state": "cancelling"} if (folder / CANCEL).exists() else {}
