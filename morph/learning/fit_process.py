"""Fits in a process of their own, so that no page waits for one.

The process stays for the next fit, as it takes seconds to start.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from morph.errors import MorphError
from morph.learning.fit_task import FitResult, FitTask, with_part, write_task
from morph.sandbox import KEPT_ENVIRONMENT

LONGEST_S = 900.0  # of one fit
_ROOT = Path(__file__).resolve().parents[2]

_one_at_a_time = threading.Lock()
_process: list[subprocess.Popen[str]] = []


def carry_out(
    task: FitTask, folder: Path, *, hear: Callable[[FitResult], bool]
) -> FitResult:
    """Fit in the other process; the whole result, or what ``hear`` was content with.

    ``folder`` is for files of this fit. ``hear`` gets the result as it grows, and
    returns whether the rest is still wanted.

    Raises
    ------
    MorphError
        If the fit is refused, takes longer than `LONGEST_S`, or its process ends.
    """
    write_task(folder, task)
    with _one_at_a_time:
        process = _running()
        timer = threading.Timer(LONGEST_S, process.kill)
        timer.start()
        try:
            return _spoken(process, folder, hear)
        except (OSError, ValueError) as error:  # also of a closed file
            stop()
            raise MorphError(
                "the process that fits models ended before it was done, as if memory "
                f"was short or {LONGEST_S / 60:.0f} minutes were not enough; fit again"
            ) from error
        finally:
            timer.cancel()


def start() -> None:
    """Start the process, so that the first fit need not wait for it."""
    with _one_at_a_time:
        _running()


def stop() -> None:
    """End the process, where there is one."""
    for process in _process:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
    _process.clear()


def _spoken(
    process: subprocess.Popen[str], folder: Path, hear: Callable[[FitResult], bool]
) -> FitResult:
    _say(process, str(folder))
    result: FitResult | None = None
    while True:
        line = process.stdout.readline()  # "" at its end is no JSON
        message = json.loads(line)
        if message["part"] == "refused":
            raise MorphError(message["value"])
        if message["part"] == "end" and result is not None:
            return result
        result = with_part(result, line, folder)
        wanted = hear(result)
        _say(process, "on" if wanted else "stop")
        if not wanted:
            return result


def _say(process: subprocess.Popen[str], line: str) -> None:
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def _running() -> subprocess.Popen[str]:
    """The process, started where there is none or it has ended."""
    if _process and _process[0].poll() is None:
        return _process[0]
    kept = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
    kept |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    started = subprocess.Popen(
        [sys.executable, "-m", "morph.learning.fit_child"],
        cwd=_ROOT,
        env=kept,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    _process[:] = [started]
    return started
