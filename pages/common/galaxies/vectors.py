"""Search indexes of releases, built in the background and shared by all sessions.

The index of 248,088 galaxies with 1,280 features takes 640 MB and half a minute. By
answers, at most a million galaxies are compared, in 200 MB: a random sample of larger
releases, as pages say. The least recently used index is dropped to free memory.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from morph.catalogue import arrays
from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.home import release_folder
from morph.release.maps import FEATURES
from morph.similar import query
from morph.similar.features import open_features
from morph.similar.index import (
    VectorIndex,
    build_index,
    drawn,
    nearest_distances,
)
from pages.common.here import Here
from pages.common.server import database

Space = Literal["features", "answers"]

_MOST_BYTES = 2_000_000_000  # of all indexes together
_BLOCK = 100_000  # galaxies whose vectors are computed at once
MOST_ANSWERS = 1_000_000  # galaxies compared by their answers; of more, a sample


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
        return 0 if self.index is None else self.index.bytes


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


def _reader(here: Here, space: Space, file: str) -> Callable[[Search], dict[str, Any]]:
    """A function that reads what `build_index` needs, in another thread."""
    root, release = here.root, here.release
    if space == "answers":
        return lambda job: _answers(root, release)
    folder = release_folder(root, release.release_id)

    def features(job: Search) -> dict[str, Any]:
        progress = _report_to(job, "Reading features")
        cache = root / "cache"
        return {"vectors": open_features(folder, cache, file=file, progress=progress)}

    return features


def _answers(root: Path, release: LoadedRelease) -> dict[str, Any]:
    """Vectors of the answers, of galaxies with known fractions or a sample of them.

    Questions of which no galaxy has fractions are left out.
    """
    tree = release.tree
    with database.cursor(root) as con:
        without = arrays.questions_without_fractions(con, release)
        counted = [
            (tree.labels.index(label), f"{label}_probability")
            for question in tree.questions
            for label in question.labels
            if question.name not in without
        ]
        if not counted:
            raise MorphError("no galaxy of this release has vote fractions")
        known = arrays.rows_with(con, release, [name for _, name in counted])
        rows = drawn(known, MOST_ANSWERS, seed=0)
        # Filled and computed in place, a column and a block at a time.
        vectors = np.zeros((len(rows), len(tree.labels)), dtype=np.float32)
        for place, name in counted:
            vectors[:, place] = arrays.arrays(con, release, [name])[0][rows]
    for start in range(0, len(vectors), _BLOCK):
        block = vectors[start : start + _BLOCK]
        block[:] = query.answer_vectors(block, tree, without=without)
    return {
        "vectors": vectors,
        "rows": rows,
        "galaxies": release.galaxies,
        "drawn_from": len(known),
    }


def _build(job: Search, read: Callable[[Search], dict[str, Any]]) -> None:
    try:
        needed = read(job)
        progress = _report_to(job, "Building the search index")
        job.index = build_index(**needed, progress=progress)
        job.doing = "Measuring nearest-neighbour distances"
        job.nearest = nearest_distances(job.index)
    except (MorphError, OSError, MemoryError) as error:
        job.problem = str(error) or "not enough memory for the search index"
    except Exception:
        # Such as a catalogue that was closed; otherwise the page would wait forever.
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
