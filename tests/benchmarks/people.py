"""Twenty people at once in the running dashboard, each with their own selection.

``python -m tests.benchmarks.people --rows 248088`` takes two minutes; the last row is
the memory of the server over 200 views of pages. Options are those of `explorer`.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import psutil

from data.demo.dashboard import Dashboard
from morph.home import release_folder
from morph.trees.decision_tree import GZD5
from tests import plain_counts
from tests.benchmarks import browsing, explorer_browser, figures, report, served
from tests.benchmarks.figures import Row
from tests.benchmarks.light_tab import open_tab
from tests.benchmarks.served import once
from tests.benchmarks.synthetic_home import RELEASE, prepared
from tests.plain_counts import WAYS, Plain

PEOPLE = 20
EVERY_S = 5.0
ACTIONS = 12  # of each: a minute
MOST_TIMES = 3  # as slow as a single one
VIEWS = 200
MOST_GROWTH = 0.05  # of the memory, between the first half of the views and all
WHERE = ("explore", "simplex", "map", "contrast")  # people are
PAUSE_S = 1.0  # of the one in a browser
PAGES = ("explore", "", "simplex", "map", "contrast", "galaxy", "populations")

LABELS = [
    label
    for question in GZD5.questions
    if question.name in WAYS
    for label in question.labels
]


@dataclass(frozen=True)
class Acted:
    """Times of a person's actions, and errors in the answers."""

    seconds: list[float]
    problems: list[str]


def rows(running: Dashboard, port: int, plain: Plain) -> Iterator[Row]:
    alone = _all_of([acted(port, plain, n, every=0) for n in range(len(WHERE))])
    with browsing.chromium() as new_page:
        page = explorer_browser.with_slider(new_page(), running.url)
        seen_alone = [explorer_browser.slide(page) for _ in range(ACTIONS)]
        with ThreadPoolExecutor(1) as pool:
            job = pool.submit(all_at_once, port, plain)
            seen = []
            while not job.done():
                seen.append(explorer_browser.slide(page))
                time.sleep(PAUSE_S)
    together = job.result()
    found = {
        "slider -> last answer": (alone.seconds, together.seconds),
        "slider -> exact count, in one's browser": (seen_alone, seen),
    }
    problems = once([*alone.problems, *together.problems])
    for words, (one, many) in found.items():
        most = MOST_TIMES * 1000 * float(np.percentile(one, 95))
        yield figures.row(f"one person, {words}", one)
        said = f"{PEOPLE} people at once, {words}"
        yield figures.row(said, many, goal=(None, most), problems=problems)
    yield memory(running.process, port)


def all_at_once(port: int, plain: Plain) -> Acted:
    """The actions of all, started within one pause."""
    with ThreadPoolExecutor(PEOPLE) as pool:
        jobs = [
            pool.submit(acted, port, plain, person, delay=person * EVERY_S / PEOPLE)
            for person in range(PEOPLE)
        ]
        return _all_of([job.result() for job in jobs])


def acted(
    port: int, plain: Plain, person: int, *, every: float = EVERY_S, delay: float = 0
) -> Acted:
    """One person moves a slider on a page many times."""
    label = LABELS[person % len(LABELS)]
    wanted = [round(0.2 + 0.02 * n + person / 1000, 3) for n in range(ACTIONS)]
    time.sleep(delay)
    found = Acted([], [])
    with open_tab(port) as tab:
        tab.visit(WHERE[person % len(WHERE)])
        for low in wanted:
            answer = tab.change(label, [low, 1.0])
            limits = {label: (low, 1.0)}
            found.seconds.append(answer.seconds)
            found.problems.extend(served.wrong_counts(answer, plain, limits))
            time.sleep(max(every - answer.seconds, 0))
    return found


def _all_of(found: Sequence[Acted]) -> Acted:
    return Acted(
        [seconds for one in found for seconds in one.seconds],
        [problem for one in found for problem in one.problems],
    )


def memory(process: psutil.Process, port: int) -> Row:
    """The server's memory over views of pages, each in a new tab."""
    sizes = [_viewed(process, port, VIEWS // 4) for _ in range(4)]
    grown = sizes[-1] / sizes[1] - 1
    problems = []
    if grown > MOST_GROWTH:
        problems.append(f"memory grows by {grown:.0%} in {VIEWS // 2} views")
    said = ", ".join(f"{size / 1e6:,.0f}" for size in sizes)
    return figures.row(
        f"memory after each {VIEWS // 4} page views: {said} MB", [], problems=problems
    )


def _viewed(process: psutil.Process, port: int, views: int) -> int:
    for number in range(views):
        with open_tab(port) as tab:
            tab.visit(PAGES[number % len(PAGES)])
    return process.memory_info().rss


def main() -> int:
    parser = report.release_parser(__doc__.splitlines()[0], repeats=ACTIONS)
    options = parser.parse_args()
    with report.home_of(options) as folder:
        home = prepared(folder, options.rows)
        plain = plain_counts.read(release_folder(home, RELEASE))
        with served.serving(home) as (running, port):
            found = list(rows(running, port, plain))
    return report.finish(found, options)


if __name__ == "__main__":
    sys.exit(main())
