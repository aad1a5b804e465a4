"""Ask Slurm for the states of jobs.

``squeue`` knows jobs that wait, run or have just ended, ``sacct`` all others where the
cluster keeps accounts. Slurm may be slow, silent or without accounts: then a job is
UNKNOWN, or GONE if Slurm has no record of it.

A job is known by its number and its name: numbers are given again after a reset of the
cluster, so a job with another name is not the one that is meant.
"""

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from morph.errors import RunError
from morph.wording import printable

CALL_TIMEOUT_S = 20.0
EVERY_S = 5.0  # shortest time between two queries to Slurm
FIRST_WAIT_S = 3.0  # a reader waits so long for the first answer
FORGET_S = 120.0  # jobs nobody has asked for since are no longer asked about

# What Slurm's commands get of the environment: none of the variables that change what
# they list, nor those of a job that this process may be part of.
_CLIENT = ("HOME", "LD_LIBRARY_PATH", "LOGNAME", "PATH", "SLURM_CONF", "USER")
_SQUEUE = ("id", "name", "state", "reason", "nodes", "partition")
_SQUEUE_FORMAT = "%i|%j|%T|%r|%N|%P"
_SACCT_FORMAT = "JobID,JobName,State,NodeList,Partition,ExitCode"

WAITS = ("PENDING", "REQUEUE", "SPECIAL_EXIT", "RESV_DEL_HOLD")
RUNS = (
    *("RUNNING", "COMPLETING", "CONFIGURING", "SUSPENDED", "STOPPED", "SIGNALING"),
    *("STAGE_OUT", "RESIZING"),
)
ENDED = (
    *("COMPLETED", "CANCELLED", "FAILED", "TIMEOUT", "OUT_OF_MEMORY", "NODE_FAIL"),
    *("PREEMPTED", "BOOT_FAIL", "DEADLINE", "REVOKED", "GONE"),
)


Key = tuple[str, str]  # number and name of a job


@dataclass(frozen=True)
class Job:
    """What Slurm says of a job."""

    state: str  # "PENDING", "CANCELLED by 0", ...; also "UNKNOWN" and "GONE"
    reason: str = ""  # why it waits, or why its state is not known
    nodes: str = ""
    partition: str = ""
    exit_code: str = ""  # "0:9": status and signal
    in_queue: bool = True  # False if ``squeue`` does not know it: it has ended

    @property
    def waits(self) -> bool:
        return self.state.startswith(WAITS)

    @property
    def ended(self) -> bool:
        return self.state.startswith(ENDED)


class NoAnswer(RunError):
    """A command did not end in time, so what it did is not known."""


class JobWatch:
    """The last known states of jobs, asked for together and in a thread.

    A page that is drawn every second neither waits for Slurm nor burdens it.
    """

    def __init__(self, *, every_s: float = EVERY_S, wait_s: float = FIRST_WAIT_S):
        self._every_s, self._wait_s = every_s, wait_s
        self._lock = threading.Lock()
        self._wanted: dict[Key, float] = {}  # when last wanted
        self._known: dict[Key, Job] = {}
        self._asked = self._began = float("-inf")
        self._thread: threading.Thread | None = None

    def job(self, job_id: str, name: str) -> Job:
        """The job with this number and name; waits only for the first answer.

        Readers of many jobs wait for the same answer, not one after another.
        """
        key = job_id, name
        while True:
            thread, began = self._ask_if_due(key)
            left = began + self._wait_s - time.monotonic()
            if key in self._known or thread is None or left <= 0:
                break
            thread.join(left)
        return self._known.get(key, Job("UNKNOWN", "it has not answered yet"))

    def _ask_if_due(self, key: Key) -> tuple[threading.Thread | None, float]:
        """The thread that asks, and when it began."""
        with self._lock:
            now = time.monotonic()
            self._wanted[key] = now
            due = key not in self._known or now - self._asked > self._every_s
            if due and (self._thread is None or not self._thread.is_alive()):
                kept = {k: at for k, at in self._wanted.items() if now - at < FORGET_S}
                self._wanted, self._began = kept, now
                self._thread = threading.Thread(
                    target=self._ask, args=(tuple(kept),), daemon=True
                )
                self._thread.start()
            return self._thread, self._began

    def _ask(self, wanted: Collection[Key]) -> None:
        found = ask(wanted)
        with self._lock:
            self._known |= found
            self._asked = time.monotonic()


