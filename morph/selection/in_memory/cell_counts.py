"""Histograms of columns from the cell of each galaxy, a byte that is kept in memory."""

from dataclasses import dataclass

import numpy as np
from duckdb import DuckDBPyConnection

from morph.catalogue.in_memory.columns import column
from morph.catalogue.in_memory.kept_arrays import kept
from morph.catalogue.release_table import LoadedRelease

_BLOCK = 65_536  # galaxies at once: they stay in the cache of a core


@dataclass(frozen=True)
class Bins:
    """``number`` equal bins of a column from ``low`` to ``high``, which is in the last.

    Unknown values, and those outside, are in no bin.
    """

    column: str
    low: float
    high: float
    number: int


@dataclass(frozen=True)
class SparseMask:
    """A mask as the rows of its galaxies or, if fewer, of those that are not in it."""

    rows: np.ndarray
    inverted: bool  # whether ``rows`` are those that are not in it


def sparse(mask: np.ndarray) -> SparseMask:
    """A mask, (N,) bool, as rows."""
    inverted = 2 * np.count_nonzero(mask) > len(mask)
    return SparseMask(np.flatnonzero(~mask if inverted else mask), bool(inverted))


def binned(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    bins: Bins,
    galaxies: SparseMask | None = None,
) -> np.ndarray:
    """Numbers of galaxies in each bin, (bins.number,) int64; by default of all."""

    def of_all() -> np.ndarray:
        return _counts(_cells(con, release, bins), bins.number)

    if galaxies is None or galaxies.inverted:
        whole = kept(release, (bins, "counts"), of_all)
        if galaxies is None or not len(galaxies.rows):
            return whole
    counts = _counts(_cells(con, release, bins).take(galaxies.rows), bins.number)
    return whole - counts if galaxies.inverted else counts


def cell_of(values: np.ndarray, bins: Bins) -> np.ndarray:
    """The bin of each value, as an integer; ``bins.number`` for those in no bin."""
    # Comparisons with NaN are false, so that unknown values are outside.
    outside = ~((values >= bins.low) & (values <= bins.high))
    scaled = (values - bins.low) * (bins.number / (bins.high - bins.low))
    scaled[outside] = bins.number
    cells = scaled.astype(np.min_scalar_type(bins.number))
    return np.where(outside, cells, np.minimum(cells, bins.number - 1))


def _cells(con: DuckDBPyConnection, release: LoadedRelease, bins: Bins) -> np.ndarray:
    """(N,) cells in row order."""

    def made() -> np.ndarray:
        values = column(con, release, bins.column)
        cells = np.empty(len(values), dtype=np.min_scalar_type(bins.number))
        for start in range(0, len(values), _BLOCK):
            part = slice(start, start + _BLOCK)
            cells[part] = cell_of(values[part], bins)
        return cells

    return kept(release, bins, made)


def _counts(cells: np.ndarray, number: int) -> np.ndarray:
    if len(cells) <= _BLOCK:
        return np.bincount(cells, minlength=number + 1)[:number]
    counts = np.zeros(number + 1, dtype=np.int64)
    for start in range(0, len(cells), _BLOCK):
        block = cells[start : start + _BLOCK]
        counts += np.bincount(block, minlength=number + 1)
    return counts[:number]
