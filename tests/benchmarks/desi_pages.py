"""Server times of every page of a release of millions of galaxies.

From a tab's message to the last answer, or to that with the count or the images; beside
it the CPU time of the server, which other programs on the machine do not change. Every
count is compared with one by brute force over the release's files.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
import pyarrow.parquet as pq

from morph.home import release_folder
from tests.benchmarks import figures, served
from tests.benchmarks.explorer_selections import MANY
from tests.benchmarks.figures import Row
from tests.benchmarks.light_tab import Answer, Tab, open_tab
from tests.benchmarks.served import lows, once

# Budgets of the pages for 248,088 galaxies, in ms. From a million on, `explorer` allows
# a count 400 ms in place of 150; all others are longer by as much.
COUNT, GALLERY, PLOT, PAGE, FIRST = 150, 400, 600, 800, 3000
_LONGER = 400 / 150
_SLIDER = "bar_strong"
_WAY = ("smooth-or-featured_featured-or-disk", "disk-edge-on_no")


@dataclass(frozen=True)
class View:
    """A page by its address, and what it may take after a slider was moved."""

    words: str
    page: str
    budget: int
    query: dict[str, str] = field(default_factory=dict)
    needs: Callable[[set[str]], bool] = lambda files: True


VIEWS = (
    View("Overview", "", PAGE),
    View("Explore, histograms", "explore", PLOT, {"view": "Histograms"}),
    View("Explore, table", "explore", PLOT, {"view": "Table"}),
    View("Contrast", "contrast", PLOT),
    View("Simplex", "simplex", PLOT),
    View("Map", "map", PLOT, needs=lambda files: "projection.parquet" in files),
    View("Similar", "similar", PLOT, needs=lambda files: "features.parquet" in files),
    View("Galaxy", "galaxy", PLOT),
    View("Designer", "designer", PLOT),
    View("Populations", "populations", PLOT),
    View("Download, with its estimate", "download", PLOT),
    View("Subsets", "subsets", PLOT),
)


@dataclass
class Timed:
    """Answers to the same question: seconds, CPU seconds of the server, errors."""

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class Brute:
    """Counts of strong bars from the release's files, read column by column."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "posteriors.parquet"
        self.galaxies = pq.read_metadata(self._path).num_rows
        names = pq.read_schema(self._path).names
        self._kind = "fraction" if f"{_SLIDER}_fraction" in names else "concentration"
        self._asked = self._largest(_WAY[0]) & self._largest(_WAY[1])
        self._share = self._shares("bar")[_SLIDER].astype(np.float32)

    def count(self, low: float) -> int:
        return int((self._asked & (self._share >= low)).sum())

    def _shares(self, question: str) -> dict[str, np.ndarray]:
        names = [
            name
            for name in pq.read_schema(self._path).names
            if name.startswith(f"{question}_") and name.endswith(self._kind)
        ]
        table = pq.read_table(self._path, columns=names)
        values = {n: table[n].to_numpy().astype(float) for n in names}
        total = 1.0 if self._kind == "fraction" else sum(values.values())
        return {n.removesuffix(f"_{self._kind}"): v / total for n, v in values.items()}

    def _largest(self, label: str) -> np.ndarray:
        shares = self._shares(label.rpartition("_")[0])
        most = np.fmax.reduce(list(shares.values()))
        return shares[label] == most


def rows(home: Path, release_id: str, repeats: int) -> list[Row]:
    """A row for each page and for the memory of the server after all of them."""
    folder = release_folder(home, release_id)
    files = {path.name for path in folder.iterdir()}
    brute = Brute(folder)
    longer = _LONGER if brute.galaxies >= MANY else 1.0
    with served.serving(home) as (running, port):
        server = running.process
        found = [_first(port, server, longer)]
        found += _selections(port, server, brute, repeats, longer)
        for view in VIEWS:
            if view.needs(files):
                found += _view(port, server, brute, view, repeats, longer)
        gib = server.memory_info().rss / 2**30
        found.append(figures.row(f"memory of the server: {gib:.1f} GiB", []))
    return found


def _first(port: int, server: psutil.Process, longer: float) -> Row:
    timed = Timed()
    with open_tab(port) as tab, _timing(timed, server):
        timed.problems += served.errors(tab.visit(""))
    return _row("first page after the start", timed, FIRST * longer)


def _selections(
    port: int, server: psutil.Process, brute: Brute, repeats: int, longer: float
) -> Iterator[Row]:
    """A slider moved on Explore: time to the count, and to the images."""
    every, counted, pictured = Timed(), [], []
    with open_tab(port) as tab:
        tab.visit("explore")
        for low in lows(repeats):
            answer = _moved(tab, low, every, server, brute)
            counted.append(served.count(answer)[1])
            names, seconds = served.gallery(answer, "gallery")
            pictured.append(seconds)
            every.problems += [] if names else ["no gallery"]
    yield _row("slider -> count", every, COUNT * longer, counted)
    yield _row("slider -> gallery", every, GALLERY * longer, pictured)


def _view(
    port: int,
    server: psutil.Process,
    brute: Brute,
    view: View,
    repeats: int,
    longer: float,
) -> Iterator[Row]:
    """A page opened for the first time, opened again, and after a slider was moved."""
    opened, again, moved = Timed(), Timed(), Timed()
    with open_tab(port) as tab, _timing(opened, server):
        opened.problems += served.errors(tab.visit(view.page, **view.query))
    with open_tab(port) as tab:
        with _timing(again, server):
            again.problems += served.errors(tab.visit(view.page, **view.query))
        for low in lows(repeats):
            _moved(tab, low, moved, server, brute)
    yield _row(f"{view.words}: opened", opened, FIRST * longer)
    yield _row(f"{view.words}: opened again", again, PAGE * longer)
    yield _row(f"{view.words}: slider", moved, view.budget * longer)


def _moved(
    tab: Tab, low: float, timed: Timed, server: psutil.Process, brute: Brute
) -> Answer:
    with _timing(timed, server):
        answer = tab.change(_SLIDER, [low, 1.0])
    timed.problems += served.errors(answer)
    said, true = served.count(answer)[0], brute.count(low)
    if said != true:
        timed.problems.append(f"says {said}, {true:,} are selected")
    return answer


@contextmanager
def _timing(timed: Timed, server: psutil.Process) -> Iterator[None]:
    start, before = time.perf_counter(), _cpu(server)
    yield
    timed.seconds.append(time.perf_counter() - start)
    timed.cpu.append(_cpu(server) - before)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _row(
    what: str, timed: Timed, budget: float, seconds: Sequence[float] | None = None
) -> Row:
    """A row with the ratio of the median to its budget."""
    taken = timed.seconds if seconds is None else seconds
    row = figures.row(what, taken, goal=(budget, None), problems=once(timed.problems))
    del row["instead ms"], row["instead"]
    cpu = 1000 * float(np.median(timed.cpu))
    ratio = 1000 * float(np.median(taken)) / budget
    return row | {"CPU ms": cpu, "ratio": ratio, "missed": row.pop("missed")}
