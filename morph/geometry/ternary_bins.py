"""Galaxies on the triangle as counts in small cells.

A cell is 1/640 of a side wide, a quarter of a step of the lattice on which densities
are computed, and is represented by the mean position of its galaxies: 248,088 are in
50,000 to 120,000 cells. Contours from cells enclose the same fraction of the galaxies
to 0.1%.
"""

from collections.abc import Iterable

import numpy as np

CELLS = 640  # along a side


def binned(blocks: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """The occupied cells of (K, 3) fractions that come in blocks.

    Rows with NaN are left out.

    Returns
    -------
    share : (C, 3) array
        Mean fractions of the galaxies in each cell.
    galaxies : (C,) array
        How many they are.
    """
    cells = (CELLS + 1) ** 2
    counts = np.zeros(cells, dtype=np.int64)
    sums = np.zeros((2, cells))
    for share in blocks:
        known = share[np.isfinite(share[:, 0])]
        first, second = known[:, 0], known[:, 1]
        # As whole numbers of cells; a fraction of 1 is in a last cell of its own.
        column, row = (
            np.maximum(part * CELLS, 0).astype(np.int32) for part in (first, second)
        )
        cell = row * (CELLS + 1) + column
        counts += np.bincount(cell, minlength=cells)
        for total, part in zip(sums, (first, second), strict=True):
            total += np.bincount(cell, part, minlength=cells)
    occupied = np.flatnonzero(counts)
    galaxies = counts[occupied]
    first, second = sums[:, occupied] / galaxies
    return np.column_stack([first, second, 1 - first - second]), galaxies
