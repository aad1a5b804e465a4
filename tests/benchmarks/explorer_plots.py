"""Every page with a plot after a slider was moved: time, and bytes of the plot.

Compared with the same slider on a page with all galaxies in one plot.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from morph.home import release_folder
from tests import plain_counts
from tests.benchmarks import figures, served
from tests.benchmarks.figures import Row
from tests.benchmarks.light_tab import open_tab
from tests.benchmarks.served import lows, once
from tests.plain_counts import Plain

PLOT = (300, 600)
MOST_BYTES = 1_000_000
MOST_GROWTH = 1.25  # with ten times as many galaxies, whose density fills more pixels
FEW = 5


@dataclass(frozen=True)
class View:
    """A page with a plot on it, by its address."""

    words: str
    page: str
    query: dict[str, str] = field(default_factory=dict)


@dataclass
class Plotted:
    """Times of the changes of one view, its largest plot, and errors."""

    seconds: list[float] = field(default_factory=list)
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
    instead = _all_points(plain)
    for view in VIEWS:
        found = plotted(port, plain, view, repeats)
        there = larger.get(view.words, found.bytes)
        problems = once(found.problems)
        if max(found.bytes, there) > MOST_BYTES:
            problems.append(f"{max(found.bytes, there):,} bytes, at most 1 MB")
        if there > MOST_GROWTH * found.bytes:
            problems.append(f"{there:,} bytes with ten times the galaxies")
        said = f"plot: {view.words}, {found.bytes / 1000:,.0f} kB"
        if larger:
            said = f"{said} ({there / 1000:,.0f} kB of ten times the galaxies)"
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
        for low in lows(repeats):
            answer = tab.change("bar_strong", [low, 1.0])
            limits = {"bar_strong": (low, 1.0)}
            found.seconds.append(answer.seconds)
            found.bytes = max(found.bytes, served.largest_plot(answer))
            found.problems += served.wrong_counts(answer, plain, limits)
    return found


def _all_points(plain: Plain) -> tuple[str, float] | None:
    """Words and ms of the slider on the page with every galaxy in one plot."""
    if plain.places is None:
        return None
    with served.serving_plotly(plain) as port, open_tab(port) as tab:
        tab.visit("")
        answers = [tab.change("low", [low / 10]) for low in lows(FEW)]
    median = 1000 * float(np.median([answer.seconds for answer in answers]))
    most = max(served.largest_plot(answer) for answer in answers)
    return f"plotly, all points: {most / 1e6:.1f} MB", median
