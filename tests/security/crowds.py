"""Fifty downloads or searches at once: the others wait, and a count stays fast."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from morph.catalogue import release_table, sync
from morph.export.subset_file import file_of_address
from morph.selection.funnel import count
from morph.selection.selection import Selection
from morph.similar import index as similar_index
from morph.similar.index import build_index, most_similar
from morph.subsets import saved
from pages.common.server import database, download_queue
from pages.common.server.routes import subset_route
from tests.security.attempts import Row
from tests.security.served_home import client

AT_ONCE = 50
SLOWEST_S = 1.0
SEARCHED, FEATURES = 248_088, 64  # galaxies and numbers of each
_COUNTS = 30


class _Counted:
    """A function, counting how many calls are made at the same time."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.now = self.most = self.made = 0
        self.lock = threading.Lock()

    def __call__(self, *arguments, **more):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            return self.function(*arguments, **more)
        finally:
            with self.lock:
                self.now -= 1
                self.made += 1


def downloads(root: Path) -> Row:
    """Downloads beyond those allowed at once, unanswered ones, and slow counts."""
    found = Row(f"{AT_ONCE} downloads at once: beside the queue, slow counts")
    with database.cursor(root) as con:
        sync.sync(con, root / "releases")
        release = release_table.release(con, "small-demo")
        selection = Selection(limits={"bar_strong": (0.1, 1)})
        subset = saved.save_selection(con, release, selection, name="Many")
        idle = _seconds(con, release)
        counted = _Counted(file_of_address)
        with (
            mock.patch.object(subset_route, "file_of_address", counted),
            client() as web,
            ThreadPoolExecutor(AT_ONCE) as people,
        ):
            address = f"/subset/{subset.subset_id}.vot?columns=all"
            asked = [people.submit(web.get, address) for _ in range(AT_ONCE)]
            beside = _seconds(con, release)
            answers = [one.result() for one in asked]
        saved.delete(con, subset.subset_id)
    for number, answer in enumerate(answers):
        found.add(f"{number}: {answer.status_code}", answer.status_code >= 500)
    _add_counts(found, counted, download_queue.AT_ONCE, idle, beside)
    return found


def searches(root: Path) -> Row:
    """Searches of a large release beyond those allowed at once, and slow counts."""
    found = Row(f"{AT_ONCE} searches at once: beside the queue, slow counts")
    draws = np.random.default_rng(0)
    vectors = draws.standard_normal((SEARCHED, FEATURES), np.float32)
    index = build_index(vectors)
    compared = _Counted(similar_index._search_parts)
    with database.cursor(root) as con:
        release = release_table.release(con, "small-demo")
        idle = _seconds(con, release)
        with (
            mock.patch.object(similar_index, "_search_parts", compared),
            ThreadPoolExecutor(AT_ONCE) as people,
        ):
            queries = vectors[:AT_ONCE].astype(float)
            asked = [people.submit(most_similar, index, one) for one in queries]
            beside = _seconds(con, release)
            answers = [one.result() for one in asked]
    for number, answer in enumerate(answers):
        found.add(f"search {number}: {answer.rows[0]}", answer.rows[0] != number)
    _add_counts(found, compared, 1, idle, beside)
    return found


def _add_counts(
    found: Row,
    counted: _Counted,
    allowed: int,
    idle: Sequence[float],
    beside: Sequence[float],
) -> None:
    """How many were made at once, and how long counts took beside them."""
    at_once = f"{counted.most} were made at once"
    found.add(at_once, counted.most > allowed or not counted.made)
    slow = float(np.max(beside))
    found.add(f"a count took {slow:.2f} s", slow > SLOWEST_S)
    ratio = np.median(beside) / np.median(idle)
    found.note = f"counts at most {slow * 1000:.0f} ms, {ratio:.1f} x idle"


def _seconds(con, release) -> list[float]:
    """Seconds of counts of different selections."""
    spent = []
    for low in np.linspace(0.05, 0.95, _COUNTS):
        began = time.perf_counter()
        count(con, release, Selection(limits={"bar_strong": (float(low), 1)}))
        spent.append(time.perf_counter() - began)
    return spent
