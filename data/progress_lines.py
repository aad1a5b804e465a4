"""Progress of work on stderr: a changing line in a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from shutil import get_terminal_size

from morph.wording import Tell, percent

QUICK_S = 1.0  # no line tells of work that takes less
LINES_EVERY_S = 5.0  # where they cannot be written over
CLEAR_LINE = "\r\033[K"
_BAR = 30  # characters
_END = 21  # characters of a line too long for the terminal that are kept at its end


@contextmanager
def progress() -> Iterator[Tell]:
    """How far slow work is: one changing line in a terminal, plain lines elsewhere."""
    output, shown = sys.stderr, ""
    live, next_line = output.isatty(), time.monotonic() + QUICK_S

    def tell(what: str, done: int, total: int) -> None:
        nonlocal shown, next_line
        now = time.monotonic()
        if not live and now < next_line:
            return
        amount = f": {percent(done / total)}, {done:,} of {total:,}" if total else ""
        shown, next_line = f"{what}{amount}", now + LINES_EVERY_S
        output.write(f"{CLEAR_LINE}{shown}" if live else f"{shown}\n")
        output.flush()

    try:
        yield tell
    finally:
        if live and shown:
            output.write(CLEAR_LINE)


class ChangingLine:
    """Words on stderr: one changing line in a terminal, which fits into its width;
    plain lines now and then elsewhere."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._shown, self._next = "", 0.0

    def show(self, text: str, long: str = "", *, last: bool = False) -> None:
        """Show ``text``, or ``long`` where it fits; the last one is always shown."""
        now = time.monotonic()
        wait = not self._live and now < self._next and not last
        if text == self._shown or wait:
            return
        self._shown, self._next = text, now + LINES_EVERY_S
        if self._live:
            columns = get_terminal_size().columns
            text = f"{CLEAR_LINE}{_fitting(long or text, text, columns)}"
        sys.stderr.write(text if self._live else f"{text.strip()}\n")
        sys.stderr.flush()

    def end(self) -> None:
        """Continue below the line, if there is one."""
        if self._live and self._shown:
            sys.stderr.write("\n")
        self._shown = ""


class BarLine(ChangingLine):
    """A progress bar with words; plain lines have the words alone."""

    def tell(self, share: float, words: str) -> None:
        """Show how far the work is, 0 to 1, and what it does."""
        done = round(_BAR * min(share, 1.0))
        text = f"{min(share, 1.0):4.0%} {words}"
        self.show(text, f"[{'#' * done}{'-' * (_BAR - done)}] {text}")


@contextmanager
def counted(words: str) -> Iterator[Callable[[int, int], None]]:
    """Show how many are done, of how many, with ``{}`` for both in the words."""
    line = ChangingLine()

    def show(done: int, total: int) -> None:
        line.show(words.format(f"{done:,}", f"{total:,}"), last=done >= total)

    try:
        yield show
    finally:
        line.end()


def _fitting(line: str, short: str, columns: int) -> str:
    """``line``, or ``short`` in its place, or the beginning and the end of that."""
    fitting = line if len(line) < columns else short
    if len(fitting) < columns:
        return fitting
    beginning = max(columns - 1 - 3 - _END, 0)
    return f"{fitting[:beginning]} … {fitting[-_END:]}"[: columns - 1]
