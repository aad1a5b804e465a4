"""Read an uploaded table within memory and time limits, as a child process.

It is run by `morph.tables.uploaded_table`. Problems of a table are written to
``ABOUT``.
"""

import errno
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from morph.errors import UnreadableTable
from morph.sandbox import REFUSED, limit
from morph.tables import limits
from morph.tables.formats import format_of
from morph.tables.limits import check_columns
from morph.tables.opening import Table, open_plain
from morph.tables.parts import header_of
from morph.tables.readers.ecsv_header import stated_in
from morph.tables.readers.text_by_row import read_text_rows
from morph.tables.unpacking import plain_file

MAX_MEMORY_BYTES = 4 << 30
MAX_CPU_S = 60
MAX_FILE_BYTES = 1 << 30  # written, unzipped
MAX_ROWS = 2_000_000
MAX_CHARACTERS = 200  # of a cell: names, ids and coordinates are shorter

# Signs that documents and web pages put in place of plain ones.
_INVISIBLE = dict.fromkeys((0xA0, 0x2007, 0x2009, 0x202F, 0x3000), " ")
_INVISIBLE |= dict.fromkeys((0xFEFF, 0x200B, 0x2060), "")
_MINUS = re.compile(r"\N{MINUS SIGN}(?=[\d.])")

CELLS, ABOUT = "cells.arrow", "about.json"


@dataclass(frozen=True)
class Wanted:
    """Columns to read: exact names, names by `spelling`, and a number of first ones.

    Cells are cut after ``longest`` characters.
    """

    exactly: Sequence[str] = ()
    spelt: Sequence[str] = ()
    first: int = 0
    longest: int = MAX_CHARACTERS

    def among(self, columns: Sequence[str]) -> list[str]:
        return [
            column
            for index, column in enumerate(columns)
            if self._names(column) or index < self.first
        ]

    def score(self, columns: Sequence[str]) -> int:
        """How many columns of a table are wanted by name."""
        return sum(map(self._names, columns))

    def _names(self, column: str) -> bool:
        return column in self.exactly or spelling(column) in self.spelt


def spelling(column: str) -> str:
    """The name of a column in lower case without signs: "raj2000" for "_RAJ2000"."""
    return re.sub(r"[^a-z0-9]", "", column.lower())


def cell_name(column: str) -> str:
    """The name of a column among the cells, where "row" is the number of a row."""
    return " row" if column == "row" else column  # a header never begins with a blank


def main(argv: Sequence[str]) -> int:
    """Read the wanted columns of the table; write them to the folder."""
    path, folder, name = Path(argv[0]), Path(argv[1]), argv[2]
    limit(memory_bytes=MAX_MEMORY_BYTES, cpu_s=MAX_CPU_S, file_bytes=MAX_FILE_BYTES)
    limits.MAX_ROWS = MAX_ROWS  # checked against headers before reading
    try:
        about, cells = read(path, name, Wanted(**json.loads(argv[3])))
    except UnreadableTable as error:
        _write_about(folder, {"error": str(error)})
        return REFUSED
    except OSError as error:
        if error.errno != errno.EFBIG:
            raise
        size = f"{MAX_FILE_BYTES / 1e9:.1f} GB"
        _write_about(folder, {"error": f"{name} unzips to over {size}"})
        return REFUSED
    with pa.ipc.new_file(str(folder / CELLS), cells.schema) as writer:
        writer.write_table(cells)
    _write_about(folder, about)
    return 0


def read(path: Path, name: str, wanted: Wanted) -> tuple[dict[str, Any], pa.Table]:
    """A description of the table, and the wanted columns as text.

    ``row`` counts from 1; lines that cannot be split into cells are in ``unreadable``,
    with the reason.
    """
    with plain_file(path, name) as plain:
        format = format_of(name, plain)
        if format in ("CSV", "ECSV"):
            about, cells = _read_text(name, plain, wanted)
        else:
            about, cells = _read_binary(name, plain, wanted)
    return {"format": format} | about, cells


def _read_text(
    name: str, plain: Path, wanted: Wanted
) -> tuple[dict[str, Any], pa.Table]:
    columns, units, rows = read_text_rows(name, plain)
    check_columns(name, len(columns))
    stated = stated_in(plain)
    indices = {column: columns.index(column) for column in wanted.among(columns)}
    masks = {c: columns.index(m) for c, m in stated.masks.items() if m in columns}
    numbers: list[int] = []
    cells: dict[str, list[str]] = {column: [] for column in indices}
    unreadable: list[tuple[int, str]] = []
    longest = wanted.longest
    for number, row in rows:
        _check_rows(name, number)
        if isinstance(row, str):
            unreadable.append((number, row))
            continue
        numbers.append(number)
        for column, index in indices.items():
            masked = column in masks and row[masks[column]].lower() == "true"
            cells[column].append("" if masked else _shortened(row[index], longest))
    texts = {cell_name(c): pa.array(v, pa.string()) for c, v in cells.items()}
    table = pa.table({"row": pa.array(numbers, pa.int64()), **texts})
    return {
        "columns": columns,
        "unreadable": unreadable,
        "units": {**units, **stated.units},
        "frame": stated.frame,
        "frames": dict(stated.frames),
        "header": header_of(stated.entries),
    }, table


def _stated(table: Table) -> dict[str, Any]:
    """What the file states of the table, beside its columns."""
    return {
        "units": dict(table.units),
        "frame": table.frame,
        "frames": dict(table.frames),
        "header": dict(table.header),
        "left_out": list(table.left_out),
    }


def _read_binary(
    name: str, plain: Path, wanted: Wanted
) -> tuple[dict[str, Any], pa.Table]:
    table = open_plain(name, plain, wanted.score)
    columns = [column for column in table.columns if column not in table.vectors]
    if not columns:
        raise UnreadableTable(f"{name} has only columns of lists")
    selected = wanted.among(columns)
    contents = table.read_unchecked([], selected or columns[:1])
    _check_rows(name, contents.rows)
    rows = pa.array(np.arange(1, contents.rows + 1), pa.int64())
    texts = {
        cell_name(column): pa.array(
            [_shortened(cell, wanted.longest) for cell in contents.texts[column]]
        )
        for column in selected
    }
    about = {"columns": columns, "unreadable": []} | _stated(table)
    return about, pa.table({"row": rows, **texts})


def _check_rows(name: str, rows: int) -> None:
    if rows > MAX_ROWS:
        raise UnreadableTable(
            f"{name} has more than {MAX_ROWS:,} rows; upload it in parts"
        )


def _shortened(cell: str, longest: int) -> str:
    """A cell as one printable line, with "?" for characters that are not."""
    text = _MINUS.sub("-", cell.translate(_INVISIBLE)).strip()[:longest]
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _write_about(folder: Path, about: dict[str, Any]) -> None:
    (folder / ABOUT).write_text(json.dumps(about), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
