"""A few galaxies of a release: by rows or names, in the order given; names to rows."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from morph.catalogue.columns import with_iauname
from morph.catalogue.release_table import LoadedRelease, query


def at_rows(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    rows: Sequence[int] | np.ndarray,
    *,
    columns: Sequence[str] = (),
) -> pd.DataFrame:
    """``iauname``, then ``columns``, of the galaxies in some rows."""
    wanted = [int(row) for row in rows]
    sql = f"""
        SELECT {with_iauname(release, columns)} FROM {release.table}
        WHERE rowid IN (SELECT unnest($wanted::BIGINT[]))
        ORDER BY list_position($wanted::BIGINT[], rowid)
    """
    return query(con, release, sql, {"wanted": wanted}).df()


def rows_of(
    con: DuckDBPyConnection, release: LoadedRelease, names: Sequence[str]
) -> dict[str, int]:
    """Rows of those of the named galaxies that the release has, by name."""
    sql = f"""
        SELECT iauname, rowid FROM {release.table}
        WHERE iauname IN (SELECT unnest($wanted::VARCHAR[]))
    """
    return dict(query(con, release, sql, {"wanted": list(names)}).fetchall())


def by_name(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    names: Sequence[str],
    *,
    columns: Sequence[str] = (),
) -> pd.DataFrame:
    """``iauname``, then ``columns``, of the named galaxies that the release has."""
    sql = f"""
        SELECT {with_iauname(release, columns)} FROM {release.table}
        WHERE iauname IN (SELECT unnest($wanted::VARCHAR[]))
        ORDER BY list_position($wanted::VARCHAR[], iauname)
    """
    return query(con, release, sql, {"wanted": list(names)}).df()
