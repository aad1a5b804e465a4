"""Text output of `python -m data`, in aligned columns."""

import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from shutil import get_terminal_size
from typing import Any

from data.demo.console import CLEAR_LINE, words_for
from morph.wording import Tell, percent

Entry = dict[str, Any]

MOST_RUNS = 10  # listed one by one
QUICK_S = 1.0  # no line tells of work that takes less
LINES_EVERY_S = 5.0  # where they cannot be written over
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


class BarLine:
    """A progress bar with words on stderr: one changing line in a terminal, which fits
    into its width; plain lines now and then elsewhere."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._shown, self._next = "", 0.0

    def tell(self, share: float, words: str) -> None:
        """Show how far the work is, 0 to 1, and what it does."""
        text = f"{min(share, 1.0):4.0%} {words}"
        now = time.monotonic()
        if text == self._shown or (not self._live and now < self._next):
            return
        self._shown, self._next = text, now + LINES_EVERY_S
        if self._live:
            done = round(_BAR * min(share, 1.0))
            line = f"[{'#' * done}{'-' * (_BAR - done)}] {text}"
            text = f"{CLEAR_LINE}{_fitting(line, text, get_terminal_size().columns)}"
        sys.stderr.write(text if self._live else f"{text.strip()}\n")
        sys.stderr.flush()

    def end(self) -> None:
        """Continue below the line, if there is one."""
        if self._live and self._shown:
            sys.stderr.write("\n")
        self._shown = ""


def _fitting(line: str, short: str, columns: int) -> str:
    """``line``, or ``short`` in its place, or the beginning and the end of that."""
    fitting = line if len(line) < columns else short
    if len(fitting) < columns:
        return fitting
    beginning = max(columns - 1 - 3 - _END, 0)
    return f"{fitting[:beginning]} … {fitting[-_END:]}"[: columns - 1]


def status(contents: Entry) -> list[str]:
    """Releases, images and runs, and which releases are loaded."""
    runs = contents["runs"]
    return [
        f"Home       {contents['home']}",
        f"Catalogue  {contents['catalogue']['message']}",
        f"Releases   {len(contents['releases']) or 'none'}",
        *_releases(contents["releases"]),
        f"Images     {_images(contents)}",
        *_stores(contents["cutouts"]),
        f"Runs       {_counted(runs)}",
        *_runs(runs),
    ]


def release(entry: Entry, did: str) -> list[str]:
    """A new release: size, title, note, and the report on its table."""
    lines = [f"{did} {entry['release']}: {_galaxies(entry)}. {entry['title']}"]
    lines += [f"  {entry['note']}"] if entry["note"] else []
    lines += [f"  Cite: {entry['citation']}"] if entry.get("citation") else []
    lines += [f"  Licence: {entry['licence']}"] if entry.get("licence") else []
    return lines + [f"  {what}: {value}" for what, value in entry["report"].items()]


def aligned(rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> list[str]:
    """Rows in columns two blanks apart, those in ``right`` aligned to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  "
        + "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _galaxies(entry: Entry) -> str:
    number = entry["galaxies"]
    unit = "galaxy" if number == 1 else "galaxies"
    return f"{number:,} {unit} ({entry['survey']}, {entry['origin']})"


def _releases(entries: Sequence[Entry]) -> list[str]:
    return aligned(
        [
            (
                *_survey_cells(one, "release", "galaxies"),
                one["state"],
                one["message"] or one.get("title", ""),
            )
            for one in entries
        ],
        right=(1,),
    )


def _images(status: Entry) -> str:
    stores = len(status["cutouts"])
    if not stores:
        return "none"
    return f"{status['images']:,} in {stores} {'store' if stores == 1 else 'stores'}"


def _stores(entries: Sequence[Entry]) -> list[str]:
    return aligned(
        [
            (
                *_survey_cells(one, "store", "images"),
                "with votes" if one.get("votes") else "",
                one.get("message", "") and f"{one['state']}: {one['message']}",
            )
            for one in entries
        ],
        right=(1,),
    )


def _survey_cells(entry: Entry, kind: str, unit: str) -> tuple[str, str, str, str]:
    """Name, number of ``unit``, survey and origin, as far as they are known."""
    number = f"{entry[unit]:,} {unit}" if unit in entry else ""
    return entry[kind], number, entry.get("survey", ""), entry.get("origin", "")


def _counted(runs: Sequence[Entry]) -> str:
    counted = Counter(run["state"] for run in runs)
    return ", ".join(f"{number} {state}" for state, number in counted.items()) or "none"


def _runs(runs: Sequence[Entry]) -> list[str]:
    """Every unfinished run, with its progress or its error."""
    unfinished = [run for run in runs if run["state"] != "finished"]
    rows = [(run["run"], run["state"], _how_far(run)) for run in unfinished[:MOST_RUNS]]
    more = len(unfinished) - MOST_RUNS
    return aligned(rows) + ([f"  {more} more"] if more > 0 else [])


def _how_far(run: Entry) -> str:
    if run["error"]:
        return run["error"]
    if run["state"] not in ("running", "cancelling"):
        return ""
    parts = [f"{run['progress']:.0%}", run["stage"], run["message"]]
    if run["eta_s"] is not None:
        parts.append(f"{words_for(run['eta_s'])} left in this stage")
    return " · ".join(part for part in parts if part)
