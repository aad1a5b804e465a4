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

from morph.errors import MorphError

_ROWS_AT_ONCE = 4096
_CANDIDATES = 400  # at least this many are compared in double precision
_MOST_THREADS = 8
_one_at_a_time = threading.Lock()  # a search uses all cores
# Rounding unit vectors to half precision changes a cosine by less than 2^-11.
_MARGIN = 5e-4


class NoVector(MorphError):
    """A galaxy whose features, or vote fractions, are unknown."""


@dataclass(frozen=True)
class VectorIndex:
    """Vectors of S galaxies of a release, and half-precision unit copies, in parts.

    They are all N galaxies, or a sample of the ``drawn_from`` that have a vector.
    """

    vectors: np.ndarray  # (S, D) as given, possibly a memory map
    rows: np.ndarray  # (S,) of the release, increasing
    known: np.ndarray  # (N,) bool: in the index, finite and not zero
    drawn_from: int
    starts: tuple[int, ...]  # first vector of each part
    parts: tuple[faiss.IndexScalarQuantizer, ...]  # one searched by each thread

    @property
    def is_sample(self) -> bool:
        """Whether galaxies that have a vector were left out."""
        return len(self.rows) < self.drawn_from

    @property
    def bytes(self) -> int:
        """Memory of the vectors, unless they are in a file, and of their copies."""
        in_memory = 0 if isinstance(self.vectors, np.memmap) else self.vectors.nbytes
        others = self.rows.nbytes + self.known.nbytes
        return in_memory + others + 2 * self.vectors.size

    def of(self, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """(K, D) vectors of galaxies in the index, by their rows of the release."""
        return self.vectors[np.searchsorted(self.rows, rows)]


@dataclass(frozen=True)
class Similar:
    """Rows and distances of the most similar galaxies, nearest first."""

    rows: np.ndarray  # (K,) int
    distance: np.ndarray  # (K,) float64, 1 - cosine, from 0 to 2


def build_index(
    vectors: np.ndarray,
    *,
    rows: np.ndarray | None = None,
    galaxies: int | None = None,
    drawn_from: int | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> VectorIndex:
    """Index vectors for searches; takes 2 D bytes of memory per galaxy.

    Parameters
    ----------
    vectors : (S, D) array
        Any float type, not copied. Galaxies whose vector is zero or not finite are
        never found.
    rows : (S,) array, optional
        Rows of these galaxies in a release of ``galaxies``, increasing; by default the
        vectors are those of all galaxies.
    drawn_from : int, optional
        How many galaxies ``rows`` were drawn from, if they are a sample.
    threads : int, optional
        Parts that are searched in parallel; by default one per core.
    progress : callable, optional
        Called with the number of galaxies indexed and their total.
    """
    size, length = vectors.shape
    rows = np.arange(size) if rows is None else rows
    threads = threads or min(os.cpu_count() or 1, _MOST_THREADS)
    known = np.zeros(size, dtype=bool)
    starts, parts = [], []
    for part in np.array_split(np.arange(size), max(1, min(threads, size))):
        index = faiss.IndexScalarQuantizer(
            length, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        )
        starts.append(sum(built.ntotal for built in parts))
        for start in range(0, len(part), _ROWS_AT_ONCE):
            block = part[start : start + _ROWS_AT_ONCE]
            unit, known[block] = unit_vectors(vectors[block[0] : block[-1] + 1])
            index.add(unit.astype(np.float32))
            if progress is not None:
                progress(int(block[-1]) + 1, size)
        parts.append(index)
    in_release = np.zeros(size if galaxies is None else galaxies, dtype=bool)
    in_release[rows[known]] = True
    of = size if drawn_from is None else drawn_from
    return VectorIndex(vectors, rows, in_release, of, tuple(starts), tuple(parts))


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
        rough, places = _search(index, query, allowed, candidates)
        cosine = _cosines(index.vectors, places, query)
        order = np.lexsort((places, -cosine))[:count]
        # No other galaxy is nearer than the last candidate, rounding included.
        if len(places) == total or cosine[order[-1]] > rough.min() + _MARGIN:
            return Similar(index.rows[places[order]], 1 - cosine[order])
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
    return 1 - _search(index, query, allowed, len(index.rows))[0]


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
    places = drawn(np.flatnonzero(index.known[index.rows]), sample, seed=seed)
    if not len(places):
        return np.empty(0, dtype=np.float32)
    queries = unit_vectors(index.vectors[places])[0].astype(np.float32)
    nearest = np.full(len(places), -1.0, dtype=np.float32)
    for start, part in zip(index.starts, index.parts, strict=True):
        cosine, place = part.search(queries, min(2, part.ntotal))
        other = (place + start != places[:, None]) & (place >= 0)
        nearest = np.maximum(nearest, np.where(other, cosine, -1).max(axis=1))
    return np.sort(1 - nearest)


def drawn(rows: np.ndarray, size: int, *, seed: int) -> np.ndarray:
    """``rows``, or ``size`` of them drawn at random, in increasing order."""
    size = min(size, len(rows))
    return np.sort(np.random.default_rng(seed).choice(rows, size, replace=False))


def share_nearer(nearest: np.ndarray, distance: float) -> float:
    """Fraction of nearest-neighbour distances below ``distance``; 1 for an outlier."""
    return float(np.mean(nearest < distance))


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
    """Approximate cosines and places in the index of the ``count`` nearest allowed,
    (N,) bool, unordered.
    """
    with _one_at_a_time:
        return _search_parts(index, query, allowed[index.rows], count)


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
        raise NoVector(
            "this galaxy cannot be compared: its features, or its vote fractions of "
            "some question, are unknown; choose another one"
        )
    return unit[0]