def ask(jobs: Collection[Key]) -> dict[Key, Job]:
    """The states of jobs."""
    try:
        found = _in_queue(jobs)
    except RunError as error:
        return dict.fromkeys(jobs, Job("UNKNOWN", str(error)))
    missing = [key for key in jobs if key not in found]
    return found | (_in_accounts(missing) if missing else {})


def call(
    command: Sequence[str],
    *,
    timeout_s: float = CALL_TIMEOUT_S,
    environment: Mapping[str, str] | None = None,
) -> str:
    """The output of a command of Slurm; RunError if it fails, NoAnswer if too slow."""
    try:
        done = _executed(command, timeout_s, environment or {})
    except FileNotFoundError as error:
        raise RunError(
            f"{command[0]} was not found: Slurm is not installed on this machine; "
            "start the dashboard on a machine that has Slurm, or start the run without "
            "Slurm"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise NoAnswer(
            f"{command[0]} did not answer within {timeout_s:.0f} s; try again later"
        ) from error
    except OSError as error:
        raise RunError(f"{command[0]} cannot be executed ({error.strerror})") from error
    if done.returncode != 0:
        said = printable(done.stderr.strip().replace("\n", "; "))[:400]
        raise RunError(f"{command[0]} failed: {said or 'it gave no reason'}")
    return done.stdout


def _executed(
    command: Sequence[str], timeout_s: float, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    client = {name: os.environ[name] for name in _CLIENT if name in os.environ}
    return subprocess.run(
        list(command),
        env=client | dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=timeout_s,
        check=False,
    )


def job_name(folder: Path) -> str:
    """The name of the job of a run."""
    return f"morph-{folder.name}"


def _in_queue(jobs: Collection[Key]) -> dict[Key, Job]:
    command = ["squeue", "--noheader", "--states=all", f"--jobs={_numbers(jobs)}"]
    try:
        said = call([*command, f"--format={_SQUEUE_FORMAT}"])
    except RunError as error:
        if "Invalid job id" in str(error):  # of the only job
            return {}
        raise
    found = {}
    for line in said.splitlines():
        values = dict(zip(_SQUEUE, map(printable, line.split("|")), strict=False))
        key = values.get("id", ""), values.get("name", "")
        if len(values) == len(_SQUEUE) and key in jobs:
            kept = {k: values[k].strip() for k in ("reason", "nodes", "partition")}
            found[key] = Job(values["state"], **kept)
    return found


def _in_accounts(jobs: Collection[Key]) -> dict[Key, Job]:
    """The states of jobs that ``squeue`` does not know."""
    from submitit.slurm.slurm import SlurmInfoWatcher  # loads much

    if shutil.which("sacct") is None:
        return dict.fromkeys(jobs, _ended("GONE", "sacct is not on this machine"))
    command = ["sacct", "--parsable2", f"--jobs={_numbers(jobs)}"]
    try:
        rows = SlurmInfoWatcher().read_info(call([*command, "-o", _SACCT_FORMAT]))
    except RunError as error:
        if "accounting storage is disabled" not in str(error):
            return dict.fromkeys(jobs, _ended("UNKNOWN", str(error)))
        return dict.fromkeys(jobs, _ended("GONE", "accounting is disabled"))
    except (KeyError, ValueError):  # a table without its columns
        return dict.fromkeys(jobs, _ended("UNKNOWN", "sacct returned no table"))
    return {key: _account(rows.get(key[0]), key[1]) for key in jobs}


def _account(row: Mapping[str, str] | None, name: str) -> Job:
    if row is None or row.get("JobName") != name or not row.get("State"):
        return _ended("GONE", "the job is not in Slurm's accounting records")
    state = printable(row["State"])
    if not state.startswith(ENDED):  # its end was never told to the accounts
        return _ended("GONE", f"its accounting records still list the job as {state}")
    kept = [printable(row.get(k, "")) for k in ("NodeList", "Partition", "ExitCode")]
    return _ended(state, "", *kept)


def _ended(state: str, reason: str, *more: str) -> Job:
    return Job(state, reason, *more, in_queue=False)


def _numbers(jobs: Collection[Key]) -> str:
    return ",".join(dict.fromkeys(number for number, _name in jobs))
