"""Progress of the build: one changing line in a terminal, plain lines elsewhere."""

import sys
import time
from shutil import get_terminal_size
from typing import TextIO

from data.progress_lines import CLEAR_LINE
from morph.runs.demo_status import DemoState
from morph.wording import percent

PLAIN_INTERVAL_S = 15.0


class Console:
    """Output of the build; remembers the steps already announced."""

    def __init__(self, output: TextIO = sys.stdout) -> None:
        self._output = output
        self._live = output.isatty()
        self._announced: set[str] = set()
        self._begun = False
        self._last = 0.0

    def say(self, text: str) -> None:
        """Print a permanent line."""
        self._output.write(f"{CLEAR_LINE if self._live else ''}{text}\n")
        self._output.flush()

    def tell(self, state: DemoState) -> None:
        """Print newly finished steps and the progress of the current one."""
        for number, step in enumerate(state.steps, start=1):
            if step.state == "finished" and step.name not in self._announced:
                self._announced.add(step.name)
                took = f"{step.seconds:.0f} s" if self._begun else "already complete"
                self.say(f"[{number}/{len(state.steps)}] {step.title}: {took}")
        self._begun = True
        if state.current is not None:
            self._progress(state)

    def _progress(self, state: DemoState) -> None:
        line = progress_line(state)
        now = time.monotonic()
        if self._live:
            self._output.write(f"{CLEAR_LINE}{line[: get_terminal_size().columns - 1]}")
            self._output.flush()
        elif now - self._last >= PLAIN_INTERVAL_S:
            self._last = now
            self.say(line)


def progress_line(state: DemoState) -> str:
    """The current step in one line."""
    step = state.current
    if step is None:
        raise ValueError("no step is running")
    number = state.steps.index(step) + 1
    parts = [f"[{number}/{len(state.steps)}] {step.title}: {percent(step.progress)}"]
    if state.message:
        parts.append(state.message)
    if state.eta_s is not None:
        parts.append(f"{words_for(state.eta_s)} left in total")
    return " · ".join(parts)


def words_for(seconds: float) -> str:
    """An approximate duration in words."""
    if seconds < 90:
        return f"about {max(round(seconds, -1), 10):.0f} s"
    return f"about {seconds / 60:.0f} min"
