"""Cross-match two lists of positions: all pairs within a radius, and the best ones.

The smaller list is indexed as a k-d tree of unit vectors; the larger one is looked up
in blocks, so that memory does not grow with it, except for the pairs that are found.
Positions in cells of the sky without one of the smaller list are not looked up.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields

import numpy as np
from scipy.spatial import cKDTree

from morph.errors import MorphError

MOST_RADIUS_ARCSEC = 3600.0
MOST_PAIRS = 50_000_000
BLOCK = 500_000  # positions
CELL = 5e-4  # least side of a cell, in units of the sphere's radius: 1.7 arcmin
_SLOTS = 1 << 25  # of the table of cells; two cells may share one
# A second candidate this much farther than the nearest one is no rival; within a tenth
# of an arcsec, catalogues do not tell positions apart.
RATIO = 3.0
SAME_ARCSEC = 0.1

RaDec = tuple[np.ndarray, np.ndarray]  # (N,) ICRS degrees, NaN where unknown
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Pairs:
    """P pairs within a radius, by row of ``a``, the nearest first."""

    a: np.ndarray  # (P,) int64 rows of the first list
    b: np.ndarray  # (P,) int64 rows of the second list
    separation_arcsec: np.ndarray  # (P,)

    def rows(self, which: np.ndarray) -> "Pairs":
        """Those of the pairs that a mask or an index chooses."""
        return Pairs(self.a[which], self.b[which], self.separation_arcsec[which])


@dataclass(frozen=True)
class Flags:
    """What is said of each of P pairs."""

    best: np.ndarray  # bool: the nearest to its row of ``a``
    candidates: np.ndarray  # int64: pairs of its row of ``a``
    second_arcsec: np.ndarray  # of the second nearest to its row of ``a``; NaN: none
    ambiguous: np.ndarray  # bool: the second nearest is a rival
    shared: np.ndarray  # bool: its row of ``b`` is the best of several of ``a``

    def rows(self, which: np.ndarray) -> "Flags":
        """Those of the pairs that a mask or an index chooses."""
        return Flags(*(getattr(self, field.name)[which] for field in fields(self)))


def cross_match(
    a: RaDec,
    b: RaDec,
    radius_arcsec: float,
    *,
    workers: int = -1,
    progress: Progress | None = None,
) -> Pairs:
    """All pairs of positions within a radius; unknown positions are in none.

    ``progress`` is called with the positions of the larger list done, and all of them.
    MorphError if the radius is impossible, or there are more than MOST_PAIRS.
    """
    if not 0 < radius_arcsec <= MOST_RADIUS_ARCSEC:
        raise MorphError(
            f"the radius is {radius_arcsec:g} arcsec; expected more than 0 and at most "
            f"{MOST_RADIUS_ARCSEC:,.0f}"
        )
    swapped = len(a[0]) < len(b[0])
    large, small = (b, a) if swapped else (a, b)
    indexed = np.flatnonzero(_known(*small))
    if not len(indexed):
        return _sorted(*np.zeros((2, 0), dtype=np.int64), np.zeros(0))
    vectors = _vectors(small[0][indexed], small[1][indexed])
    reach = 2 * np.sin(np.radians(radius_arcsec / 3600) / 2) * (1 + 1e-9)
    cells, tree = _Cells(vectors, reach), cKDTree(vectors)
    found, number = [], 0
    for rows, at, chord in _looked_up(tree, cells, large, reach, workers, progress):
        found.append((rows, indexed[at], _arcsec(chord)))
        number += len(rows)
        if number > MOST_PAIRS:
            raise MorphError(
                f"over {MOST_PAIRS:,} pairs are within {radius_arcsec:g} arcsec; "
                "choose a smaller radius"
            )
    rows, at, apart = (np.concatenate(part) for part in zip(*found, strict=True))
    within = apart <= radius_arcsec
    one, other = (at, rows) if swapped else (rows, at)
    return _sorted(one[within], other[within], apart[within])


def flags(pairs: Pairs, *, ratio: float = RATIO) -> Flags:
    """Which pairs are the best, and which of these may be wrong.

    A pair is ambiguous if the second nearest is at most ``ratio`` times as far as the
    nearest, or both are within SAME_ARCSEC. MorphError for a ratio below 1.
    """
    if not ratio >= 1:
        raise MorphError(f"the ratio is {ratio:g}; expected 1 or more")
    best = np.ones(len(pairs.a), dtype=bool)
    best[1:] = pairs.a[1:] != pairs.a[:-1]
    first = np.flatnonzero(best)
    counts = np.diff(np.append(first, len(best)))
    second = np.full(len(first), np.nan)
    several = counts > 1
    second[several] = pairs.separation_arcsec[first[several] + 1]
    nearest = pairs.separation_arcsec[first]
    rivals = second <= np.maximum(ratio * nearest, SAME_ARCSEC)
    wanted, times = np.unique(pairs.b[first], return_counts=True)
    shared = best & np.isin(pairs.b, wanted[times > 1])
    group = np.repeat(np.arange(len(first)), counts)
    return Flags(best, counts[group], second[group], rivals[group], shared)


def median_offset_arcsec(a: RaDec, b: RaDec, pairs: Pairs) -> tuple[float, float]:
    """Median of b - a over pairs: to the east, ΔRA cos Dec, and to the north; NaN
    without pairs. A large one shows that the frames or epochs differ.
    """
    if not len(pairs.a):
        return np.nan, np.nan
    east = (b[0][pairs.b] - a[0][pairs.a] + 180) % 360 - 180
    north = b[1][pairs.b] - a[1][pairs.a]
    east = east * np.cos(np.radians(a[1][pairs.a]))
    return float(np.median(east)) * 3600, float(np.median(north)) * 3600


class _Cells:
    """The cubic cells of space that are within reach of some position."""

    def __init__(self, vectors: np.ndarray, reach: float):
        # The cube of all that is within reach of a position has a side of at most one
        # cell, so that the cells of its corners are all the cells it touches.
        self._side = max(CELL, 2 * reach)
        self._occupied = np.zeros(_SLOTS, dtype=bool)
        for corner in np.ndindex(2, 2, 2):
            moved = vectors + reach * (2 * np.array(corner) - 1)
            self._occupied[self._slots(moved)] = True

    def near(self, vectors: np.ndarray) -> np.ndarray:
        """Which of (N, 3) vectors may be within reach; the others are not."""
        return self._occupied[self._slots(vectors)]

    def _slots(self, vectors: np.ndarray) -> np.ndarray:
        cell = np.floor(vectors / self._side).astype(np.int64)
        mixed = cell[:, 0] * 73_856_093 ^ cell[:, 1] * 19_349_663
        return (mixed ^ cell[:, 2] * 83_492_791) & (_SLOTS - 1)


def _looked_up(
    tree: cKDTree,
    cells: _Cells,
    large: RaDec,
    reach: float,
    workers: int,
    progress: Progress | None,
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Rows of the larger list, those of the tree, and the chords between, by block."""
    total = len(large[0])
    for start in range(0, total, BLOCK):
        ra, dec = (one[start : start + BLOCK] for one in large)
        rows = np.flatnonzero(_known(ra, dec))
        at = _vectors(ra[rows], dec[rows])
        near = cells.near(at)
        rows, at = rows[near], at[near]
        chord, found = tree.query(at, k=2, distance_upper_bound=reach, workers=workers)
        one = np.isfinite(chord[:, 0]) & ~np.isfinite(chord[:, 1])
        yield rows[one] + start, found[one, 0], chord[one, 0]
        several = np.flatnonzero(np.isfinite(chord[:, 1]))
        yield _several(tree, at[several], rows[several] + start, reach, workers)
        if progress:
            progress(min(start + BLOCK, total), total)


