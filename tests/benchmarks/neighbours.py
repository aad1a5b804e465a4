"""Nearest neighbours among all galaxies, of which the map is made, and UMAP itself.

``python -m tests.benchmarks.neighbours [--rows 248088]`` finds the 15 exact neighbours
of vectors of 128 numbers, beside scikit-learn at a smaller size, and compares a sample
with brute force in double precision. ``--umap ROWS ROWS`` times UMAP too, of given
neighbours as the map has it, and gives the power of the number of galaxies with which
its time grows. All are seconds of the processor, summed over its cores. With --check it
exits 1 if a neighbour is wrong.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache

import numpy as np
from sklearn.neighbors import NearestNeighbors

from morph.runs.config_parts import ProjectionConfig
from tests.benchmarks import figures, report
from tests.benchmarks.figures import Row
from training.apply.neighbours import nearest_neighbours
from training.apply.umap_projection import umap_of

LENGTH, COUNT = 128, 15
BESIDE = 10_000  # galaxies of the comparison with scikit-learn
_CHECKED = 100
_CLUSTERS, _SPREAD = 60, 0.6

# Vectors (N, 128), seconds of the search, distances (N, 15) and neighbours (N, 15).
Searched = tuple[np.ndarray, float, np.ndarray, np.ndarray]
Search = Callable[[int], Searched]


def vectors(galaxies: int) -> np.ndarray:
    """(N, 128) float32 in overlapping clusters, as components of features are."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(_CLUSTERS, LENGTH)).astype(np.float32)
    scatter = rng.normal(size=(galaxies, LENGTH)).astype(np.float32)
    return centres[rng.integers(_CLUSTERS, size=galaxies)] + _SPREAD * scatter


def searched(galaxies: int) -> Searched:
    """The neighbours of made-up galaxies."""
    points = vectors(galaxies)
    seconds, found = _timed(lambda: nearest_neighbours(points, COUNT))
    return points, seconds, *found


def rows(galaxies: int, search: Search = searched) -> Iterator[Row]:
    """faiss beside scikit-learn at a small size, and faiss at the whole one."""
    some = min(BESIDE, galaxies)
    points = vectors(some)
    theirs = NearestNeighbors(n_neighbors=COUNT, algorithm="brute")
    beside, _ = _timed(lambda: theirs.fit(points).kneighbors())
    yield _found(search(some), ("scikit-learn, brute", 1000 * beside))
    if galaxies > some:
        yield _found(search(galaxies), None)


def _found(found: Searched, instead: tuple[str, float] | None) -> Row:
    points, seconds, _, near = found
    what = f"{COUNT} exact neighbours of {len(points):,} x {LENGTH} (faiss)"
    return figures.row(what, [seconds], instead=instead, problems=_wrong(points, near))


def _timed(function):
    start = time.process_time()
    found = function()
    return time.process_time() - start, found


def _wrong(points: np.ndarray, near: np.ndarray) -> list[str]:
    """How many of a sample have other neighbours by brute force, if any."""
    exact = points.astype(float)
    sample = np.random.default_rng(1).choice(len(points), _CHECKED, replace=False)
    wrong = 0
    for row in sample:
        squares = ((exact - exact[row]) ** 2).sum(axis=1)
        squares[row] = np.inf
        wrong += set(np.argsort(squares)[:COUNT]) != set(near[row])
    return [f"{wrong} of {_CHECKED} have other neighbours"] if wrong else []


def of_umap(sizes: Sequence[int], search: Search = searched) -> Iterator[Row]:
    """UMAP of given neighbours; the last row has the power of its growth."""
    config, taken = ProjectionConfig(), []
    umap_of(*_graph(500, search), config, 0)  # compiles
    for size in sizes:
        graph = _graph(size, search)
        seconds, _ = _timed(lambda graph=graph: umap_of(*graph, config, 0))
        taken.append(seconds)
        what = f"UMAP of {size:,} x {LENGTH}, {config.epochs} epochs"
        if len(taken) > 1:
            power = np.log(taken[-1] / taken[0]) / np.log(size / sizes[0])
            what += f"; grows as N to the {power:.2f}"
        yield figures.row(what, [seconds])


def _graph(size: int, search: Search) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    points, _, distances, near = search(size)
    return points, near, distances


def main() -> int:
    parser = report.options_parser(__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=report.GALAXIES)
    parser.add_argument("--umap", type=int, nargs="*", default=[], metavar="ROWS")
    options = parser.parse_args()
    search = cache(searched)  # UMAP needs what was searched for minutes
    found = [*rows(options.rows, search), *of_umap(options.umap, search)]
    return report.finish(found, options)


if __name__ == "__main__":
    sys.exit(main())
