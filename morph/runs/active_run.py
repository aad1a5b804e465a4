"""Execute a run in this process: stages, progress, cancelling.

A run is a list of stages. A stage with a ``stage_finished`` event is not repeated, so a
run killed at any moment resumes after its last finished stage.
"""

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import psutil

from morph.atomic import write_json
from morph.errors import MorphError, RunError
from morph.runs import gpus, run_files, slots
from morph.runs.cancel import since_boot_s
from morph.runs.run_files import CANCEL, CONFIG, LOCK, LOG, STATUS
from morph.runs.slurm import inside
from morph.wording import utc_now

INHERITED_LOCK = "MORPH_RUN_LOCK"  # environment variable: the lock of a launcher

# A file that reserves space to record the failure of a run whose disk is full.
RESERVE, RESERVE_BYTES = ".reserve", 65_536

_STAGE_BEGINS = {"step": 0, "total": 0, "message": "", "eta_s": None}
STATUS_INTERVAL_S = 1.0
SLOT_INTERVAL_S = 1.0
HEARTBEAT_S = 10.0  # also during steps that take long

EXIT_FINISHED, EXIT_FAILED, EXIT_CANCELLED = 0, 1, 130

log = logging.getLogger(__name__)


class RunCancelled(Exception):
    """The run was asked to stop. Only ``execute`` catches it."""


class Run(Protocol):
    """What stages need of a run, whichever process executes them."""

    folder: Path
    root: Path  # MORPH_HOME
    config: dict[str, Any]

    def plan(self, stages: Sequence[str]) -> None:
        """Name the stages of this run, in order."""

    def stage(self, name: str, work: Callable[[], None]) -> None:
        """Call ``work``, unless this stage was finished by an earlier start."""

    def progress(self, step: int, total: int, message: str = "") -> None:
        """Report the progress of the stage."""

    def event(self, name: str, *, durable: bool = False, **values: Any) -> None:
        """Append an event to ``events.jsonl``."""


def execute(
    folder: Path, work: Callable[[Run], None], *, log_in_terminal: bool = True
) -> int:
    """Execute the run in ``folder`` in this process; return its exit status.

    The folder records how ``work`` ended: finished (0), cancelled (130) by a
    RunCancelled, or failed (1) by any other exception. A caller that prints progress
    and failure itself keeps the log out of the terminal.
    """
    folder = folder.resolve()
    if inside.in_job():
        inside.delay_stop()
    launched = INHERITED_LOCK in os.environ or inside.in_job()
    log_file = None if launched else folder / LOG
    try:
        logged = run_files.logging_to(log_file, terminal=log_in_terminal)
        with _run_lock(folder), logged:
            if inside.in_job():
                inside.check_job(folder)
            run = ActiveRun(folder)
            with _stopping_on_signals(run), _heartbeat(run):
                return _outcome(run, work)
    except (MorphError, OSError) as error:  # before the run could record it
        sys.stderr.write(f"{error}\n")
        return EXIT_FAILED


def _outcome(run: "ActiveRun", work: Callable[[Run], None]) -> int:
    try:
        with _slot(run):
            work(run)
    except RunCancelled:
        if inside.in_job() and not (run.folder / CANCEL).exists():
            return inside.interrupt(run)
        run.end("cancelled", message="cancelled; start it again to resume")
        return EXIT_CANCELLED
    except MorphError as error:
        log.error("the run failed: %s", error)
        run.end("failed", error=str(error))
        return EXIT_FAILED
    except Exception as error:  # the process ends here: the folder must have the reason
        log.exception("the run failed")
        run.end("failed", error=f"{type(error).__name__}: {error}")
        return EXIT_FAILED
    run.end("finished", message="finished")
    return EXIT_FINISHED


