"""Exact nearest neighbours of all galaxies among themselves.

faiss compares all pairs in single precision. The candidates are compared again in
double precision, and there are more of them where rounding might have hidden one, so
that the result is that of double precision throughout.
"""

import faiss
import numpy as np
from sklearn.neighbors import NearestNeighbors

_FEW_DIMENSIONS = 15  # in which a tree of the points is quicker than all pairs
_NUMBERS_AT_ONCE = 12_000_000  # of the candidates compared again at once, 96 MB
_MORE = 8  # candidates beyond the neighbours wanted


def nearest_neighbours(points: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Distances and rows of each point's nearest neighbours, without the point itself.

    Parameters
    ----------
    points : (N, D) array
        Any float type, all finite.
    count : int
        Neighbours of each, fewer than N.

    Returns
    -------
    (N, count) float64 array, (N, count) int64 array
        Nearest first. Of equally distant neighbours, the first rows come first.
    """
    if points.shape[1] <= _FEW_DIMENSIONS:
        return NearestNeighbors(n_neighbors=count).fit(points).kneighbors()
    exact = points - points.mean(axis=0, dtype=float)
    rough = exact.astype(np.float32)
    index = faiss.IndexFlatL2(points.shape[1])
    index.add(rough)
    distances = np.empty((len(points), count))
    near = np.empty((len(points), count), dtype=np.int64)
    candidates = min(count + 1 + _MORE, len(points))
    left, margin = np.arange(len(points)), _margin(rough)
    while len(left):
        uncertain = []
        at_once = max(1, _NUMBERS_AT_ONCE // (candidates * points.shape[1]))
        for start in range(0, len(left), at_once):
            rows = left[start : start + at_once]
            far, found = index.search(rough[rows], candidates)
            squares, chosen = _compared_again(exact, rows, found, count)
            distances[rows], near[rows] = np.sqrt(squares), chosen
            # No other point is nearer than the last candidate, rounding included.
            sure = squares[:, -1] + margin < far[:, -1]
            uncertain.append(rows[~sure & (candidates < len(points))])
        left = np.concatenate(uncertain)
        candidates = min(8 * candidates, len(points))
    return distances, near


def _compared_again(
    points: np.ndarray, rows: np.ndarray, found: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Squared distances and rows of the ``count`` nearest among those found (M, K)."""
    found = np.sort(found, axis=1)
    apart = points[found] - points[rows][:, None]
    squares = np.einsum("mkd,mkd->mk", apart, apart)
    squares[found == rows[:, None]] = np.inf
    order = np.argsort(squares, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(squares, order, 1), np.take_along_axis(found, order, 1)


def _margin(points: np.ndarray) -> float:
    """How far squared distances in single precision may be off.

    faiss computes x² + y² - 2xy, sums of D products of which each is rounded.
    """
    largest = float(np.einsum("nd,nd->n", points, points).max())
    rounding = (points.shape[1] + 4) * float(np.finfo(np.float32).eps)
    return 4 * largest * rounding
