"""The ladder by which a run is stopped: ask, then SIGTERM, then SIGKILL.

``python -m morph.runs.cancel RUN_FOLDER`` climbs it in a process of its own, so that no
page waits and no closed page leaves a run half stopped.
"""

import os
import signal
import socket
import sys
import time
from pathlib import Path

import psutil

from morph.atomic import write_json
from morph.errors import RunError
from morph.runs.run_files import (
    CANCEL,
    LOCK,
    STATUS,
    append_event,
    is_locked,
    read_json,
    take_lock,
)
from morph.wording import utc_now

PATIENCE_S = 20.0
POLL_S = 0.2
CREATE_TIME_TOLERANCE_S = 2.0  # psutil derives it from the clock, which may be set


def stop_run(folder: Path, *, patience_s: float = PATIENCE_S) -> None:
    """Ask the run to stop; after ``patience_s`` send SIGTERM, then SIGKILL.

    Returns when its process is gone and its status says so.

    Raises
    ------
    RunError
        If it lives on after SIGKILL (it runs on another machine, for example).
    """
    (folder / CANCEL).touch()
    for number in (signal.SIGTERM, signal.SIGKILL):
        if _ends_within(folder, patience_s):
            break
        _send(folder, number)
    if not _ends_within(folder, patience_s):
        raise RunError(f"{folder.name} does not end; stop its process by hand")
    _mark_cancelled(folder)


def is_process_of(status: dict) -> bool:
    """Whether the process a status names lives on this machine, and is still it."""
    pid, created = status.get("pid"), status.get("pid_create_time")
    if pid is None or status.get("host") != socket.gethostname():
        return False
    try:
        found = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return False
    return abs(found - created) < CREATE_TIME_TOLERANCE_S


def _send(folder: Path, number: signal.Signals) -> None:
    """Signal the run's process group, or its process alone if it leads none."""
    status = read_json(folder / STATUS)
    if not is_process_of(status):
        return
    pid = status["pid"]
    try:
        if os.getpgid(pid) == pid:
            os.killpg(pid, number)
        else:
            os.kill(pid, number)
    except ProcessLookupError:
        return  # it ended meanwhile, which is all we want


def _ends_within(folder: Path, patience_s: float) -> bool:
    end = time.monotonic() + patience_s
    while is_locked(folder / LOCK):
        if time.monotonic() > end:
            return False
        time.sleep(POLL_S)
    return True


def _mark_cancelled(folder: Path) -> None:
    """Write the end of a run that could not write it itself."""
    lock = take_lock(folder / LOCK)
    try:
        status = read_json(folder / STATUS)
        if status["state"] in ("queued", "running"):
            append_event(folder, "run_cancelled", durable=True, how="killed")
            end = {"state": "cancelled", "message": "cancelled; its process was killed"}
            write_json(folder / STATUS, status | end | {"finished": utc_now()})
        (folder / CANCEL).unlink(missing_ok=True)
    finally:
        os.close(lock)


if __name__ == "__main__":
    stop_run(Path(sys.argv[1]))
