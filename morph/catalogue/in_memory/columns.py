"""Numeric columns of a release as contiguous arrays that are kept in memory."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from morph.catalogue.column_sql import quoted, tail_sql
from morph.catalogue.in_memory.kept_arrays import kept
from morph.catalogue.own_columns import own_values
from morph.catalogue.release_table import LoadedRelease, query, reading

NO_ANSWER = 255  # in a column of answers, where none is known


def column(con: DuckDBPyConnection, release: LoadedRelease, name: str) -> np.ndarray:
    """A column, (N,) in row order and in the type in which it is stored, read-only.

    Unknown numbers are NaN; unknown answers, of ``<question>_answer``, are NO_ANSWER.
    ``name`` may be the ref of a list's column of numbers.
    """
    if own_values.is_own(name):
        return own_values.numbers(con, release, name)
    return kept(release, name, lambda: _read(con, release, name))


def name_hashes(
    con: DuckDBPyConnection, release: LoadedRelease, seed: int = 0
) -> np.ndarray:
    """DuckDB's hash of each name and a seed, (N,) uint64 in row order, read-only."""
    sql = f"SELECT hash(iauname, $seed) AS key FROM {release.table}"

    def hashed() -> np.ndarray:
        return query(con, release, sql, {"seed": seed}).fetchnumpy()["key"]

    return kept(release, ("hash", seed), hashed)


def tails(
    con: DuckDBPyConnection, release: LoadedRelease, label: str, threshold: float
) -> np.ndarray:
    """P(ρ > threshold) of an answer, (N,) in row order, read-only; NaN where unknown.

    The numbers of `column_sql.tail_sql`, so that DuckDB sorts by the same.
    """
    sql = f"SELECT {tail_sql(release, label, threshold)} AS tail FROM {release.table}"

    def computed() -> np.ndarray:
        with reading(release):
            values = con.sql(sql).to_arrow_table()["tail"]
        return np.array(values.combine_chunks().to_numpy(zero_copy_only=False))

    return kept(release, ("tail", label, threshold), computed)


def _read(con: DuckDBPyConnection, release: LoadedRelease, name: str) -> np.ndarray:
    sql = f"SELECT {quoted(release, name)} FROM {release.table}"
    with reading(release):
        values = con.sql(sql).to_arrow_table()[name]  # faster than fetchnumpy
    if pa.types.is_uint8(values.type):
        values = pc.fill_null(values, NO_ANSWER)
    elif values.null_count and not pa.types.is_floating(values.type):
        values = values.cast(pa.float64())
    return np.array(values.combine_chunks().to_numpy(zero_copy_only=False))
