"""Exact k-nearest neighbours among all galaxies of a release, by cosine distance.

Vectors are the encoder's features, or the answers. faiss compares all galaxies in half
precision; possible results are compared again in double precision, so the result is
that of double precision throughout.
"""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import faiss
import numpy as np
from astropy.coordinates import angular_separation

from morph.errors import MorphError

SKIP_ARCSEC = 100.0
_ROWS_AT_ONCE = 4096
_CANDIDATES = 400  # at least this many are compared in double precision
_MOST_THREADS = 8
_one_at_a_time = threading.Lock()  # a search uses all cores
# Rounding unit vectors to half precision changes a cosine by less than 2^-11.
_MARGIN = 5e-4


@dataclass(frozen=True)
class VectorIndex:
    """One vector per galaxy, and half-precision unit copies of them, in parts."""

    vectors: np.ndarray  # (N, D) as given, possibly a memory map
    known: np.ndarray  # (N,) bool: finite and not zero
    starts: tuple[int, ...]  # first row of each part
    parts: tuple[faiss.IndexScalarQuantizer, ...]  # one searched by each thread


@dataclass(frozen=True)
class Similar:
    """Rows and distances of the most similar galaxies, nearest first."""

    rows: np.ndarray  # (K,) int
    distance: np.ndarray  # (K,) float64, 1 - cosine, from 0 to 2


