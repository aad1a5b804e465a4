"""A delimited text somebody wrote by hand, read as far as it goes, row by row.

`morph.tables.text` refuses a table with one wrong cell, as a release must be whole. In
a list of galaxies a wrong row concerns that row alone.
"""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from morph.errors import UnreadableTable

_DELIMITERS = ",\t;|"
_NAME = re.compile(r"J\d{6}")
_PLACE = re.compile(r"[+-]?\d")

Rows = Iterator[tuple[int, list[str] | str]]


def read_text_rows(name: str, path: Path) -> tuple[list[str], Rows]:
    """The header, and every row: its number from 1, and its cells or what is wrong.

    Lines that begin with # and empty ones are no rows. Where the first line is a
    galaxy already, columns are called "column 1" and so on.

    Raises
    ------
    UnreadableTable
        If there is no line at all.
    """
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    lines = [line for line in lines if line.strip() and not line.startswith("#")]
    if not lines:
        raise UnreadableTable(f"{name} holds no lines; expected one per galaxy")
    delimiter = _delimiter(lines[0], lines[-1])
    first = _cells(lines[0], delimiter)
    if isinstance(first, str):
        raise UnreadableTable(f"{name} has no readable first line: {first}")
    header = [cell.strip() for cell in first]
    if _is_galaxy(header):
        header = [f"column {place + 1}" for place in range(len(header))]
    else:
        lines = lines[1:]
    return header, _rows(lines, delimiter, len(header))


def _delimiter(first: str, last: str) -> str:
    """The sign the first line has most of; a space if both lines have as many parts."""
    sign = max(_DELIMITERS, key=first.count)
    if sign in first:
        return sign
    return " " if len(first.split()) == len(last.split()) else _DELIMITERS[0]


def _is_galaxy(cells: list[str]) -> bool:
    """A line of names and places, where a header was expected."""
    known = [cell for cell in cells if cell]
    if any(_NAME.search(cell) for cell in known):
        return True
    return len(known) > 1 and all(_PLACE.match(cell) for cell in known)


def _rows(lines: list[str], delimiter: str, width: int) -> Rows:
    for number, line in enumerate(lines, start=1):
        cells = _cells(line, delimiter)
        if isinstance(cells, list) and len(cells) != width:
            yield number, f"{len(cells)} cells where the header has {width}"
        else:
            yield number, cells


def _cells(line: str, delimiter: str) -> list[str] | str:
    try:
        (cells,) = csv.reader(
            io.StringIO(line), delimiter=delimiter, skipinitialspace=delimiter == " "
        )
    except (csv.Error, ValueError) as error:
        return str(error)
    return cells
