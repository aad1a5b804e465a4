"""Inside a job that morph submitted: whose run it is, signals, and requeueing.

Slurm sends SIGUSR2 some time before the time limit, and before a job of higher
priority preempts this one. The run then stops at its next step and its job is requeued.
"""

import os
import signal
from pathlib import Path
from typing import Any, Protocol

from morph.atomic import write_json
from morph.errors import RunError
from morph.runs.run_files import SLURM, read_json
from morph.runs.slurm.states import call

SUBMITTED = "MORPH_SUBMITTED"  # environment variable: set in jobs that morph submitted
STOP = signal.SIGUSR2
EXIT_FAILED, EXIT_INTERRUPTED = 1, 143
LOCK_PATIENCE_S = 180.0  # a file server keeps the locks of a machine that failed


def in_job() -> bool:
    """Whether this process belongs to a job that morph submitted."""
    return SUBMITTED in os.environ and "SLURM_JOB_ID" in os.environ


def check_job(folder: Path) -> None:
    """Raise RunError if the run has been submitted again since, as another job.

    A run whose submission was interrupted does not know its job: it is told.
    """
    record, job = read_json(folder / SLURM), os.environ["SLURM_JOB_ID"]
    if record.get("job") is None:
        write_json(folder / SLURM, record | {"job": job})
    elif record["job"] != job:
        raise RunError(
            f"{folder.name} is now Slurm job {record['job']}, so job {job} ends"
        )


def delay_stop() -> None:
    """Hold `STOP` back until `allow_stop`: without a handler it ends the process."""
    signal.pthread_sigmask(signal.SIG_BLOCK, [STOP])


def allow_stop() -> None:
    """Let `STOP` arrive, also one that came meanwhile."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [STOP])


def ignore_signals() -> None:
    """Leave signals to the leading process; it ends the others when it has stopped."""
    for number in (STOP, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


class StoppedRun(Protocol):
    """What `interrupt` needs of the run in this process."""

    folder: Path
    signal: int | None

    def event(self, name: str, *, durable: bool = False, **values: Any) -> None: ...
    def update(self, **values: Any) -> None: ...
    def end(self, state: str, *, error: str | None = None) -> None: ...


def interrupt(run: StoppedRun) -> int:
    """Record that Slurm stops the run, not a person; return the exit status.

    How it goes on, its job says. After `STOP` the job is requeued by this process,
    which Slurm may end at once; after SIGTERM by Slurm, or not at all.
    """
    message = "interrupted by Slurm; it resumes from its last checkpoint"
    run.event("run_interrupted", durable=True, signal=run.signal)
    run.update(state="queued", message=message, eta_s=None, pid=None)
    if run.signal == STOP:
        try:
            _requeue(run.folder)
        except RunError as error:
            run.end("failed", error=str(error))
            return EXIT_FAILED
    return EXIT_INTERRUPTED


def _requeue(folder: Path) -> None:
    """RunError if Slurm refuses, or did so as often as the settings allow."""
    settings = read_json(folder / SLURM)["settings"]
    before = int(os.environ.get("SLURM_RESTART_COUNT", "0"))
    if before >= settings["requeues"]:
        raise RunError(
            f"Slurm stopped the job after {before} requeues, the maximum set by "
            "`requeues`; to resume, start it again with a longer time limit (`minutes`)"
        )
    try:
        call(["scontrol", "requeue", os.environ["SLURM_JOB_ID"]], timeout_s=60)
    except RunError as error:
        raise RunError(
            f"Slurm stopped the job and did not requeue it ({error}); start it again "
            "to resume"
        ) from error
