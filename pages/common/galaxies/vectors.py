"""Search indexes of releases, built in the background and shared by all sessions.

The index of 248,088 galaxies with 1,280 features takes 640 MB and half a minute.
The least recently used one is dropped to free memory.
"""

import logging
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
from morph.release.maps import FEATURES
from morph.similar import query
from morph.similar.features import open_features
from morph.similar.index import VectorIndex, build_index, nearest_distances
from pages.common.here import Here
from pages.common.server import database

Space = Literal["features", "answers"]

_MOST_BYTES = 2_000_000_000  # of all indexes together
_BLOCK = 100_000  # galaxies whose vectors are computed at once


@dataclass
class Search:
    """A search index that is being built, or ready once ``index`` is set."""

    doing: str = "Waiting"
    done: int = 0
    total: int = 1
    problem: str = ""
    index: VectorIndex | None = None
    nearest: np.ndarray | None = None  # nearest-neighbour distances of a sample
    finished: threading.Event = field(default_factory=threading.Event)

    @property
    def bytes(self) -> int:
        return 0 if self.index is None else 2 * self.index.vectors.size


_log = logging.getLogger(__name__)
_lock = threading.Lock()
_searches: OrderedDict[tuple[str, Space, str], Search] = OrderedDict()
_builder = ThreadPoolExecutor(1, thread_name_prefix="vectors")


def has_features(release: LoadedRelease) -> bool:
    """Whether the release has image features."""
    return FEATURES in release.manifest.files


def search(here: Here, space: Space, file: str = FEATURES) -> Search:
    """The search index of the release; the first call starts to build it.

    ``file`` holds the features, if they are not those of the first map.
    """
    key = (here.release.key, space, file)
    with _lock:
        if key not in _searches or _searches[key].problem:
            _searches[key] = Search()
            _builder.submit(_build, _searches[key], _reader(here, space, file))
            _make_room(keep=key)
        _searches.move_to_end(key)
        return _searches[key]


def _reader(here: Here, space: Space, file: str) -> Callable[[Search], np.ndarray]:
    """A function that reads the vectors, (N, D), in another thread."""
    root, release = here.root, here.release
    if space == "features":
        folder = release_folder(root, release.release_id)
        return lambda job: open_features(
            folder,
            root / "cache",
            file=file,
            progress=_report_to(job, "Reading features"),
        )

    def answers(job: Search) -> np.ndarray:
        labels = release.tree.labels
        # Filled and computed in place: of 8.7 million galaxies they are 1.2 GB.
        vectors = np.empty((release.galaxies, len(labels)), dtype=np.float32)
        with database.cursor(root) as con:
            for place, label in enumerate(labels):
                column = arrays.arrays(con, release, [f"{label}_probability"])
                vectors[:, place] = column[0]
        for start in range(0, len(vectors), _BLOCK):
            block = vectors[start : start + _BLOCK]
            block[:] = query.answer_vectors(block, release.tree)
        return vectors

    return answers


def _build(job: Search, read: Callable[[Search], np.ndarray]) -> None:
    try:
        vectors = read(job)
        progress = _report_to(job, "Building the search index")
        job.index = build_index(vectors, progress=progress)
        job.doing = "Measuring nearest-neighbour distances"
        job.nearest = nearest_distances(job.index)
    except (MorphError, OSError, MemoryError) as error:
        job.problem = str(error) or "not enough memory for the search index"
    except (
        Exception
    ):  # such as a catalogue that is closed: else the page waits for ever
        _log.exception("the search index was not built")
        job.problem = (
            "The search index was not built; the log has the reason. Try again."
        )
    finally:
        job.finished.set()


def _report_to(job: Search, doing: str) -> Callable[[int, int], None]:
    def report(done: int, total: int) -> None:
        job.doing, job.done, job.total = doing, done, total

    return report


def _make_room(*, keep: tuple[str, Space, str]) -> None:
    """Drop the least recently used indexes until the rest is small enough."""
    for key in list(_searches):
        if key == keep or sum(job.bytes for job in _searches.values()) < _MOST_BYTES:
            return
        del _searches[key]
