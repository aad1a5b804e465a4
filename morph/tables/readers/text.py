"""Read columns of text tables: delimited, aligned, and ECSV."""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from morph.errors import UnreadableTable
from morph.tables.cells import (
    MISSING,
    Columns,
    begins_list,
    check_lengths,
    lists_from_text,
    numbers_from,
    texts_from,
    without_missing,
)
from morph.tables.limits import check_rows, check_values
from morph.tables.parts import Opened, header_of, without_masked
from morph.tables.readers.ecsv_header import stated_in
from morph.tables.readers.text_layout import FIXED, SPACES, Layout, layout_of
from morph.tables.readers.text_rows import rows_of

_BLOCK_BYTES = 1 << 24  # a row of posteriors with 25 passes is about 20 kB
_BLOCK_ROWS = 20_000
_SMALL_BYTES = 100_000_000
_BAD_CELL = re.compile(r"In CSV column #(\d+): (?:Row #(\d+): )?.*invalid value '(.*)'")

Batch = dict[str, pa.Array]


def open_text(name: str, path: Path) -> list[Opened]:
    """The table of a text file."""
    layout = layout_of(name, path)
    header = layout.header
    if len(header) < 2 or not "".join(header).isprintable():
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            lines = (line for line in file if line.strip() and line[0] != "#")
            first = next(lines, "").strip()
        raise UnreadableTable(
            f"{name} has no header line with column names; its first line is "
            f"{first[:60]!r}"
        )
    vectors = frozenset(
        column
        for index, column in enumerate(header)
        if begins_list(pa.array(_cells(layout, index), pa.string()))
    )
    stated = stated_in(path)
    return [
        Opened(
            tuple(column for column in header if column),
            vectors,
            without_masked(partial(_read, name, path, layout, vectors), stated.masks),
            units={**layout.units, **stated.units},
            frame=stated.frame,
            frames=stated.frames,
            header=header_of(stated.entries),
        )
    ]


def _cells(layout: Layout, index: int) -> list[str]:
    """The cells of a column in the first rows."""
    return [row[index] for row in layout.rows if len(row) > index]


def _read(
    name: str,
    path: Path,
    layout: Layout,
    vectors: frozenset[str],
    numbers: Sequence[str],
    texts: Sequence[str],
) -> tuple[Columns, Columns]:
    types = {c: pa.string() if c in vectors else pa.float64() for c in numbers}
    types |= {c: pa.string() for c in texts}
    lists = vectors & set(numbers)
    collected = partial(_collected, name, types, lists, layout.decimal)
    if layout.delimiter in (SPACES, FIXED) or layout.quotes_after_spaces:
        joined = collected(_by_row(name, path, layout, types))
    else:
        try:
            joined = collected(_by_block(path, layout, types, newlines=False))
        except pa.ArrowInvalid as error:  # also if a block ends within a quoted text
            if path.stat().st_size < _SMALL_BYTES:
                joined = collected(_by_row(name, path, layout, types))
            else:
                _refuse_bad_cell(name, error, layout.header)
                joined = collected(_by_block(path, layout, types, newlines=True))
    return {c: joined[c] for c in numbers}, {c: joined[c] for c in texts}


def _by_block(
    path: Path, layout: Layout, types: dict[str, pa.DataType], *, newlines: bool
) -> Iterator[Batch]:
    """The columns block by block, quickly; ``newlines``: also in quoted texts."""
    with arrow_csv.open_csv(
        path,
        read_options=arrow_csv.ReadOptions(
            skip_rows=layout.skip, column_names=layout.header, block_size=_BLOCK_BYTES
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=layout.delimiter, newlines_in_values=newlines
        ),
        convert_options=arrow_csv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            null_values=MISSING,
            strings_can_be_null=True,
            decimal_point=layout.decimal,
        ),
    ) as stream:
        for batch in stream:
            yield {column: batch.column(column) for column in types}


def _by_row(
    name: str, path: Path, layout: Layout, types: dict[str, pa.DataType]
) -> Iterator[Batch]:
    """The columns as Python's csv module splits them: any layout, but slowly."""
    indices = {column: layout.header.index(column) for column in types}
    begin = 0
    every = rows_of(name, path, layout)
    while rows := list(islice(every, _BLOCK_ROWS)):
        batch = {}
        for column, kind in types.items():
            words = [row[indices[column]].strip() for row in rows]
            cells = without_missing(pa.array(words, pa.string()))
            if kind == pa.float64():
                cells = numbers_from(name, column, cells, begin)
            batch[column] = cells
        begin += len(rows)
        yield batch


def _collected(
    name: str,
    types: dict[str, pa.DataType],
    vectors: frozenset[str],
    decimal: str,
    batches: Iterator[Batch],
) -> Columns:
    parts: dict[str, list[np.ndarray]] = {c: [] for c in types}
    rows = 0
    for batch in batches:
        rows += max(map(len, batch.values()), default=0)
        check_rows(name, rows)
        for column, cells in batch.items():
            if column in vectors and decimal == ",":
                _refuse_decimal_commas(name, column, cells)
            parts[column].append(_values(name, column, cells, vectors))
        check_values(name, sum(p.size for c in types for p in parts[c]))
    return {column: _join(name, column, p) for column, p in parts.items()}


def _refuse_decimal_commas(name: str, column: str, cells: pa.Array) -> None:
    """Refuse lists in which a comma may be a decimal point or divide two numbers."""
    if pc.any(pc.match_substring_regex(cells, r"\d,\d")).as_py():
        raise UnreadableTable(
            f"{name} has decimal commas, and lists with commas in {column!r}; write "
            "numbers with points"
        )


def _values(
    name: str, column: str, cells: pa.Array, vectors: frozenset[str]
) -> np.ndarray:
    if not pa.types.is_string(cells.type):
        return cells.to_numpy(zero_copy_only=False)
    return (
        lists_from_text(name, column, cells) if column in vectors else texts_from(cells)
    )


def _join(name: str, column: str, parts: list[np.ndarray]) -> np.ndarray:
    if parts and parts[0].ndim == 2:
        # A block of nothing but missing lists is one number wide.
        filled = [not np.isnan(p).all() for p in parts]
        widths = [p.shape[1] if f else 0 for p, f in zip(parts, filled, strict=True)]
        width = check_lengths(name, column, np.array(widths))
        parts = [
            p if f else np.full((len(p), width), np.nan)
            for p, f in zip(parts, filled, strict=True)
        ]
    return np.concatenate(parts) if parts else np.empty(0)


def _refuse_bad_cell(name: str, error: pa.ArrowInvalid, header: Sequence[str]) -> None:
    """Raise UnreadableTable if the error is of one cell."""
    bad = _BAD_CELL.search(str(error))
    if bad and int(bad[1]) < len(header):
        row = f" in row {int(bad[2]):,}" if bad[2] else ""
        raise UnreadableTable(
            f"{name} has a cell in {header[int(bad[1])]!r} that is not a number: "
            f"{bad[3][:40]!r}{row}"
        ) from error
