"""Vectors of a release's galaxies, made searchable in the background, once for all.

A search index of 248,088 galaxies with 1,280 features takes 640 MB and half a minute to
make; every session shares it, and the one not used for longest makes room.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from morph.catalogue import arrays
from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.home import release_folder
from morph.similar import query
from morph.similar.features import open_features
from morph.similar.index import VectorIndex, build_index, nearest_distances
from pages.common.here import Here
from pages.common.server import database

Space = Literal["features", "answers"]

_MOST_BYTES = 2_000_000_000  # of all indexes kept together


@dataclass
class Search:
    """Vectors being made searchable, or ready: ``index`` is there when they are."""

    doing: str = "Waiting"
    done: int = 0
    total: int = 1
    problem: str = ""
    index: VectorIndex | None = None
    nearest: np.ndarray | None = None  # how near galaxies' nearest ones are, a sample
    finished: threading.Event = field(default_factory=threading.Event)

    @property
    def bytes(self) -> int:
        return 0 if self.index is None else 2 * self.index.vectors.size


_lock = threading.Lock()
_searches: OrderedDict[tuple[str, Space], Search] = OrderedDict()
_builder = ThreadPoolExecutor(1, thread_name_prefix="vectors")


def has_features(release: LoadedRelease) -> bool:
    """Whether the release's model left features, so that pictures can be compared."""
    return "features.parquet" in release.manifest.files


def prepare(here: Here) -> None:
    """Begin to make galaxies comparable by their features, before anybody asks."""
    if has_features(here.release):
        search(here, "features")


def search(here: Here, space: Space) -> Search:
    """The release's vectors; building begins with the first call."""
    key = (here.release.key, space)
    with _lock:
        if key not in _searches or _searches[key].problem:
            _searches[key] = Search()
            _builder.submit(_build, _searches[key], _reader(here, space))
            _make_room(keep=key)
        _searches.move_to_end(key)
        return _searches[key]


def _reader(here: Here, space: Space) -> Callable[[Search], np.ndarray]:
    """How to get the vectors, (N, D), from another thread."""
    root, release = here.root, here.release
    if space == "features":
        folder = release_folder(root, release.release_id)
        return lambda job: open_features(
            folder, root / "cache", progress=_telling(job, "Reading features")
        )

    def answers(job: Search) -> np.ndarray:
        columns = [f"{label}_probability" for label in release.tree.labels]
        with database.cursor(root) as con:
            probability = np.column_stack(arrays.arrays(con, release, columns))
        return query.answer_vectors(probability, release.tree)

    return answers


def _build(job: Search, read: Callable[[Search], np.ndarray]) -> None:
    try:
        vectors = read(job)
        telling = _telling(job, "Making galaxies comparable")
        job.index = build_index(vectors, progress=telling)
        job.doing = "Measuring how near galaxies are to one another"
        job.nearest = nearest_distances(job.index)
    except (MorphError, OSError, MemoryError) as error:
        job.problem = str(error) or "there is not enough memory to compare galaxies"
    finally:
        job.finished.set()


def _telling(job: Search, doing: str) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        job.doing, job.done, job.total = doing, done, total

    return tell


def _make_room(*, keep: tuple[str, Space]) -> None:
    """Let go of the searches used longest ago until the rest is small enough."""
    for key in list(_searches):
        if key == keep or sum(job.bytes for job in _searches.values()) < _MOST_BYTES:
            return
        del _searches[key]
