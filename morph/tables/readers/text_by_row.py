"""Read a list of galaxies, a text table, row by row.

`text` refuses a table with a wrong cell, since a release must be complete.
In a list of galaxies, a wrong row affects only itself.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from morph.errors import UnreadableTable
from morph.tables.readers.text_layout import (
    FIXED,
    SPACES,
    Layout,
    cells_of,
    lay_out,
    text_lines,
)

_MOST_JOINED = 20  # lines of one quoted text
_MOST_VAIN = 1_000  # rows for which joining lines is tried in vain

Rows = Iterator[tuple[int, list[str] | str]]


def read_text_rows(name: str, path: Path) -> tuple[list[str], Mapping[str, str], Rows]:
    """The header, units if a line states them, and every row.

    A row is its number from 1, and its cells or its problem.

    Empty lines and lines that begin with # are skipped. If the first line is a galaxy,
    columns are named "column 1" and so on. UnreadableTable if there are no lines.
    """
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    lines = text_lines(text)
    layout = lay_out(lines)
    header = list(layout.header)
    if not header and not layout.rows:
        raise UnreadableTable(f"{name} has no lines; expected one per galaxy")
    if not header:
        header = [f"column {n}" for n in range(1, len(layout.rows[0]) + 1)]
    kept = [s for s in lines[layout.skip :] if s.strip() and not s.startswith("#")]
    return header, layout.units, _rows(kept, layout, len(header))


def _rows(lines: Sequence[str], layout: Layout, width: int) -> Rows:
    number = at = vain = 0
    while at < len(lines):
        number += 1
        cells, used = _cells(lines[at], layout), 1
        if len(cells) != width and vain < _MOST_VAIN:
            cells, used = _joined(lines[at : at + _MOST_JOINED], layout, width, cells)
            vain += used == 1
        at += used
        if isinstance(cells, list) and len(cells) != width:
            yield number, f"{len(cells)} cells, but the header has {width}"
        else:
            yield number, cells if isinstance(cells, str) else layout.with_points(cells)


def _cells(line: str, layout: Layout) -> list[str] | str:
    """The cells of a line, or why it has none."""
    if layout.delimiter == FIXED:
        return [line[begin:end].strip() for begin, end in layout.spans]
    try:
        return cells_of(line, layout.delimiter)
    except (csv.Error, ValueError) as error:
        return str(error)


def _joined(
    lines: Sequence[str], layout: Layout, width: int, alone: list[str] | str
) -> tuple[list[str] | str, int]:
    """The cells of a row whose quoted text goes on in the next lines, and its lines.

    The cells of the first line alone if no number of lines makes a whole row.
    """
    if layout.delimiter in (FIXED, SPACES) or lines[0].count('"') % 2 == 0:
        return alone, 1
    for used in range(2, len(lines) + 1):
        text = "\n".join(lines[:used])
        try:
            reader = csv.reader(
                text.splitlines(keepends=True), delimiter=layout.delimiter, strict=True
            )
            rows = list(reader)
        except csv.Error:
            continue
        if [len(cells) for cells in rows] == [width]:
            return rows[0], used
    return alone, 1
