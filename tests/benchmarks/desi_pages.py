"""Server times of every page of a release of millions of galaxies.

From a tab's message to the last answer, or to that with the count or the images. Every
count is compared with one by brute force over the release's files, and with the time
that DuckDB takes, just before, to count the same galaxies in the release's Parquet.

Other programs on the machine lengthen these times, but not the CPU time of the server
beside them. "busy" is how much longer a computation took just then than its own CPU
time: 1 on an idle machine. Where it exceeds `BUSY`, a goal counts as missed only if the
CPU time misses it too, which on an idle machine is rarely the shorter of both.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import duckdb
import numpy as np
import psutil
import pyarrow.parquet as pq

from morph.home import release_folder
from morph.trees.decision_tree import GZD5
from tests.benchmarks import child_memory, figures, served
from tests.benchmarks.catalogue_selections import MANY
from tests.benchmarks.figures import Row
from tests.benchmarks.light_tab import Answer, Tab, open_tab
from tests.benchmarks.served import lows, once

# Budgets of the pages for 248,088 galaxies, in ms. From a million on, `explorer` allows
# a count 400 ms in place of 150; all others are longer by as much.
COUNT, GALLERY, PLOT, PAGE, FIRST = 150, 400, 600, 800, 3000
_LONGER = 400 / 150
BUSY = 1.25
_SPUN = 0.05  # CPU seconds of the computation that shows how busy the machine is
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
    """Answers to the same question: seconds, CPU seconds of the server, errors.

    ``busy`` is measured before and after each, ``gib`` is the server's memory after it.
    """

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    gib: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class Brute:
    """Counts of strong bars from the release's files, read column by column."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "posteriors.parquet"
        self.galaxies = pq.read_metadata(self._path).num_rows
        names = pq.read_schema(self._path).names
        self._kind = "fraction" if f"{_SLIDER}_fraction" in names else "concentration"
        self._duckdb = _duckdb_condition(self._kind)
        self._asked = self._largest(_WAY[0]) & self._largest(_WAY[1])
        self._share = self._shares("bar")[_SLIDER].astype(np.float32)

    def count(self, low: float) -> int:
        return int((self._asked & (self._share >= low)).sum())

    def by_duckdb(self, low: float) -> tuple[int, float]:
        """The same count by DuckDB from the file, and its seconds."""
        sql = f"SELECT count(*) FROM read_parquet($path) WHERE {self._duckdb}"
        with duckdb.connect() as con:
            start = time.perf_counter()
            found = con.execute(sql, {"path": str(self._path), "low": low}).fetchall()
            return found[0][0], time.perf_counter() - start

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
    starting = Timed(busy=[_busy()])
    began = time.perf_counter()
    with served.serving(home) as (running, port):
        server = running.process
        starting.seconds.append(time.perf_counter() - began)
        _note(starting, server, 0.0)
        found = [_row("start of the server", starting, None)]
        found.append(_first(port, server, longer))
        found += _selections(port, server, brute, repeats, longer)
        for view in VIEWS:
            if view.needs(files):
                found += _view(port, server, brute, view, repeats, longer)
    return found


def _first(port: int, server: psutil.Process, longer: float) -> Row:
    timed = Timed()
    with open_tab(port) as tab, _timing(timed, server):
        timed.problems += served.errors(tab.visit(""))
    return _row("first page after the start", timed, FIRST * longer)


def _selections(
    port: int, server: psutil.Process, brute: Brute, repeats: int, longer: float
) -> Iterator[Row]:
    """A slider moved on Explore: time and CPU time to the count, and to the images."""
    every, pictured, by_duckdb = Timed(), [], []
    to_count = Timed(busy=every.busy, gib=every.gib, problems=every.problems)
    with open_tab(port) as tab:
        tab.visit("explore")
        tab.clock = partial(_cpu, server)
        for low in lows(repeats):
            theirs, seconds = brute.by_duckdb(low)
            by_duckdb.append(seconds)
            if theirs != brute.count(low):
                every.problems.append(f"DuckDB counts {theirs}")
            before = _cpu(server)
            answer = _moved(tab, low, every, server, brute)
            arrived = served.counted(answer) or answer.arrived[-1]
            to_count.seconds.append(arrived.seconds)
            to_count.cpu.append(arrived.cpu - before)
            names, seconds = served.gallery(answer, "gallery")
            pictured.append(seconds)
            every.problems += [] if names else ["no gallery"]
    ms = 1000 * float(np.median(by_duckdb))
    instead = ("DuckDB counts the Parquet", ms)
    yield _row("slider -> count", to_count, COUNT * longer, instead=instead)
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
    timed.busy.append(_busy())
    start, before = time.perf_counter(), _cpu(server)
    yield
    timed.seconds.append(time.perf_counter() - start)
    _note(timed, server, before)


def _note(timed: Timed, server: psutil.Process, before: float) -> None:
    """Add what the server took, and holds, after an answer."""
    timed.cpu.append(_cpu(server) - before)
    timed.gib.append(child_memory.held(server) / 2**30)
    timed.busy.append(_busy())


def _busy() -> float:
    """Time over CPU time of a computation: 1 on an idle machine."""
    start, before = time.perf_counter(), time.thread_time()
    while time.thread_time() - before < _SPUN:
        sum(range(1000))
    return (time.perf_counter() - start) / (time.thread_time() - before)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _row(
    what: str,
    timed: Timed,
    budget: float | None,
    seconds: Sequence[float] | None = None,
    instead: tuple[str, float] | None = None,
) -> Row:
    """A row with the ratio of the median to its budget, or to that of ``instead``."""
    taken = timed.seconds if seconds is None else seconds
    cpu, busy = 1000 * float(np.median(timed.cpu)), float(np.median(timed.busy))
    goal = None if budget is None or is_excused(cpu, budget, busy) else (budget, None)
    problems = once(timed.problems)
    row = figures.row(what, taken, goal=goal, instead=instead, problems=problems)
    row["goal ms"] = "-" if budget is None else f"{budget:,.0f}"
    ratio = "-" if budget is None else 1000 * float(np.median(taken)) / budget
    more = {"CPU ms": cpu, "busy": busy, "of goal": ratio, "GiB": max(timed.gib)}
    return row | more | {"missed": row.pop("missed")}


def is_excused(cpu_ms: float, budget: float, busy: float) -> bool:
    """Whether a time says nothing, and the CPU time is within the budget."""
    return busy > BUSY and cpu_ms <= budget


def _duckdb_condition(kind: str) -> str:
    """The SQL of what `Brute.count` counts, on the columns of the posteriors."""

    def largest(label: str) -> str:
        question = GZD5.question_of(label)
        columns = ", ".join(f'"{one}_{kind}"' for one in question.labels)
        return f'"{label}_{kind}" = greatest({columns})'

    own = f'"{_SLIDER}_{kind}"'
    labels = GZD5.question_of(_SLIDER).labels
    total = " + ".join(f'"{label}_{kind}"' for label in labels)
    share = own if kind == "fraction" else f"{own} / ({total})"
    way = " AND ".join(map(largest, _WAY))
    return f"{way} AND CAST({share} AS FLOAT) >= CAST($low AS FLOAT)"