def build_index(
    vectors: np.ndarray,
    *,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> VectorIndex:
    """Index vectors for searches; takes 2 D bytes of memory per galaxy.

    Parameters
    ----------
    vectors : (N, D) array
        Any float type, not copied. Galaxies whose vector is zero or not finite are
        never found.
    threads : int, optional
        Parts that are searched in parallel; by default one per core.
    progress : callable, optional
        Called with the number of galaxies indexed and their total.
    """
    rows, length = vectors.shape
    threads = threads or min(os.cpu_count() or 1, _MOST_THREADS)
    known = np.zeros(rows, dtype=bool)
    starts, parts = [], []
    for part in np.array_split(np.arange(rows), max(1, min(threads, rows))):
        index = faiss.IndexScalarQuantizer(
            length, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        )
        starts.append(sum(built.ntotal for built in parts))
        for start in range(0, len(part), _ROWS_AT_ONCE):
            block = part[start : start + _ROWS_AT_ONCE]
            unit, known[block] = unit_vectors(vectors[block[0] : block[-1] + 1])
            index.add(unit.astype(np.float32))
            if progress is not None:
                progress(int(block[-1]) + 1, rows)
        parts.append(index)
    return VectorIndex(vectors, known, tuple(starts), tuple(parts))


def most_similar(
    index: VectorIndex,
    query: np.ndarray,
    *,
    allowed: np.ndarray | None = None,
    count: int = 100,
) -> Similar:
    """The ``count`` galaxies with the smallest cosine distance to a query.

    Parameters
    ----------
    query : (D,) array
        The vector of a galaxy, or one from `query_vector`.
    allowed : (N,) bool array, optional
        Candidates, such as the selection without the examples.

    Returns
    -------
    Similar
        Fewer than ``count`` galaxies where fewer are allowed. Ties are ordered by row.
    """
    query = _direction_of(query)
    allowed = index.known if allowed is None else allowed & index.known
    total = int(allowed.sum())
    candidates = max(_CANDIDATES, 4 * count)
    while True:
        rough, rows = _search(index, query, allowed, candidates)
        cosine = _cosines(index.vectors, rows, query)
        order = np.lexsort((rows, -cosine))[:count]
        # No other galaxy is nearer than the last candidate, rounding included.
        if len(rows) == total or cosine[order[-1]] > rough.min() + _MARGIN:
            return Similar(rows[order], 1 - cosine[order])
        candidates *= 8


def all_distances(
    index: VectorIndex, query: np.ndarray, *, allowed: np.ndarray | None = None
) -> np.ndarray:
    """Distances of all allowed galaxies, unordered, for a histogram.

    Returns
    -------
    (M,) float32 array
        1 - cosine, in half precision (within 0.0005).
    """
    query = _direction_of(query)
    allowed = index.known if allowed is None else allowed & index.known
    return 1 - _search(index, query, allowed, len(allowed))[0]


def nearest_distances(
    index: VectorIndex, *, sample: int = 200, seed: int = 0
) -> np.ndarray:
    """Nearest-neighbour distances of a random sample of galaxies.

    A query far from its neighbours on this scale is an outlier. The computation takes
    seconds: do it once per release.

    Returns
    -------
    (S,) float32 array
        In increasing order, in half precision.
    """
    rows = drawn(np.flatnonzero(index.known), sample, seed=seed)
    queries = unit_vectors(index.vectors[rows])[0].astype(np.float32)
    nearest = np.full(len(rows), -1.0, dtype=np.float32)
    for start, part in zip(index.starts, index.parts, strict=True):
        cosine, row = part.search(queries, min(2, part.ntotal))
        other = (row + start != rows[:, None]) & (row >= 0)
        nearest = np.maximum(nearest, np.where(other, cosine, -1).max(axis=1))
    return np.sort(1 - nearest)


def drawn(rows: np.ndarray, size: int, *, seed: int) -> np.ndarray:
    """``rows``, or ``size`` of them drawn at random, in increasing order."""
    size = min(size, len(rows))
    return np.sort(np.random.default_rng(seed).choice(rows, size, replace=False))


def share_nearer(nearest: np.ndarray, distance: float) -> float:
    """Fraction of nearest-neighbour distances below ``distance``; 1 for an outlier."""
    return float(np.mean(nearest < distance))


def near_on_sky(
    ra: np.ndarray,
    dec: np.ndarray,
    rows: Sequence[int],
    *,
    radius_arcsec: float = SKIP_ARCSEC,
) -> np.ndarray:
    """Galaxies within a radius of any galaxy in ``rows``, these included, (N,).

    They may be fragments of it, or have images that show it too. A galaxy of unknown
    position is near only to itself.

    Parameters
    ----------
    ra, dec : (N,) arrays
        ICRS degrees.
    """
    near = np.zeros(len(ra), dtype=bool)
    radius = radius_arcsec / 3600
    for row in rows:
        near[row] = True
        band = np.flatnonzero(np.abs(dec - dec[row]) <= radius)
        here = np.radians([ra[row], dec[row]])
        apart = angular_separation(*here, np.radians(ra[band]), np.radians(dec[band]))
        near[band[np.degrees(apart) <= radius]] = True
    return near


def near_in_value(
    values: np.ndarray, rows: Sequence[int], *, reach: float
) -> np.ndarray:
    """Galaxies with a value within ``reach`` of the mean of those in ``rows``, (N,).

    All galaxies where no value in ``rows`` is known.
    """
    examples = values[rows]
    examples = examples[np.isfinite(examples)]
    if not len(examples):
        return np.ones(len(values), dtype=bool)
    return np.abs(values - examples.mean()) <= reach


def unit_vectors(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N, D) unit vectors, zero where unknown, and which are known, (N,)."""
    vectors = np.asarray(vectors, dtype=float)
    known = np.isfinite(vectors).all(axis=1)
    length = np.linalg.norm(vectors, axis=1)
    known &= length > 0
    safe = np.where(known, length, 1)[:, None]
    return np.where(known[:, None], vectors, 0) / safe, known


def _search(
    index: VectorIndex, query: np.ndarray, allowed: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Approximate cosines and rows of the ``count`` nearest allowed, unordered."""
    with _one_at_a_time:
        return _search_parts(index, query, allowed, count)


def _search_parts(
    index: VectorIndex, query: np.ndarray, allowed: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    wanted = query[None].astype(np.float32)

    def search_part(
        start: int, part: faiss.IndexScalarQuantizer
    ) -> tuple[np.ndarray, np.ndarray]:
        candidates = allowed[start : start + part.ntotal]
        most = min(count, int(candidates.sum()))
        if not most:
            return np.empty(0, np.float32), np.empty(0, np.int64)
        bits = faiss.IDSelectorBitmap(np.packbits(candidates, bitorder="little"))
        parameters = faiss.SearchParameters(sel=bits)
        cosine, row = part.search(wanted, most, params=parameters)
        return cosine[0], row[0] + start

    with ThreadPoolExecutor(len(index.parts)) as threads:
        results = list(threads.map(search_part, index.starts, index.parts))
    cosine, row = (np.concatenate(values) for values in zip(*results, strict=True))
    if len(row) > count:
        best = np.argpartition(-cosine, count - 1)[:count]
        cosine, row = cosine[best], row[best]
    return cosine, row


def _cosines(vectors: np.ndarray, rows: np.ndarray, query: np.ndarray) -> np.ndarray:
    """Cosines of some rows with a unit query, in double precision."""
    cosines = np.empty(len(rows))
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        block = slice(start, start + _ROWS_AT_ONCE)
        unit, _ = unit_vectors(vectors[rows[block]])
        cosines[block] = np.einsum("rd,d->r", unit, query)  # equal rows, equal sums
    return cosines


def _direction_of(query: np.ndarray) -> np.ndarray:
    unit, known = unit_vectors(query[None])
    if not known[0]:
        raise MorphError("this galaxy has no features to compare; choose another one")
    return unit[0]
