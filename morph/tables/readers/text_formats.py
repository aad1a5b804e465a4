"""Read text tables of astronomy that describe their own columns: IPAC, MRT, SExtractor.

`astropy` reads them, in Python and in memory, so only up to a moderate size.
"""

import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
from astropy.io import ascii
from astropy.table import Table

from morph.errors import UnreadableTable
from morph.tables.cells import (
    Columns,
    begins_list,
    lists_from_text,
    numbers_from,
    texts_from,
)
from morph.tables.limits import check_rows
from morph.tables.parts import Opened, header_of

_MAX_BYTES = 200_000_000


def open_text_format(name: str, path: Path) -> list[Opened]:
    """The table of an IPAC, MRT or SExtractor file."""
    if path.stat().st_size > _MAX_BYTES:
        raise UnreadableTable(
            f"{name} is a text table of {path.stat().st_size / 1e6:,.0f} MB; morph "
            f"reads this format up to {_MAX_BYTES / 1e6:,.0f} MB. Save it as FITS, "
            "Parquet or CSV"
        )
    table = _parsed(name, path)
    check_rows(name, len(table))
    columns = tuple(table.colnames)
    meta = {
        key: value["value"] if isinstance(value, dict) and "value" in value else value
        for key, value in {**table.meta, **table.meta.get("keywords", {})}.items()
    }
    return [
        Opened(
            columns,
            frozenset(c for c in columns if _is_list(table[c])),
            partial(_read, name, table),
            units={c: str(table[c].unit) for c in columns if table[c].unit},
            header=header_of(meta),
            rows=len(table),
        )
    ]


def _parsed(name: str, path: Path) -> Table:
    with warnings.catch_warnings(action="ignore"):
        for format in _formats(path):
            try:
                return ascii.read(path, format=format, guess=False, fast_reader=False)
            except (ascii.InconsistentTableError, ascii.IpacFormatError) as error:
                failed = error
    raise UnreadableTable(f"{name} cannot be read: {failed}") from failed


def _formats(path: Path) -> Sequence[str]:
    with path.open("rb") as file:
        start = file.read(1)
    if start in (b"|", b"\\"):
        return ["ipac"]
    return ["sextractor"] if start == b"#" else ["mrt", "cds"]


def _is_list(cells: Table.Column) -> bool:
    return cells.dtype.kind in "US" and begins_list(_array(cells))


def _array(cells: Table.Column) -> pa.Array:
    """Cells as an array in which masked ones are missing."""
    values = np.asarray(cells)
    return pa.array(values, mask=np.ma.getmaskarray(cells))


def _read(
    name: str, table: Table, numbers: Sequence[str], texts: Sequence[str]
) -> tuple[Columns, Columns]:
    return (
        {c: _numbers(name, c, table[c]) for c in numbers},
        {c: texts_from(_array(table[c])) for c in texts},
    )


def _numbers(name: str, column: str, cells: Table.Column) -> np.ndarray:
    if _is_list(cells):
        return lists_from_text(name, column, _array(cells))
    if cells.dtype.kind not in "iufb":
        words = _array(cells).cast(pa.string())
        return numbers_from(name, column, words).to_numpy(False)
    values = np.array(cells, dtype=np.float64)
    values[np.ma.getmaskarray(cells)] = np.nan
    return values
