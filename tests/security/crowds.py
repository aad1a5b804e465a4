"""Fifty downloads at once: few are made, the others wait, and a count stays fast."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import numpy as np

from morph.catalogue import release_table, sync
from morph.export.subset_file import file_of_address
from morph.selection.funnel import count
from morph.selection.selection import Selection
from morph.subsets import saved
from pages.common.server import database, download_queue, subset_route
from tests.security.attempts import Row
from tests.security.served_home import client

AT_ONCE = 50
SLOWEST_S = 1.0
_COUNTS = 30


class _Counted:
    """`file_of_address`, counting how many are made at the same time."""

    def __init__(self) -> None:
        self.now = self.most = self.made = 0
        self.lock = threading.Lock()

    def __call__(self, *arguments, **more):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            return file_of_address(*arguments, **more)
        finally:
            with self.lock:
                self.now -= 1
                self.made += 1


def row(root: Path) -> Row:
    """Downloads beyond those allowed at once, unanswered ones, and slow counts."""
    found = Row(f"{AT_ONCE} downloads at once: beside the queue, slow counts")
    with database.cursor(root) as con:
        sync.sync(con, root / "releases")
        release = release_table.release(con, "small-demo")
        selection = Selection(limits={"bar_strong": (0.1, 1)})
        subset = saved.save_selection(con, release, selection, name="Many")
        idle = _seconds(con, release)
        counted = _Counted()
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
    made = f"{counted.most} files were made at once"
    found.add(made, counted.most > download_queue.AT_ONCE)
    slow = float(np.max(beside))
    found.add(f"a count took {slow:.2f} s", slow > SLOWEST_S)
    ratio = np.median(beside) / np.median(idle)
    found.note = f"counts at most {slow * 1000:.0f} ms, {ratio:.1f} x idle"
    return found


def _seconds(con, release) -> list[float]:
    """Seconds of counts of different selections."""
    spent = []
    for low in np.linspace(0.05, 0.95, _COUNTS):
        began = time.perf_counter()
        count(con, release, Selection(limits={"bar_strong": (float(low), 1)}))
        spent.append(time.perf_counter() - began)
    return spent
