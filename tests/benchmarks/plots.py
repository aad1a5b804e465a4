"""Every page with a plot after a slider was moved: time, and bytes of the change.

``python -m tests.benchmarks.plots --rows 248088``: the map is compared with a page with
all galaxies in one plot, and all plots with those of a release ten times as large.
With --check it exits 1 if a goal is missed. --home keeps the releases in a folder.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from morph.home import release_folder
from tests import plain_counts
from tests.benchmarks import comparators, figures, report, served
from tests.benchmarks.figures import Row
from tests.benchmarks.light_tab import open_tab
from tests.benchmarks.served import lows, once
from tests.benchmarks.synthetic_home import RELEASE, prepared
from tests.plain_counts import Plain

PLOT = (300, 600)
MOST_BYTES = 1_000_000
MOST_GROWTH = 1.25  # with ten times as many galaxies, whose density fills more pixels
FEW = 5
REPEATS = 30
_LARGER = 10  # times as many galaxies, for which plots must not be larger


@dataclass(frozen=True)
class View:
    """A page with a plot on it, by its address."""

    words: str
    page: str
    query: dict[str, str] = field(default_factory=dict)


@dataclass
class Plotted:
    """Times of the changes of one view, their bytes, its largest plot, and errors."""

    seconds: list[float] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    bytes: int = 0
    problems: list[str] = field(default_factory=list)


VIEWS = (
    View("overview", ""),
    View("histograms of two questions", "explore", {"view": "Histograms"}),
    View("sure and unsure", "contrast"),
    View("strip of probability and sigma", "contrast", {"contrast": "σ against ρ̂"}),
    View("triangle", "simplex"),
    View("map", "map"),
    View("map, an answer's colours", "map", {"colour": "Vote fraction of an answer"}),
    View("map, means of trust", "map", {"colour": "Trust", "paint": "Means"}),
    View("one galaxy", "galaxy"),
    View("designer", "designer"),
    View("populations", "populations"),
)


def rows(
    port: int, plain: Plain, repeats: int, larger: Mapping[str, int]
) -> Iterator[Row]:
    """One row a view; ``larger`` are the bytes of views of ten times the galaxies."""
    all_points = _all_points(plain)
    for view in VIEWS:
        found = plotted(port, plain, view, repeats)
        there = larger.get(view.words, found.bytes)
        problems = once(found.problems)
        if max(found.bytes, there) > MOST_BYTES:
            problems.append(f"{max(found.bytes, there):,} bytes, at most 1 MB")
        if there > MOST_GROWTH * found.bytes:
            problems.append(f"{there:,} bytes with ten times the galaxies")
        sent = float(np.median(found.sent)) / 1000
        said = f"{view.words}: {sent:,.0f} kB, plot {found.bytes / 1000:,.0f} kB"
        if larger:
            said = f"{said} ({there / 1000:,.0f} kB of ten times the galaxies)"
        instead = all_points if view.page == "map" else None  # others have no scatter
        yield figures.row(
            said, found.seconds, goal=PLOT, instead=instead, problems=problems
        )


def bytes_of(home: Path, release_id: str) -> dict[str, int]:
    """Bytes of each view's largest plot, of a release in another home."""
    plain = plain_counts.read(release_folder(home, release_id))
    with served.serving(home) as (_, port):
        return {view.words: plotted(port, plain, view, FEW).bytes for view in VIEWS}


def plotted(port: int, plain: Plain, view: View, repeats: int) -> Plotted:
    """A view with several selections."""
    found = Plotted()
    with open_tab(port) as tab:
        tab.visit(view.page, **view.query)
        tab.rest()
        for low in lows(repeats):
            answer = tab.change("bar_strong", [low, 1.0])
            limits = {"bar_strong": (low, 1.0)}
            found.seconds.append(answer.seconds)
            found.sent.append(answer.bytes + sum(one.bytes for one in tab.rest()))
            found.bytes = max(found.bytes, served.largest_plot(answer))
            found.problems += served.wrong_counts(answer, plain, limits)
    return found


def _all_points(plain: Plain) -> tuple[str, float] | None:
    """Words and ms of the slider on the page with every galaxy in one plot."""
    if plain.places is None:
        return None
    with comparators.serving_plotly(plain) as port, open_tab(port) as tab:
        tab.visit("")
        answers = [tab.change("low", [low / 10]) for low in lows(FEW)]
    median = 1000 * float(np.median([answer.seconds for answer in answers]))
    most = max(served.largest_plot(answer) for answer in answers)
    return f"plotly, all points: {most / 1e6:.1f} MB", median


def main() -> int:
    parser = report.release_parser(__doc__.splitlines()[0], repeats=REPEATS)
    options = parser.parse_args()
    with report.home_of(options) as folder:
        home, larger = (prepared(folder, n * options.rows) for n in (1, _LARGER))
        plain = plain_counts.read(release_folder(home, RELEASE))
        there = bytes_of(larger, RELEASE)
        with served.serving(home) as (_, port):
            found = list(rows(port, plain, options.repeats, there))
    return report.finish(found, options)


if __name__ == "__main__":
    sys.exit(main())
