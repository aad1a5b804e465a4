"""Galaxies in order, by keys in memory: the first of them, and those beside one.

Among equal keys the name decides, which is not in memory; so all galaxies with the key
of the last one are returned, and DuckDB sorts these few by name.
"""

from dataclasses import dataclass

import numpy as np
from duckdb import DuckDBPyConnection

from morph.catalogue.in_memory.columns import column, name_hashes, tails
from morph.catalogue.in_memory.kept_arrays import fits
from morph.catalogue.own_columns import own_column
from morph.catalogue.release_table import LoadedRelease
from morph.selection.listing.order import Order

MOST = 2_000  # galaxies that are left to DuckDB


@dataclass(frozen=True)
class Around:
    """Galaxies around one in order: how many are before those with its key, and rows
    of the nearest ones, before, with the same key, and after.
    """

    before: int
    previous: np.ndarray
    same: np.ndarray
    following: np.ndarray


def keys(
    con: DuckDBPyConnection, release: LoadedRelease, order: Order
) -> np.ndarray | None:
    """Numbers by which the order sorts, smallest first, NaN last; (N,) in row order.

    None for names and texts, and for a release that is not in memory.
    """
    kind = order.by
    if not fits(release) or kind.of == "name":
        return None
    if kind.of == "own" and not own_column.column(con, order.own).is_number:
        return None
    if kind.of == "random":
        return name_hashes(con, release, order.seed)
    if kind.of == "tail":
        values = tails(con, release, order.label, order.threshold)
    else:
        values = column(con, release, order.column(release))
    return -values if kind.end == "highest" else values


def first(keys: np.ndarray, rows: np.ndarray, most: int) -> np.ndarray | None:
    """Those of ``rows`` with the ``most`` smallest keys, and with the last of these.

    All of them if they are few; None if so many are equal, or unknown (NaN, which comes
    last), that DuckDB must sort them.
    """
    if len(rows) <= MOST:
        return rows
    own = keys[rows]
    last = np.partition(own, most - 1)[most - 1] if most <= MOST else np.nan
    found = rows[own <= last]  # none for NaN, which numpy sorts last too
    return found if 0 < len(found) <= MOST else None


def around(keys: np.ndarray, rows: np.ndarray, row: int) -> Around | None:
    """The galaxies of ``rows`` around one of them; None as for `first`."""
    own, at = keys[rows], keys[row]
    if at != at:  # unknown
        return None
    smaller, larger = own < at, own > at
    found = Around(
        int(np.count_nonzero(smaller)),
        rows[smaller & (own == own[smaller].max())] if smaller.any() else rows[:0],
        rows[own == at],
        rows[larger & (own == own[larger].min())] if larger.any() else rows[:0],
    )
    if not len(found.following) and len(found.same) + found.before < len(rows):
        return None  # galaxies without the value follow
    groups = (found.previous, found.same, found.following)
    return found if max(map(len, groups)) <= MOST else None
