"""Cross-match of a selection with another release, by position."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from morph.catalogue.column_sql import quoted
from morph.catalogue.release_table import LoadedRelease, bound, reading
from morph.selection.conditions import where
from morph.selection.selection import Selection
from morph.sky.matched_table import Matched, SkyList, match_lists


def match_releases(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    other: LoadedRelease,
    selection: Selection,
    *,
    radius_arcsec: float,
    all_pairs: bool = False,
) -> Matched:
    """The selected galaxies of a release, and those of ``other`` at their positions.

    MorphError if one has no positions, or the radius is impossible.
    """
    selected = _sky_list(con, release, selection)
    every = _sky_list(con, other, Selection(tree=other.tree))
    return match_lists(selected, every, radius_arcsec, all_pairs=all_pairs)


def same_names(matched: Matched) -> int:
    """How many of the pairs have one name."""
    a, b = (
        one.names.take(pa.array(rows))
        for one, rows in ((matched.a, matched.pairs.a), (matched.b, matched.pairs.b))
    )
    return int(pc.sum(pc.equal(a, b)).as_py() or 0)


def _sky_list(
    con: DuckDBPyConnection, release: LoadedRelease, selection: Selection
) -> SkyList:
    columns = ", ".join(quoted(release, name) for name in ("iauname", "ra", "dec"))
    condition, parameters = where(selection, release)
    sql = f"SELECT {columns} FROM {release.table} WHERE {condition}"
    values = bound(con, release, parameters)
    with reading(release):
        table = con.sql(sql, params=values).to_arrow_table()
    ra, dec = (table[name].to_numpy().astype(np.float64) for name in ("ra", "dec"))
    return SkyList(release.release_id, table["iauname"].combine_chunks(), ra, dec)
