"""Numeric columns of a release as contiguous arrays that are kept in memory."""

import numpy as np
from duckdb import DuckDBPyConnection

from morph.catalogue.column_sql import quoted
from morph.catalogue.in_memory.kept_arrays import kept
from morph.catalogue.release_table import LoadedRelease, query

NO_ANSWER = 255  # in a column of answers, where none is known


def column(con: DuckDBPyConnection, release: LoadedRelease, name: str) -> np.ndarray:
    """A column, (N,) in row order and in the type in which it is stored, read-only.

    Unknown numbers are NaN; unknown answers, of ``<question>_answer``, are NO_ANSWER.
    """
    return kept(release, name, lambda: _read(con, release, name))


def _read(con: DuckDBPyConnection, release: LoadedRelease, name: str) -> np.ndarray:
    sql = f"SELECT {quoted(release, name)} FROM {release.table}"
    values = query(con, release, sql).fetchnumpy()[name]
    if not np.ma.isMaskedArray(values):
        return values
    unknown = NO_ANSWER if values.dtype == np.uint8 else np.nan
    return values.filled(unknown)
