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
from collections.abc import Iterator, Sequence

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


def vectors(galaxies: int) -> np.ndarray:
    """(N, 128) float32 in overlapping clusters, as components of features are."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(_CLUSTERS, LENGTH)).astype(np.float32)
    scatter = rng.normal(size=(galaxies, LENGTH)).astype(np.float32)
    return centres[rng.integers(_CLUSTERS, size=galaxies)] + _SPREAD * scatter


def rows(galaxies: int) -> Iterator[Row]:
    """faiss beside scikit-learn at a small size, and faiss at the whole one."""
    some = vectors(min(BESIDE, galaxies))
    search = NearestNeighbors(n_neighbors=COUNT, algorithm="brute")
    beside, _ = _timed(lambda: search.fit(some).kneighbors())
    yield _found(some, ("scikit-learn, brute", 1000 * beside))
    if galaxies > len(some):
        yield _found(vectors(galaxies), None)


def _found(points: np.ndarray, instead: tuple[str, float] | None) -> Row:
    seconds, (_, near) = _timed(lambda: nearest_neighbours(points, COUNT))
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


def of_umap(sizes: Sequence[int]) -> Iterator[Row]:
    """UMAP of given neighbours; the last row has the power of its growth."""
    config, taken = ProjectionConfig(), []
    umap_of(*_graph(500), config, 0)  # compiles
    for size in sizes:
        graph = _graph(size)
        seconds, _ = _timed(lambda graph=graph: umap_of(*graph, config, 0))
        taken.append(seconds)
        what = f"UMAP of {size:,} x {LENGTH}, {config.epochs} epochs"
        if len(taken) > 1:
            power = np.log(taken[-1] / taken[0]) / np.log(size / sizes[0])
            what += f"; grows as N to the {power:.2f}"
        yield figures.row(what, [seconds])


def _graph(size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    points = vectors(size)
    distances, near = nearest_neighbours(points, COUNT)
    return points, near, distances


def main() -> int:
    parser = report.options_parser(__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=report.GALAXIES)
    parser.add_argument("--umap", type=int, nargs="*", default=[], metavar="ROWS")
    options = parser.parse_args()
    found = [*rows(options.rows), *of_umap(options.umap)]
    return report.finish(found, options)


if __name__ == "__main__":
    sys.exit(main())
