"""Read a list of galaxies, delimited text, row by row.

`morph.tables.text` refuses a table with a wrong cell, since a release must be complete.
In a list of galaxies, a wrong row affects only itself.
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from morph.errors import UnreadableTable

_DELIMITERS = ",\t;|"
_NAME = re.compile(r"J\d{6}")
_COORDINATE = re.compile(r"[+-]?\d")

Rows = Iterator[tuple[int, list[str] | str]]


def read_text_rows(name: str, path: Path) -> tuple[list[str], Rows]:
    """The header, and every row: its number from 1, and its cells or its problem.

    Empty lines and lines that begin with # are skipped. If the first line is a galaxy,
    columns are named "column 1" and so on. UnreadableTable if there are no lines.
    """
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    lines = [line for line in lines if line.strip() and not line.startswith("#")]
    if not lines:
        raise UnreadableTable(f"{name} has no lines; expected one per galaxy")
    delimiter = _delimiter(lines[0], lines[-1])
    first = _cells(lines[0], delimiter)
    if isinstance(first, str):
        raise UnreadableTable(f"{name} has no readable first line: {first}")
    header = [cell.strip() for cell in first]
    if _is_galaxy(header):
        header = [f"column {number}" for number in range(1, len(header) + 1)]
    else:
        lines = lines[1:]
    return header, _rows(lines, delimiter, len(header))


def _delimiter(first: str, last: str) -> str:
    """The most frequent delimiter of the first line, or a space if lines agree."""
    delimiter = max(_DELIMITERS, key=first.count)
    if delimiter in first:
        return delimiter
    return " " if len(first.split()) == len(last.split()) else _DELIMITERS[0]


def _is_galaxy(cells: list[str]) -> bool:
    """Whether the first line is a galaxy and not a header."""
    filled = [cell for cell in cells if cell]
    if any(_NAME.search(cell) for cell in filled):
        return True
    return len(filled) > 1 and all(_COORDINATE.match(cell) for cell in filled)


def _rows(lines: list[str], delimiter: str, width: int) -> Rows:
    for number, line in enumerate(lines, start=1):
        cells = _cells(line, delimiter)
        if isinstance(cells, list) and len(cells) != width:
            yield number, f"{len(cells)} cells, but the header has {width}"
        else:
            yield number, cells


def _cells(line: str, delimiter: str) -> list[str] | str:
    try:
        space = delimiter == " "
        (cells,) = csv.reader([line], delimiter=delimiter, skipinitialspace=space)
    except (csv.Error, ValueError) as error:
        return str(error)
    return cells
