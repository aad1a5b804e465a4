"""The clock is set back, or the process id of a run is given to another process."""

import fcntl
import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

import psutil

from morph.errors import RunError
from morph.runs.cancel import stop_run
from morph.runs.lifecycle import create_run, read_run
from tests.faults.trials import Fault, Trial
from tests.morph.runs import counting


def clock(trial: Trial) -> None:
    """A run is running and can be stopped, whatever the clock says.

    The clock of this machine is not set: the times that psutil takes from it are moved.
    """
    folder = create_run(trial.root, "clock", counting.LONG | {"deaf": "to the file"})
    counting.start(folder)
    counting.wait_for_stage(folder, "one")
    hours = trial.moments.choice((-48, -1, 1, 48))
    trial.say(f"clock moved by {hours} hours")
    began, booted = psutil.Process.create_time, psutil.boot_time
    moved = 3600 * hours
    with (
        mock.patch.object(psutil.Process, "create_time", lambda p: began(p) + moved),
        mock.patch.object(psutil, "boot_time", lambda: booted() + moved),
        mock.patch.object(time, "time", lambda now=time.time: now() + moved),
    ):
        assert read_run(folder).state == "running"
        stop_run(folder, patience_s=0.5)
    assert read_run(folder).state == "cancelled"


def process_id(trial: Trial) -> None:
    """A process with the number of a dead run is neither shown as it nor stopped."""
    folder = create_run(trial.root, "reused", counting.LONG)
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as other:
        _say_it_runs(folder, other.pid)
        assert read_run(folder).state == "lost"
        with (folder / "lock").open("ab") as lock:  # somebody holds the lock for long
            fcntl.flock(lock, fcntl.LOCK_EX)
            assert read_run(folder).state == "lost"
            try:
                stop_run(folder, patience_s=0.2)
            except RunError as error:
                trial.say(f"told: {error}")
            else:
                raise AssertionError("a run was ended that nobody can end")
        assert other.poll() is None, "another process was killed"
        other.communicate(b"\n")
    counting.start(folder)
    counting.wait_for_state(folder, "running")
    stop_run(folder)


def _say_it_runs(folder: Path, pid: int) -> None:
    status = {"state": "running", "pid": pid, "pid_since_boot_s": 1.0}
    status |= {"host": socket.gethostname()}
    (folder / "status.json").write_text(json.dumps(status))


FAULTS = (
    Fault("the clock is set", clock),
    Fault("a process id is used again", process_id, random=False),
)
