"""Write the files of a release, each in the order of its galaxies.

Rows are put into that order one group at a time, so that no table is in memory twice.
"""

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import types

from morph.atomic import replacing, sha256_of
from morph.release.manifest import FileRecord
from morph.release.stored_rows import StoredRows
from morph.tables.arrow_numbers import to_arrow

_GROUP_ROWS = 100_000  # readers have one row group in memory at a time
_FLOATS = (pa.float32(), pa.float64())

Told = Callable[[int], None]  # hears of the number of rows written


def _unheard(rows: int) -> None:
    """Nobody follows the rows."""


def rows_on_sky(healpix: np.ndarray, names: pd.Series) -> np.ndarray:
    """(N,) rows in the order of their HEALPix index, and of equal ones by name."""
    order = np.argsort(healpix, kind="stable")
    equal = np.diff(healpix[order]) == 0
    tied = np.flatnonzero(np.append(equal, False) | np.insert(equal, 0, False))
    if len(tied):
        some = order[tied]
        keys = {"index": healpix[some], "name": names.to_numpy()[some]}
        by_name = pd.DataFrame(keys).sort_values(["index", "name"]).index
        order[tied] = some[by_name]
    return order


def same_names(one: pd.Series, other: pd.Series) -> bool:
    """Whether two columns have the same names in the same order."""
    return one.reset_index(drop=True).equals(other.reset_index(drop=True))


def rows_in_order(names: pd.Series, order: np.ndarray, table: pd.DataFrame):
    """Rows of a table in the ``order`` of the galaxies called ``names``.

    Several rows of one galaxy stay in their order.
    """
    if same_names(names, table["iauname"]):
        return order
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    rows = place[pd.Index(names).get_indexer(pd.Index(table["iauname"]))]
    return np.argsort(rows, kind="stable")


def write_table(
    path: Path,
    table: pd.DataFrame,
    rows: np.ndarray | None = None,
    *,
    told: Told = _unheard,
) -> FileRecord:
    """Write ``rows`` of a table, or all of them; return the record for the manifest."""
    whole = pa.Table.from_pandas(table, preserve_index=False)  # numbers are not copied
    groups = _groups(len(whole))
    if rows is None:
        parts = (whole.slice(group.start, _GROUP_ROWS) for group in groups)
    else:
        parts = (whole.take(pa.array(rows[group])) for group in groups)
    return _written(path, whole.schema, parts, told)


def write_stored(
    path: Path,
    stored: StoredRows,
    names: pd.Series,
    rows: np.ndarray,
    *,
    check: Callable[[pd.DataFrame], None],
    told: Told = _unheard,
) -> FileRecord:
    """Write ``rows`` of numbers that are on disk, with the names of their galaxies.

    ``check`` refuses groups of rows with a wrong number.
    """

    every = pa.array(names, pa.large_string())

    def part(some: np.ndarray) -> pd.DataFrame:
        values = np.asfortranarray(stored.take(some))
        table = pd.DataFrame(values, columns=list(stored.columns), copy=False)
        taken = every.take(pa.array(some))
        table.insert(0, "iauname", pd.array(taken, dtype="str"))
        check(table)
        return table

    schema = pa.Schema.from_pandas(part(rows[:0]), preserve_index=False)
    parts = (_as_arrow(part(rows[group]), schema) for group in _groups(len(rows)))
    return _written(path, schema, parts, told)


def _as_arrow(table: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    """Names and numbers as Arrow."""
    numbers = [to_arrow(table[name].to_numpy()) for name in schema.names[1:]]
    names = pa.array(table["iauname"], schema.types[0])
    return pa.Table.from_arrays([names, *numbers], schema=schema)


def write_features(
    path: Path,
    features: pd.DataFrame,
    rows: np.ndarray | None = None,
    *,
    told: Told = _unheard,
) -> FileRecord:
    """Write the features of a release, see ``features_to_arrow``."""
    schema = features_to_arrow(features.iloc[:1]).schema
    order = np.arange(len(features)) if rows is None else rows
    parts = (
        features_to_arrow(features.iloc[order[group]])
        for group in _groups(len(features))
    )
    return _written(path, schema, parts, told)


def features_to_arrow(features: pd.DataFrame) -> pa.Table:
    """iauname and a fixed-size list of float16 per galaxy, as an Arrow table."""
    matrix = np.stack(features["feature"].to_numpy()).astype(np.float16)
    values = pa.array(matrix.ravel(), type=pa.float16())
    vectors = pa.FixedSizeListArray.from_arrays(values, matrix.shape[1])
    names = pa.array(features["iauname"].astype(str))
    return pa.table({"iauname": names, "feature": vectors})


def write_text(path: Path, text: str) -> FileRecord:
    """Write a text file of a release."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
    return FileRecord(sha256_of(path), path.stat().st_size)


def _groups(rows: int) -> Iterator[slice]:
    """Groups of rows, in their order."""
    for start in range(0, rows, _GROUP_ROWS):
        yield slice(start, start + _GROUP_ROWS)


def _written(
    path: Path, schema: pa.Schema, parts: Iterator[pa.Table], told: Told
) -> FileRecord:
    # Numbers of a continuum are all different, and alike in their first bytes: so they
    # are written in half the time, and are smaller.
    floats = [field.name for field in schema if field.type in _FLOATS]
    first = next(parts, schema.empty_table())
    repeating = [name for name in schema.names if _repeats(first[name])]
    rows = 0
    with (
        replacing(path) as temporary,
        pq.ParquetWriter(
            temporary,
            schema,
            compression="zstd",
            use_dictionary=repeating,
            use_byte_stream_split=floats,
        ) as writer,
    ):
        for part in chain([first], parts):
            writer.write_table(part)
            rows += len(part)
            told(rows)
    return FileRecord(sha256_of(path), path.stat().st_size, rows)


def _repeats(column: pa.ChunkedArray) -> bool:
    """Whether a dictionary helps: one of names that are all different does not."""
    kind = column.type
    if not (
        types.is_integer(kind) or types.is_string(kind) or types.is_large_string(kind)
    ):
        return False
    return 2 * pc.count_distinct(column).as_py() <= len(column)
