"""Start processes that work on a home, let them begin at once, and kill them."""

import io
import subprocess
import sys
import time
import warnings
from collections.abc import Sequence
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0


class Worker:
    """A process of `tests.faults.dashboard_work` that is ready to begin."""

    def __init__(self, work: str, home: Path, name: str = "", **options: Any) -> None:
        command = [sys.executable, "-m", "tests.faults.dashboard_work"]
        self.process = subprocess.Popen(
            [*command, work, str(home), name],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        line = self.process.stdout.readline()
        if line != "ready\n":
            self.process.kill()
            raise AssertionError(f"{work} was not ready: {self.process.communicate()}")

    def begin(self) -> None:
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def line(self) -> str:
        """The next line that it prints."""
        return self.process.stdout.readline().strip()

    def kill(self) -> list[str]:
        """Kill it with SIGKILL; the lines that it had printed."""
        self.process.kill()
        return self._rest()

    def end(self) -> list[str]:
        """Wait for its end; the lines that it printed. It must not have failed."""
        lines = self._rest()
        assert self.process.returncode == 0, f"it ended with {self.error}"
        return lines

    def _rest(self) -> list[str]:
        try:
            output, self.error = self.process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return output.splitlines()


def killed_after(seconds: float, work: str, home: Path, name: str = "") -> list[str]:
    """Let a process work for some time, kill it, and return what it acknowledged."""
    worker = Worker(work, home, name)
    worker.begin()
    time.sleep(seconds)
    lines = worker.kill()
    told = [line for line in lines if not line.startswith("did ")]
    assert not told, told
    return [line.removeprefix("did ") for line in lines]


def both_at_once(works: Sequence[tuple[str, Path, str]]) -> list[str]:
    """Let processes begin at the same moment; the last line of each."""
    workers = [Worker(*one) for one in works]
    for worker in workers:
        worker.begin()
    return [worker.end()[-1] for worker in workers]


def train_here(folder: Path) -> int:
    """Execute a run in this process, silently; its exit status."""
    from training.__main__ import main  # loads torch

    with redirect_stderr(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Lightning, where Slurm is installed
        return main([str(folder)])
