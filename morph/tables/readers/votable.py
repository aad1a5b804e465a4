"""Read the tables of a VOTable."""

import math
import warnings
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
from astropy.io import votable
from astropy.table import Column, MaskedColumn

from morph.errors import UnreadableTable
from morph.tables.cells import Columns, numbers_from, texts_from
from morph.tables.limits import check_rows, check_values
from morph.tables.parts import Opened, header_of
from morph.tables.readers.votable_outline import (
    Declared,
    Outline,
    column_names,
    outline,
    units_of,
)

_MAX_BYTES = 1_000_000_000  # at this size astropy already takes minutes
_CUT_OFF = ("rows beyond the row limit of the service (QUERY_STATUS is OVERFLOW)",)
_NUMERIC = {"bit", "unsignedByte", "short", "int", "long", "float", "double"}


def open_votable(name: str, path: Path) -> list[Opened]:
    """The tables of a VOTable with columns."""
    if path.stat().st_size > _MAX_BYTES:
        raise UnreadableTable(
            f"{name} is a VOTable of {path.stat().st_size / 1e9:,.1f} GB; morph reads "
            f"VOTables up to {_MAX_BYTES / 1e9:,.0f} GB. Save it as FITS or Parquet"
        )
    found = outline(name, path)
    if found.status == "ERROR":
        raise UnreadableTable(
            f"{name} contains an error message of a service, not a complete table; "
            "read it, and repeat the query"
        )
    parts = [
        _opened(name, path, found, number)
        for number, table in enumerate(found.tables)
        if table.fields
    ]
    if not parts:
        raise UnreadableTable(f"{name} is XML without the columns (FIELD) of a VOTable")
    return parts


def _opened(name: str, path: Path, found: Outline, number: int) -> Opened:
    table = found.tables[number]
    columns = column_names(table)
    return Opened(
        columns,
        frozenset(
            column
            for column, declared in zip(columns, table.fields, strict=True)
            if _width(declared) > 1 and declared.get("datatype") in _NUMERIC
        ),
        partial(_read, name, path, number, table),
        units=units_of(table),
        frame=found.frame(table),
        frames=found.frames(table),
        header=header_of(found.facts | table.facts),
        left_out=_CUT_OFF if found.status == "OVERFLOW" else (),
        title=table.name,
        rows=table.rows,
    )


def _whole(text: str) -> int:
    return int(text) if text.strip().isdecimal() else 0


def _width(declared: Mapping[str, str]) -> int:
    """Values per cell that astropy allocates: the product of fixed dimensions."""
    return math.prod(
        _whole(part.strip().rstrip("*")) or 1
        for part in declared.get("arraysize", "1").split("x")
    )


def _read(
    name: str,
    path: Path,
    number: int,
    declared: Declared,
    numbers: Sequence[str],
    texts: Sequence[str],
) -> tuple[Columns, Columns]:
    rows = max(declared.texts, declared.claimed or 0)
    check_rows(name, rows)
    # astropy allocates at least 256 rows of all columns.
    check_values(name, max(rows, 256) * sum(_width(f) for f in declared.fields))
    if declared.rows == 0:
        raise UnreadableTable(f"{name} has columns but no rows")
    with warnings.catch_warnings(action="ignore"):  # not all follow the standard
        parsed = votable.parse(path, table_number=number, verify="ignore")
        table = parsed.get_first_table().to_table(use_names_over_ids=True)
    # Repeated names are changed by astropy, so columns are found by their position.
    at = {c: table.columns[i] for i, c in enumerate(column_names(declared))}
    return (
        {c: _numbers(name, c, at[c]) for c in numbers},
        {c: texts_from(pa.array(_words(at[c]))) for c in texts},
    )


def _numbers(name: str, column: str, cells: Column | MaskedColumn) -> np.ndarray:
    if cells.dtype.kind not in "iufb":
        words = pa.array(_words(cells), pa.string())
        return numbers_from(name, column, words).to_numpy(False)
    values = np.array(cells, dtype=np.float64)
    if isinstance(cells, MaskedColumn):
        values[np.ma.getmaskarray(cells)] = np.nan
    return values.reshape(len(values), -1) if values.ndim > 1 else values


def _words(cells: Column | MaskedColumn) -> list[str | None]:
    masked = np.ma.getmaskarray(cells)
    masked = masked.reshape(len(masked), -1).all(axis=1)
    texts = [c.decode("utf-8", "replace") if isinstance(c, bytes) else c for c in cells]
    return [None if m else str(t) for t, m in zip(texts, masked, strict=True)]
