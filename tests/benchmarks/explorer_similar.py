"""Similar galaxies: exact search, compared with double precision and numpy."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from morph.home import release_folder
from morph.similar.features import open_features
from morph.similar.index import build_index, most_similar
from tests.benchmarks.cases import Case, Instead
from tests.benchmarks.synthetic_home import RELEASE

WANTED = 100
GOAL = (100, 200)
_ROWS_AT_ONCE = 8192
_DOUBLE_REPEATS = 3


def cases(home: Path, selected: np.ndarray, *, repeats: int) -> Iterator[Case]:
    """Among all galaxies, and among those of a selection, (N,) bool."""
    vectors = open_features(release_folder(home, RELEASE), home / "cache")
    index = build_index(vectors)
    rows = np.random.default_rng(5).integers(len(vectors), size=repeats + 1).tolist()
    single = _units(vectors, np.float32)
    words = f"numpy float32 product ({single.nbytes / 1e9:.1f} GB)"
    double_ms = _double_ms(vectors, rows)
    for among, allowed in (
        ("all", np.ones(len(vectors), bool)),
        ("selected", selected),
    ):

        def similar(row: int, allowed: np.ndarray = allowed) -> list[int]:
            query = vectors[row].astype(float)
            found = most_similar(index, query, allowed=allowed, count=WANTED)
            return sorted(found.rows.tolist())

        def brute(row: int, allowed: np.ndarray = allowed) -> list[int]:
            return _top(_double(vectors, row), allowed)

        def product(row: int, allowed: np.ndarray = allowed) -> list[int]:
            rows = np.flatnonzero(allowed)
            some = single if len(rows) == len(single) else single[rows]
            best = _top(some @ single[row], np.ones(len(rows), bool))
            return rows[best].tolist()

        galaxies = f"{int(allowed.sum()):,} x {vectors.shape[1]:,} ({among})"
        instead = Instead(f"{words}; float64 {double_ms:,.0f} ms", product)
        what = f"similar: top {WANTED} of {galaxies}"
        yield Case(what, rows, similar, brute, GOAL, instead)


def _top(cosine: np.ndarray, allowed: np.ndarray) -> list[int]:
    """Rows of the largest cosines, in order of row."""
    kept = np.where(allowed, cosine, -np.inf)
    most = min(WANTED, int(allowed.sum()))
    return sorted(np.argpartition(-kept, most - 1)[:most].tolist())


def _double(vectors: np.ndarray, row: int) -> np.ndarray:
    """Cosines of one vector with all others, in double precision throughout."""
    query = vectors[row].astype(float)
    query /= np.linalg.norm(query)
    cosine = np.empty(len(vectors))
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        block = vectors[start : start + _ROWS_AT_ONCE].astype(float)
        length = np.linalg.norm(block, axis=1)
        cosine[start : start + _ROWS_AT_ONCE] = block @ query / length
    return cosine


def _double_ms(vectors: np.ndarray, rows: list[int]) -> float:
    seconds = []
    for row in rows[:_DOUBLE_REPEATS]:
        start = time.perf_counter()
        _double(vectors, row)
        seconds.append(time.perf_counter() - start)
    return 1000 * float(np.median(seconds))


def _units(vectors: np.ndarray, kind: type) -> np.ndarray:
    units = np.empty(vectors.shape, dtype=kind)
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        block = vectors[start : start + _ROWS_AT_ONCE].astype(kind)
        units[start : start + _ROWS_AT_ONCE] = block / np.linalg.norm(
            block, axis=1, keepdims=True
        )
    return units
