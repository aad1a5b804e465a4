"""The coverage map (MOC) of a selection as a file: cells that hold a galaxy."""

import numpy as np
from duckdb import DuckDBPyConnection

from morph.catalogue.release_table import LoadedRelease, query
from morph.errors import MorphError
from morph.selection.conditions import describe, where
from morph.selection.selection import Selection
from morph.sky import healpix_29
from morph.sky.coverage_map import as_file, of_cells


def coverage_file(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    *,
    order: int,
    form: str = "fits",
) -> bytes:
    """The cells of a HEALPix order that hold a selected galaxy, in ICRS.

    ``form`` is "fits" or "json". MorphError if no selected galaxy has a position, or
    the order is above `morph.sky.coverage_map.MOST_ORDER`.
    """
    condition, parameters = where(selection, release)
    sql = (
        f"SELECT ra, dec FROM {release.table} WHERE {condition} "
        "AND ra IS NOT NULL AND dec IS NOT NULL"
    )
    found = query(con, release, sql, parameters).fetchnumpy()
    if not len(found["ra"]):
        raise MorphError("no selected galaxy has a position, so there is no map")
    ra, dec = (np.asarray(found[name], dtype=float) for name in ("ra", "dec"))
    ranges = of_cells(healpix_29(ra, dec), order)
    words = describe(selection, release)
    about = f"cells with a galaxy of {release.release_id}: {words}"
    return as_file(ranges, order, form=form, about=about)
