"""Read columns of delimited text: CSV, TSV, and ECSV (ignoring its header)."""

import codecs
import csv
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv

from morph.errors import UnreadableTable
from morph.tables.cells import (
    Columns,
    check_lengths,
    lists_from_text,
    shorten,
    texts_from,
)
from morph.tables.limits import check_rows, check_values
from morph.tables.parts import Opened

_DELIMITERS = ",\t;| "
_HEAD_BYTES = 1 << 22
_BLOCK_BYTES = 1 << 24  # a row of posteriors with 25 passes is about 20 kB
_MISSING = ["", "NA", "N/A", "NaN", "nan", "-nan", "null", "NULL", "None", "--"]


def open_text(name: str, path: Path) -> list[Opened]:
    """The table of a delimited text file."""
    skip, delimiter, header, first = _head(name, path)
    vectors = frozenset(
        column
        for column, cell in zip(header, first, strict=False)
        if cell.lstrip().startswith("[")
    )
    options = {
        "read_options": arrow_csv.ReadOptions(skip_rows=skip, block_size=_BLOCK_BYTES),
        "parse_options": arrow_csv.ParseOptions(delimiter=delimiter),
    }
    reading = partial(_read, name, path, options, vectors)
    return [Opened(tuple(header), vectors, reading)]


def _head(name: str, path: Path) -> tuple[int, str, list[str], list[str]]:
    """Lines before the header, the delimiter, the header and the first row."""
    with path.open("rb") as file:
        raw = file.read(_HEAD_BYTES)
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(raw)
    except UnicodeDecodeError as error:
        raise UnreadableTable(
            f"{name} is not UTF-8 text (at byte {error.start:,}), nor a known table; "
            "use CSV, Parquet, FITS, VOTable or ECSV"
        ) from error
    lines = text.splitlines()
    skip = next((i for i, s in enumerate(lines) if not s.startswith("#")), len(lines))
    head = lines[skip : skip + 2] or [""]
    delimiter = max(_DELIMITERS, key=head[0].count)
    try:
        header, first = [*csv.reader(head, delimiter=delimiter), [], []][:2]
    except csv.Error as error:
        raise UnreadableTable(f"{name} has no readable header: {error}") from error
    if len(header) < 2 or not "".join(header).isprintable():
        raise UnreadableTable(
            f"{name} has no header line with column names; its first line is "
            f"{head[0][:60]!r}"
        )
    return skip, delimiter, header, first


def _read(
    name: str,
    path: Path,
    options: dict,
    vectors: frozenset[str],
    numbers: Sequence[str],
    texts: Sequence[str],
) -> tuple[Columns, Columns]:
    types = {c: pa.string() if c in vectors else pa.float64() for c in numbers}
    types |= {c: pa.string() for c in texts}
    convert = arrow_csv.ConvertOptions(
        column_types=types, include_columns=list(types), null_values=_MISSING
    )
    parts: dict[str, list[np.ndarray]] = {c: [] for c in types}
    rows = 0
    try:
        with arrow_csv.open_csv(path, **options, convert_options=convert) as stream:
            for batch in stream:
                rows += len(batch)
                check_rows(name, rows)
                for column in types:
                    cells = batch.column(column)
                    parts[column].append(_values(name, column, cells, vectors))
                check_values(name, sum(p.size for c in numbers for p in parts[c]))
    except pa.ArrowInvalid as error:
        raise UnreadableTable(f"{name} cannot be read: {shorten(error)}") from error
    joined = {column: _join(name, column, p) for column, p in parts.items()}
    return {c: joined[c] for c in numbers}, {c: joined[c] for c in texts}


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
