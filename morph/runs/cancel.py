"""Stop a run: by request, then SIGTERM, then SIGKILL.

``python -m morph.runs.cancel RUN_FOLDER`` ends a run that was asked to stop, in a
separate process, so that pages do not wait for it.
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
    check_own_files,
    holding_lock,
    is_locked,
    read_json,
    started_again,
)
from morph.runs.slurm.job import stop_job
from morph.wording import utc_now

PATIENCE_S = 20.0
POLL_S = 0.2
CREATE_TIME_TOLERANCE_S = 2.0


def stop_run(folder: Path, *, patience_s: float = PATIENCE_S) -> None:
    """Ask the run to stop; after ``patience_s`` send SIGTERM, then SIGKILL.

    Returns when its process has ended and its status is updated. RunError if it
    survives SIGKILL, for example because it runs on another machine, or if its folder
    has a link.
    """
    check_own_files(folder)
    (folder / CANCEL).touch()
    end_run(folder, patience_s=patience_s)


def end_run(folder: Path, *, patience_s: float = PATIENCE_S) -> None:
    """`stop_run` of a run that was asked to stop; nothing if it was started again."""
    stop_job(folder, patience_s=patience_s)
    for number in (signal.SIGTERM, signal.SIGKILL):
        if started_again(folder):
            return
        if _ends_within(folder, patience_s):
            break
        _send(folder, number)
    if not _ends_within(folder, patience_s):
        raise RunError(f"{folder.name} has not ended; stop its process manually")
    _mark_cancelled(folder)


def is_process_of(status: dict) -> bool:
    """Whether the process of a status is running on this machine."""
    pid = status.get("pid")
    if pid is None or status.get("host") != socket.gethostname():
        return False
    try:
        process = psutil.Process(pid)
        if "pid_since_boot_s" in status:
            moved = since_boot_s(process) - status["pid_since_boot_s"]
        else:  # of an earlier version
            moved = process.create_time() - status["pid_create_time"]
    except psutil.NoSuchProcess:
        return False
    except (KeyError, TypeError, ValueError):  # no run writes such a status
        return False
    return abs(moved) < CREATE_TIME_TOLERANCE_S


def since_boot_s(process: psutil.Process) -> float:
    """When a process began; unlike ``create_time``, the same if the clock is set."""
    return process.create_time() - psutil.boot_time()


def _send(folder: Path, number: signal.Signals) -> None:
    """Signal the process group of the run, or its process if it leads none."""
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
        return  # it has already ended


def _ends_within(folder: Path, patience_s: float) -> bool:
    end = time.monotonic() + patience_s
    while is_locked(folder / LOCK):
        if time.monotonic() > end:
            return False
        time.sleep(POLL_S)
    return True


def _mark_cancelled(folder: Path) -> None:
    """Record the end of a run that could not record it itself."""
    if started_again(folder):
        return
    with holding_lock(folder / LOCK):
        status = read_json(folder / STATUS)
        if status["state"] in ("queued", "running"):
            append_event(folder, "run_cancelled", durable=True, how="killed")
            how = "; its process was killed" if status.get("pid") else ""
            end = {"state": "cancelled", "message": f"cancelled{how}"}
            write_json(folder / STATUS, status | end | {"finished": utc_now()})
        (folder / CANCEL).unlink(missing_ok=True)


if __name__ == "__main__":
    end_run(Path(sys.argv[1]))
