"""Values of a list's column for every galaxy of a release, in row order."""

import numpy as np
from duckdb import DuckDBPyConnection

from morph.catalogue.in_memory.kept_arrays import kept
from morph.catalogue.own_columns.own_column import (
    REF,
    OwnColumn,
    column,
    parts,
    table_of,
)
from morph.catalogue.release_table import LoadedRelease, query


def is_own(name: str) -> bool:
    """Whether the name of a column is the ref of a list's column."""
    return REF.fullmatch(name) is not None


def numbers(con: DuckDBPyConnection, release: LoadedRelease, ref: str) -> np.ndarray:
    """A column of numbers, (N,) float64 in row order, NaN where unknown; read-only."""
    own = column(con, ref)
    if not own.is_number:
        raise ValueError(f"{ref} is not a column of numbers")
    return kept(release, ("own", ref), lambda: _numbers(con, release, ref))


def classes(
    con: DuckDBPyConnection, release: LoadedRelease, own: OwnColumn, *, most: int
) -> tuple[np.ndarray, list[str]]:
    """The class of each galaxy, (N,) uint8, and the ``most`` frequent values.

    Values beyond these have the class len(values), galaxies without one the next.
    """
    rows, values = _values(con, release, own.ref)
    texts = np.array(
        [str(one).lower() if own.kind == "truth" else one for one in values]
    )
    unique, inverse, counts = np.unique(texts, return_inverse=True, return_counts=True)
    order = np.lexsort((np.arange(len(unique)), -counts))[:most]
    code = np.full(len(unique), len(order), dtype=np.uint8)
    code[order] = np.arange(len(order))
    found = np.full(release.galaxies, len(order) + 1, dtype=np.uint8)
    if len(rows):
        found[rows] = code[inverse]
    return found, [str(unique[one]) for one in order]


def _numbers(con: DuckDBPyConnection, release: LoadedRelease, ref: str) -> np.ndarray:
    rows, values = _values(con, release, ref)
    found = np.full(release.galaxies, np.nan)
    found[rows] = np.asarray(values, dtype=float)
    return found


def _values(
    con: DuckDBPyConnection, release: LoadedRelease, ref: str
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the galaxies with a value, and their values."""
    subset_id, key = parts(ref)
    sql = (
        f'SELECT galaxies.rowid AS row, own."{key}" AS value '
        f"FROM {table_of(subset_id)} AS own JOIN {release.table} AS galaxies "
        f"ON own._iauname = galaxies.iauname WHERE own._used "
        f'AND own."{key}" IS NOT NULL'
    )
    found = query(con, release, sql).fetchnumpy()
    return found["row"].astype(np.int64), np.asarray(found["value"])
