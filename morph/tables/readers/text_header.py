"""What the first lines of a text table are: names of columns, units, or cells."""

import re
from collections.abc import Sequence

from morph.errors import UnreadableTable
from morph.tables.units import is_angle, unit_of

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eEdD][+-]?\d+)?")
COMMA_NUMBER = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?")
_SEXAGESIMAL = re.compile(r"[+-]?\d{1,3}[:hd°] ?\d{1,2}[:m'′].*")
_COORDINATES = (_NUMBER, COMMA_NUMBER, _SEXAGESIMAL)
KIND = re.compile(r"\d*[SNM]")  # of cells, in the second line of an RDB table


def is_number(cell: str) -> bool:
    """Whether a cell is a number or a coordinate."""
    return any(kind.fullmatch(cell.strip()) for kind in _COORDINATES)


def states_kinds(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the row below a header has units, or the kinds of cells as in RDB."""
    filled = [cell.strip() for cells in rows for cell in cells if cell.strip()]
    if not filled or any(map(is_number, filled)):
        return False
    return all(map(KIND.fullmatch, filled)) or (
        all(map(_is_unit, filled)) and any(map(is_angle, filled))
    )


def _is_unit(cell: str) -> bool:
    try:
        unit_of(cell)
    except UnreadableTable:
        return False
    return True


def completed(
    header: tuple[str, ...], rows: Sequence[Sequence[str]]
) -> tuple[str, ...]:
    """The header, with a nameless column if all rows have a cell more than it.

    R and pandas number the rows so; other programs end them with a delimiter.
    """
    if not header or {len(cells) for cells in rows} != {len(header) + 1}:
        return header
    if not any(cells[-1].strip() for cells in rows):
        return (*header, "")
    first = rows[0][0].strip()
    numbered = first in ("0", "1") and all(
        cells[0].strip() == str(row) for row, cells in enumerate(rows, int(first))
    )
    return ("", *header) if numbered else header
