"""What one change of a slider costs on each page: messages, bytes, processor time.

``python -m tests.benchmarks.changes --rows 248088`` makes a synthetic release, serves
it, and moves an answer's slider on every page that shows the selection. Two sizes have
the same goal: the messages unpacked, and all that goes over the line, which is the
messages compressed and the data that a browser then fetches. --page names pages; with
--list the messages of the last change are listed. --home keeps the release.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

import psutil

from data.demo.dashboard import Dashboard
from tests.benchmarks import figures, report, served
from tests.benchmarks.figures import Row
from tests.benchmarks.light_tab import Answer, Arrived, Tab, open_tab
from tests.benchmarks.synthetic_home import prepared

KILOBYTES, MESSAGES, PROCESSOR_MS = 15, 25, 120
CHANGES, BEFORE = 10, 3
_PATIENCE_S = 60
_IDLE_S, _TICK_S = 0.5, 0.011  # a server that uses a tick or less for so long is idle
STRONG, WEAK = "bar_strong", "bar_weak"
PAGES: tuple[tuple[str, dict[str, str]], ...] = (
    ("explore", {}),
    ("explore", {"view": "Table"}),
    ("explore", {"view": "Histograms"}),
    *((page, {}) for page in ("contrast", "simplex", "map", "similar", "galaxy")),
    *((page, {}) for page in ("overview", "designer", "populations", "subsets")),
    *((page, {}) for page in ("download", "compare")),
)


def rows(running: Dashboard, port: int, options: argparse.Namespace) -> Iterator[Row]:
    """A row for each page."""
    for page, query in PAGES:
        if options.page and page not in options.page:
            continue
        with open_tab(port) as tab:
            _visit(tab, page, query)
            _wait_until_idle(running.process)
            answers, seconds = _changed(tab, running.process, options.repeats)
        title = " ".join((page, *query.values()))
        yield _row(title, answers, seconds)
        if options.list:
            for one in answers[-1].arrived:
                print(f"  {one.bytes - one.fetched:7} {words(one)}", file=sys.stderr)


def _visit(tab: Tab, page: str, query: dict[str, str]) -> None:
    """Open a page once the release is loaded."""
    end = time.monotonic() + _PATIENCE_S
    while "answers" not in tab.ids and time.monotonic() < end:
        tab.visit(page, **{STRONG: [0.02, 1], WEAK: [0.05, 1]}, **query)


def _wait_until_idle(process: psutil.Process) -> None:
    """Wait for what a first visit begins once: the index of similar galaxies."""
    end, used = time.monotonic() + _PATIENCE_S, -1.0
    while _processor(process) - used > _TICK_S and time.monotonic() < end:
        used = _processor(process)
        time.sleep(_IDLE_S)


def _changed(
    tab: Tab, process: psutil.Process, changes: int
) -> tuple[list[Answer], list[float]]:
    """Answers to changes of a slider, and the processor time of the server for each."""
    answers, seconds = [], []
    for turn in range(BEFORE + changes):
        start = _processor(process)
        limits = {STRONG: [round(0.03 + 0.01 * turn, 2), 1]}
        answers.append(
            tab.report("answers", "limit", {"number": turn + 1, "limits": limits})
        )
        time.sleep(0.05)  # what the server does after the last message counts too
        seconds.append(_processor(process) - start)
    return answers[BEFORE:], seconds[BEFORE:]


def _processor(process: psutil.Process) -> float:
    used = process.cpu_times()
    return used.user + used.system


def _row(title: str, answers: Sequence[Answer], seconds: Sequence[float]) -> Row:
    fetched = _median([sum(a.fetched for a in one.arrived) for one in answers])
    size = _median([one.bytes for one in answers]) - fetched
    line = _median([one.on_line for one in answers]) + fetched
    number = _median([len(one.arrived) for one in answers])
    problems = [error for one in answers for error in served.errors(one)][:1]
    if size > 1000 * KILOBYTES:
        problems.append(f"at most {KILOBYTES} kB")
    if line > 1000 * KILOBYTES:
        problems.append(f"at most {KILOBYTES} kB over the line")
    if number > MESSAGES:
        problems.append(f"at most {MESSAGES} messages")
    beside = f", {fetched / 1000:.1f} kB of them fetched" if fetched else ""
    what = f"{title}: {size / 1000:.1f} kB in {number:.0f} messages"
    what = f"{what}, {line / 1000:.1f} kB over the line{beside}"
    # The clock of a process ticks a hundred times a second: so their mean.
    mean = [sum(seconds) / len(seconds)]
    return figures.row(what, mean, goal=(PROCESSOR_MS, None), problems=problems)


def _median(numbers: Sequence[int]) -> int:
    return sorted(numbers)[len(numbers) // 2]


def words(arrived: Arrived) -> str:
    """What a message is: its kind, its place on the page, and whose it is."""
    message = arrived.message
    kind = message.WhichOneof("type")
    place = ".".join(map(str, message.metadata.delta_path))
    if kind != "delta":
        return f"{kind} {place}".strip()
    new: Any = message.delta.new_element
    if message.delta.WhichOneof("type") == "add_block":
        block = message.delta.add_block
        return f"{place} {block.WhichOneof('type')} {_key(block.id)}"
    kind = new.WhichOneof("type")
    return f"{place} {kind} {_key(getattr(getattr(new, kind), 'id', ''))}"


def _key(name: str) -> str:
    return name.split("-", 2)[-1]


def main() -> int:
    parser = report.release_parser(__doc__.splitlines()[0], repeats=CHANGES)
    parser.add_argument("--page", action="append", default=[])
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    with report.home_of(options) as folder:
        home = prepared(folder, options.rows)
        with served.serving(home) as (running, port):
            found = list(rows(running, port, options))
    return report.finish(found, options)


if __name__ == "__main__":
    sys.exit(main())