def _several(
    tree: cKDTree, at: np.ndarray, rows: np.ndarray, reach: float, workers: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All pairs of positions that have two or more."""
    if not len(rows):
        return rows, rows, np.zeros(0)
    lists = tree.query_ball_point(at, reach, workers=workers)
    counts = np.array([len(one) for one in lists])
    found = np.concatenate([np.asarray(one, dtype=np.int64) for one in lists])
    apart = np.repeat(at, counts, axis=0) - tree.data[found]
    return np.repeat(rows, counts), found, np.linalg.norm(apart, axis=1)


def _sorted(a: np.ndarray, b: np.ndarray, apart: np.ndarray) -> Pairs:
    order = np.lexsort((b, apart, a))
    return Pairs(a[order].astype(np.int64), b[order].astype(np.int64), apart[order])


def _known(ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    return np.isfinite(ra) & np.isfinite(dec)


def _vectors(ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    """(N, 3) unit vectors."""
    east, north = np.radians(ra), np.radians(dec)
    out = np.empty((len(ra), 3))
    across = np.cos(north)
    np.multiply(across, np.cos(east), out=out[:, 0])
    np.multiply(across, np.sin(east), out=out[:, 1])
    np.sin(north, out=out[:, 2])
    return out


def _arcsec(chord: np.ndarray) -> np.ndarray:
    return np.degrees(2 * np.arcsin(chord / 2)) * 3600
