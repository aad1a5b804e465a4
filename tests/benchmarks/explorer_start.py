"""Start of the server, first visits of its pages, its memory, and similar galaxies.

A first visit is the first of a page in a process of the server; what is in the cache of
the system's files stays there.
"""

import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from tests.benchmarks import child_memory, comparators, explorer_app, figures, served
from tests.benchmarks.comparators import OLD_STYLE
from tests.benchmarks.figures import Row
from tests.benchmarks.light_tab import open_tab
from tests.plain_counts import Plain

USABLE = (None, 5000)  # ms from the start to the first page
VISIT = (None, 800)
STARTS, TURNS = 3, 3
PAGES = (
    "",
    "explore",
    "contrast",
    "simplex",
    "map",
    "galaxy",
    "designer",
    "populations",
    "subsets",
    "label",
    "download",
    "compare",
    "data",
    "runs",
    "methods",
    "similar",
)
_OF_MANY = ("explore", "simplex", "map", "populations")
_IMPORTS = "import app; app.prepare()"
_BARE = "import streamlit, pandas, plotly.graph_objects, scipy.stats"


def rows(home: Path, several: Path, names: list[str], plain: Plain) -> Iterator[Row]:
    """``several`` is a home with releases that are called ``names``."""
    yield _imports()
    yield from _starts(home, plain)
    yield from _visits(home)
    yield _releases(several, names)
    yield _index(home, plain.shares.index[0])


def _imports() -> Row:
    """The time of a new process that imports what the pages need."""
    own, bare = (
        [child_memory.run([sys.executable, "-c", code]) for _ in range(STARTS)]
        for code in (_IMPORTS, _BARE)
    )
    instead = sorted(ran.seconds for ran in bare)[STARTS // 2]
    return figures.row(
        "first import of all pages, in a new process",
        [ran.seconds for ran in own],
        instead=("streamlit, pandas, plotly, scipy", 1000 * instead),
        problems=[ran.lines[-1] for ran in own + bare if ran.status],
    )


def _starts(home: Path, plain: Plain) -> Iterator[Row]:
    serves, usable, old = [], [], []
    problems: list[str] = []
    for _ in range(STARTS):
        began = time.perf_counter()
        with served.serving(home) as (_, port), open_tab(port) as tab:
            serves.append(time.perf_counter() - began)
            answer = tab.visit("explore", bar_strong=[0.3, 1.0])
            usable.append(time.perf_counter() - began)
            problems += served.wrong_counts(answer, plain, {"bar_strong": (0.3, 1.0)})
    for _ in range(STARTS):
        with comparators.serving_old_style(plain) as started:
            with open_tab(started.port) as tab:
                tab.visit("")
            old.append(time.perf_counter() - started.began)
    yield figures.row("start of the server -> it answers", serves)
    yield figures.row(
        "start of the server -> first page usable",
        usable,
        goal=USABLE,
        instead=(OLD_STYLE, 1000 * sorted(old)[STARTS // 2]),
        problems=served.once(problems),
    )


def _visits(home: Path) -> Iterator[Row]:
    """Every page for the first time, and again."""
    again: list[float] = []
    problems: list[str] = []
    with served.serving(home) as (running, port):
        for page in PAGES:
            seconds, wrong = _visit(port, page)
            held = child_memory.held(running.process) / 1e6
            name = page or "overview"
            words = f"first visit of {name}; the server then holds {held:,.0f} MB"
            yield figures.row(words, [seconds], problems=wrong)
        for page in PAGES * TURNS:
            seconds, wrong = _visit(port, page)
            again.append(seconds)
            problems += wrong
        held = child_memory.held(running.process) / 1e6
    words = f"visit of a page again; the server then holds {held:,.0f} MB"
    yield figures.row(words, again, goal=VISIT, problems=served.once(problems))


def _visit(port: int, page: str, **query: object) -> tuple[float, list[str]]:
    """Seconds of a visit in a new tab, and what the page says went wrong."""
    with open_tab(port) as tab:
        start = time.perf_counter()
        answer = tab.visit(page, **query)
        return time.perf_counter() - start, served.errors(answer)


def _releases(home: Path, names: list[str]) -> Row:
    """The memory after some pages of one release after another."""
    problems: list[str] = []
    with served.serving(home) as (running, port):
        held = [_looked_at(port, running.process, name, problems) for name in names]
    said = ", ".join(f"{size / 1e6:,.0f}" for size in held)
    words = f"memory after {len(_OF_MANY)} pages, none of search, of 1 to {len(names)}"
    return figures.row(
        f"{words} releases: {said} MB", [], problems=served.once(problems)
    )


def _looked_at(
    port: int, process: psutil.Process, release: str, problems: list[str]
) -> int:
    for page in _OF_MANY:
        for low in (0.1, 0.3):
            query = {"release": release, "bar_strong": [low, 1.0]}
            problems += _visit(port, page, **query)[1]
    return child_memory.held(process)


def _index(home: Path, name: str) -> Row:
    """The wait for the first similar galaxies of a release, ever."""
    shutil.rmtree(home / "cache", ignore_errors=True)  # its copied features
    with served.serving(home) as (running, port), open_tab(port) as tab:
        tab.visit("explore")
        seconds = explorer_app.wait_for_search(tab, name)
        held = child_memory.held(running.process) / 1e6
    words = f"wait for similar galaxies, the first time ever; then {held:,.0f} MB"
    return figures.row(words, [seconds])
