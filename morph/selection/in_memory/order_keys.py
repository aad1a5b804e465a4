"""Galaxies in order, by keys in memory: the first of them, and those beside one.

Among equal keys the name decides, which is not in memory; so all galaxies with the key
of the last one are returned, and DuckDB sorts these few by name.
"""

from dataclasses import dataclass

import numpy as np

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