class ActiveRun:
    """The run executed by this process: an open folder and its last status."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder.parent.parent
        self.config: dict[str, Any] = run_files.read_run_config(folder)
        self._finished = run_files.finished_stages(folder)
        self.stopping = False  # makes the next check raise RunCancelled
        self.signal: int | None = None  # the first one that said so
        self._written = 0.0
        self._writing = threading.RLock()  # the heartbeat writes the status too
        self._pace: tuple[float, int] | None = None  # time and step at stage start
        now = utc_now()
        process = psutil.Process()
        self._status: dict[str, Any] = {
            "state": "queued",
            "stages": [],
            "stage": None,
            **_STAGE_BEGINS,
            "pid": process.pid,
            "pid_since_boot_s": since_boot_s(process),
            "host": socket.gethostname(),
            "created": run_files.created_time(folder),
            "started": now,
            "finished": None,
            "error": None,
        }
        (folder / RESERVE).write_bytes(bytes(RESERVE_BYTES))
        run_files.cut_torn_line(folder)
        self.event("run_started", pid=process.pid, resumed=bool(self._finished))
        self.update()

    def plan(self, stages: Sequence[str]) -> None:
        """Name the stages of this run, in order."""
        self.update(stages=list(stages))

    def stage(self, name: str, work: Callable[[], None]) -> None:
        """Call ``work``, unless this stage is finished, maybe by an earlier process.

        Results of ``work`` must be durable when it returns, since the stage is then
        recorded as finished.
        """
        if name in self._finished:
            return
        self.check_cancelled()
        self._pace = None
        self.update(stage=name, **_STAGE_BEGINS)
        self.event("stage_started", stage=name)
        begin = time.monotonic()
        work()
        seconds = round(time.monotonic() - begin, 3)
        self.event("stage_finished", durable=True, stage=name, seconds=seconds)
        self._finished.add(name)

    def progress(self, step: int, total: int, message: str = "") -> None:
        """Record the progress of the stage; raise RunCancelled if asked to stop.

        Cheap enough for every batch: the file is written at most once a second.
        """
        self.check_cancelled()
        now = time.monotonic()
        if self._pace is None:
            self._pace = (now, step)
        if now - self._written < STATUS_INTERVAL_S:
            return
        begin, first = self._pace
        pace = (now - begin) / (step - first) if step > first else None
        eta = None if pace is None else round(pace * max(total - step, 0), 1)
        self.update(step=int(step), total=int(total), message=message, eta_s=eta)

    def check_cancelled(self) -> None:
        """Raise RunCancelled if the run was asked to stop."""
        if self.stopping or (self.folder / CANCEL).exists():
            raise RunCancelled(self.folder.name)

    def event(self, name: str, *, durable: bool = False, **values: Any) -> None:
        """Append an event; numbers that are not finite become null."""
        run_files.append_event(self.folder, name, durable=durable, **values)

    def end(self, state: str, *, message: str = "", error: str | None = None) -> None:
        """Record how the run ended; final until it is started again."""
        (self.folder / RESERVE).unlink(missing_ok=True)
        details = {} if error is None else {"error": error}
        self.event(f"run_{state}", durable=True, **details)
        end = {"state": state, "message": message, "error": error}
        self.update(**end, eta_s=None, finished=utc_now())
        (self.folder / CANCEL).unlink(missing_ok=True)

    def update(self, **values: Any) -> None:
        """Change and write the status."""
        with self._writing:
            self._status |= values
            write_json(self.folder / STATUS, self._status | {"heartbeat": utc_now()})
            self._written = time.monotonic()


@contextmanager
def _heartbeat(run: ActiveRun) -> Iterator[None]:
    """Write the status regularly, with the use of the GPUs, while the run lives."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(HEARTBEAT_S):
            with suppress(OSError):  # a full disk: the run reports it
                run.update(gpus=[asdict(one) for one in gpus.gpus()])

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def _run_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of the folder, possibly inherited from the launcher."""
    if not (folder / CONFIG).is_file():
        raise RunError(f"{folder} is not the folder of a run: it has no {CONFIG}")
    run_files.check_own_files(folder)
    inherited = os.environ.pop(INHERITED_LOCK, None)
    if inherited is not None:
        lock = int(inherited)
        os.set_inheritable(lock, False)
    else:
        own = {"patience_s": inside.LOCK_PATIENCE_S} if inside.in_job() else {}
        lock = run_files.take_lock(folder / LOCK, **own)
        if not inside.in_job():  # `start_run` did so when it submitted the job
            (folder / CANCEL).unlink(missing_ok=True)
    try:
        yield
    finally:
        os.close(lock)


@contextmanager
def _stopping_on_signals(run: ActiveRun) -> Iterator[None]:
    """Let SIGTERM and the first Ctrl-C stop the run at its next step."""

    def stop(number: int, _frame: object) -> None:
        run.stopping, run.signal = True, run.signal or number
        if number == signal.SIGINT:  # a second Ctrl-C stops at once
            signal.signal(signal.SIGINT, signal.default_int_handler)

    numbers = [signal.SIGTERM, signal.SIGINT, *([inside.STOP] * inside.in_job())]
    before = {n: signal.signal(n, stop) for n in numbers}
    inside.allow_stop()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _slot(run: ActiveRun) -> Iterator[None]:
    """Wait for the slots of this computer that the run needs, and hold them."""
    if inside.in_job():  # Slurm has given it what it needs
        run.update(state="running", message="")
        yield
        return
    _wait_for_models(run)
    runs = run.folder.parent
    slots.enter_queue(run.folder)
    try:
        while (taken := slots.take(run.folder, run.config)) is None:
            names = slots.holders(runs, run.config) or slots.queue(runs)[:1]
            message = f"waiting for {' or '.join(names)} to end"
            run.update(state="queued", message=message)
            run.check_cancelled()
            time.sleep(SLOT_INTERVAL_S)
    finally:
        slots.leave_queue(run.folder)
    with slots.holding(*taken, run.folder.name):
        run.update(state="running", message="")
        yield


def _wait_for_models(run: ActiveRun) -> None:
    """Wait for the runs that make a model of this one, without a place in the queue."""
    waited: list[str] = []
    while names := slots.makers(run.folder, run.config):
        waited += names
        message = f"waiting for the model of {' and '.join(names)}"
        run.update(state="queued", message=message)
        run.check_cancelled()
        time.sleep(SLOT_INTERVAL_S)
    slots.check_made(run.folder.parent, dict.fromkeys(waited))
