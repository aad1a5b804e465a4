"""Which galaxies of a release are selected: as rows, as a mask, and by name."""

import numpy as np
from duckdb import DuckDBPyConnection

from morph.catalogue.in_memory.kept_arrays import fits
from morph.catalogue.release_table import LoadedRelease, query
from morph.selection.conditions import steps, where
from morph.selection.in_memory import step_masks
from morph.selection.masks import as_mask
from morph.selection.selection import Selection


def rows(
    con: DuckDBPyConnection, release: LoadedRelease, selection: Selection
) -> np.ndarray:
    """Rows of the selected galaxies, (K,) int64, increasing."""
    if fits(release):
        return np.flatnonzero(selected(con, release, selection))
    condition, parameters = where(selection, release)
    sql = f"SELECT rowid AS row FROM {release.table} WHERE {condition}"
    return query(con, release, sql, parameters).fetchnumpy()["row"]


def selected(
    con: DuckDBPyConnection, release: LoadedRelease, selection: Selection
) -> np.ndarray:
    """Which galaxies are selected, (N,) bool in row order."""
    if fits(release):
        masks = step_masks.masks(con, release, steps(selection, release))
        return step_masks.all_pass(masks, release)
    return as_mask(rows(con, release, selection), release)


def names(
    con: DuckDBPyConnection, release: LoadedRelease, selection: Selection
) -> np.ndarray:
    """iaunames of the selected galaxies, (K,) object array."""
    condition, parameters = where(selection, release)
    sql = f"SELECT iauname FROM {release.table} WHERE {condition}"
    return query(con, release, sql, parameters).fetchnumpy()["iauname"]
