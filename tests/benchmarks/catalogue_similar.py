"""Similar galaxies: exact search, beside numpy and beside reading the same memory.

The search reads every vector once, so that it cannot be faster than memory is read. If
it reads nearly as fast as numpy does, memory is the limit and a later answer no miss.
"""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import numpy as np
from duckdb import DuckDBPyConnection

from morph.catalogue.own_columns import own_values
from morph.catalogue.own_columns.own_column import columns_of
from morph.catalogue.release_table import LoadedRelease
from morph.home import release_folder
from morph.release.maps import FEATURES
from morph.similar.all_cosines import all_cosines
from morph.similar.features import open_features
from morph.similar.index import VectorIndex, build_index, most_similar
from morph.subsets import similarity_column
from tests.benchmarks import figures
from tests.benchmarks.cases import Case, Instead, measured
from tests.benchmarks.figures import Row
from tests.benchmarks.synthetic_home import RELEASE

WANTED = 100
KEPT = 5  # columns
_ROUNDING = 1e-9
GOAL = (100, 200)
NEARLY = 0.8  # of the rate at which numpy reads
_ROWS_AT_ONCE = 8192


def rows(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    home: Path,
    selected: np.ndarray,
    *,
    repeats: int,
) -> Iterator[Row]:
    """Among all galaxies, and among those of a selection, (N,) bool; then a column."""
    vectors = open_features(release_folder(home, RELEASE), home / "cache")
    index = build_index(vectors)
    asked = np.random.default_rng(5).integers(len(vectors), size=repeats + 1).tolist()
    cosines = dict(zip(asked, _double(vectors, asked), strict=True))
    single = _units(vectors)
    everyone = np.ones(len(vectors), bool)
    whole, some = (
        _case(vectors, index, single, cosines, asked, allowed, words)
        for allowed, words in ((everyone, "all"), (selected, "selected"))
    )
    by_sum, sums = _summed(vectors, repeats)
    found = measured(whole)
    yield beside_memory(found, whole.goal, vectors.nbytes, single.nbytes, sums)
    yield by_sum
    yield measured(some)
    yield measured(_column(con, release, vectors, index, cosines, asked[: KEPT + 1]))


def _column(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    vectors: np.ndarray,
    index: VectorIndex,
    cosines: dict[int, np.ndarray],
    asked: list[int],
) -> Case:
    """The similarity of all galaxies: computed, kept in the workspace, read back."""
    numbers = count(1)

    def kept(row: int) -> bool:
        cosine = all_cosines(index, vectors[row].astype(float))
        name = f"column {next(numbers)}"
        made = similarity_column.save(
            con, release, cosine, {"words": name}, file=FEATURES, name=name
        )
        (own,) = columns_of(con, made.subset_id)
        values = own_values.numbers(con, release, own.ref)
        return bool(np.allclose(values, cosines[row], rtol=0, atol=_ROUNDING))

    galaxies = f"{len(vectors):,} x {vectors.shape[1]:,}"
    what = f"similarity column of {galaxies}: computed, kept and read back"
    return Case(what, asked, kept, lambda row: True)


def _case(
    vectors: np.ndarray,
    index: object,
    single: np.ndarray,
    cosines: dict[int, np.ndarray],
    asked: list[int],
    allowed: np.ndarray,
    words: str,
) -> Case:
    within = np.flatnonzero(allowed)

    def similar(row: int) -> list[int]:
        query = vectors[row].astype(float)
        found = most_similar(index, query, allowed=allowed, count=WANTED)
        return sorted(found.rows.tolist())

    def product(row: int) -> list[int]:
        some = single if len(within) == len(single) else single[within]
        return within[_top(some @ single[row], np.ones(len(within), bool))].tolist()

    galaxies = f"{len(within):,} x {vectors.shape[1]:,} ({words})"
    read = 4 * vectors.shape[1] * len(within) / 1e9
    instead = Instead(f"numpy float32 product ({read:.2f} GB)", product, checked=False)
    return Case(
        f"similar: top {WANTED} of {galaxies}, exact",
        asked,
        similar,
        lambda row: _top(cosines[row], allowed),
        GOAL,
        instead,
    )


def beside_memory(
    row: Row, goal: figures.Goal, half: int, single: int, sums: float
) -> Row:
    """The row with the rate at which memory was read; no goal if that is the limit."""
    own = half / row["median ms"] / 1e6
    product = single / row["instead ms"] / 1e6
    told = f"{row['what']}: {half / 1e9:.2f} GB at {own:.1f} GB/s"
    told = f"{told} (numpy: product {product:.1f}, sum {sums:.1f} GB/s)"
    if own < NEARLY * max(product, sums):
        return row | {"what": told}
    late = (
        most is not None and row[f"{name} ms"] > most for name, most in _named(goal)
    )
    limit = "; memory is the limit" if any(late) else ""
    missed = [
        one for one in str(row["missed"]).split("; ") if " ms, at most" not in one
    ]
    return row | {"what": told + limit, "missed": "; ".join(missed)}


def _named(goal: figures.Goal) -> Iterator[tuple[str, float | None]]:
    return zip(("median", "p95"), goal, strict=True)


def _summed(vectors: np.ndarray, repeats: int) -> tuple[Row, float]:
    """numpy sums the same vectors, as whole numbers, on all cores; its GB a second."""
    words = np.array(vectors).view(np.int64)
    cores = os.cpu_count() or 1
    parts = np.array_split(words.ravel(), cores)
    seconds = []
    with ThreadPoolExecutor(cores) as threads:
        for _ in range(repeats):
            start = time.perf_counter()
            list(threads.map(np.sum, parts))
            seconds.append(time.perf_counter() - start)
    rate = words.nbytes / float(np.median(seconds)) / 1e9
    what = f"numpy sums the same {words.nbytes / 1e9:.2f} GB: {rate:.1f} GB/s"
    return figures.row(what, seconds), rate


def _top(cosine: np.ndarray, allowed: np.ndarray) -> list[int]:
    """Rows of the largest cosines, in order of row."""
    kept = np.where(allowed, cosine, -np.inf)
    most = min(WANTED, int(allowed.sum()))
    return sorted(np.argpartition(-kept, most - 1)[:most].tolist())


def _double(vectors: np.ndarray, rows: list[int]) -> np.ndarray:
    """(Q, N) cosines of some vectors with all, in double precision throughout."""
    queries = vectors[rows].astype(float)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    cosine = np.empty((len(rows), len(vectors)))
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        block = vectors[start : start + _ROWS_AT_ONCE].astype(float)
        length = np.linalg.norm(block, axis=1)
        cosine[:, start : start + _ROWS_AT_ONCE] = queries @ block.T / length
    return cosine


def _units(vectors: np.ndarray) -> np.ndarray:
    units = np.empty(vectors.shape, dtype=np.float32)
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        block = vectors[start : start + _ROWS_AT_ONCE].astype(np.float32)
        units[start : start + _ROWS_AT_ONCE] = block / np.linalg.norm(
            block, axis=1, keepdims=True
        )
    return units
