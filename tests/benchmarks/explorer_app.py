"""Response times of the running dashboard.

Server time is from a tab's message to the last answer, or to that with the count or the
images; `light_tab` replaces the browser, except where the browser's own time matters.
Every count is compared with one by brute force.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from morph.errors import MorphError
from morph.home import release_folder
from tests import plain_counts
from tests.benchmarks import (
    explorer_browser,
    explorer_people,
    explorer_plots,
    figures,
    report,
    served,
)
from tests.benchmarks.figures import Row
from tests.benchmarks.light_tab import Answer, Tab, open_tab
from tests.benchmarks.served import lows, once
from tests.plain_counts import Plain

SELECTION, GALLERY, LASSO, SIMILAR = (60, 150), (150, 400), (200, 500), (100, 200)
TILES = 48
WEAK = {"bar_weak": (0.0, 0.5)}  # stays, while the share of strong bars changes
CORNERS = 60
PATIENCE_S = 600


def measure(
    home: Path, release_id: str, *, repeats: int = 30, larger: Path | None = None
) -> list[Row]:
    """All rows, of the release in ``home``; ``larger`` is a home with ten times more.

    Without ``larger`` the size of plots is only compared with its limit.
    """
    plain = plain_counts.read(release_folder(home, release_id))
    bytes_there = explorer_plots.bytes_of(larger, release_id) if larger else {}
    with served.serving(home) as (running, port):
        # First, because it waits until the features are loaded: this happens once per
        # server and would slow down other measurements.
        alike = list(similar(port, plain, repeats))
        return [
            *selections(port, plain, repeats),
            *explorer_plots.rows(port, plain, repeats, bytes_there),
            *alike,
            *lassos(port, plain, repeats),
            *explorer_browser.rows(running.url, plain, repeats),
            *explorer_people.rows(running, port, plain),
        ]


def selections(port: int, plain: Plain, repeats: int) -> Iterator[Row]:
    """A slider moved on Explore: time to the count and funnel, and to the images."""
    counted, pictured, problems, wrong = [], [], [], []
    with open_tab(port) as tab:
        tab.visit("explore", bar_weak=list(WEAK["bar_weak"]))
        for low in lows(repeats):
            limits = {"bar_strong": (low, 1.0), **WEAK}
            answer = tab.change("bar_strong", [low, 1.0])
            problems += served.wrong_counts(answer, plain, limits)
            problems += [] if served.funnel(answer)[0] else ["no funnel"]
            counted.append(max(served.count(answer)[1], served.funnel(answer)[1]))
            names, seconds = served.gallery(answer, "gallery")
            pictured.append(seconds)
            wrong += _wrong_pictures(names, plain, plain.chosen(limits))
    yield figures.row(
        "selection -> count and funnel",
        counted,
        goal=SELECTION,
        instead=("pandas masks", report.median_ms(lambda: plain.steps(limits))),
        problems=once(problems),
    )
    yield figures.row(
        f"selection -> gallery of {TILES}",
        pictured,
        goal=GALLERY,
        instead=(
            "pandas masks, sorted",
            report.median_ms(lambda: plain.first(limits, TILES)),
        ),
        problems=once(wrong),
    )


def lassos(port: int, plain: Plain, repeats: int) -> Iterator[Row]:
    """A lasso drawn on the map: time to its count, and to its images.

    Images are the most typical, so the features must be loaded already.
    """
    if plain.places is None:
        return
    seconds, problems = [], []
    with open_tab(port) as tab:
        tab.visit("map")
        for turn in range(repeats):
            x, y = _polygon(plain.places, turn)
            answer = tab.report("map", "lasso", {"x": x, "y": y, "mode": None})
            mask = plain_counts.inside(plain.places, x, y)
            problems += _wrong_region(answer, plain, mask)
            pictured = served.gallery(answer, "region_gallery")[1]
            seconds.append(max(served.count(answer)[1], pictured))
    masked = report.median_ms(lambda: plain_counts.inside(plain.places, x, y).sum())
    yield figures.row(
        "lasso -> count and gallery",
        seconds,
        goal=LASSO,
        instead=("mask of all points", masked),
        problems=once(problems),
    )


def similar(port: int, plain: Plain, repeats: int) -> Iterator[Row]:
    """One more example on Similar: time to the galaxies similar to both."""
    seconds, problems = [], []
    names = plain.shares.index
    with open_tab(port) as tab:
        _wait_for_search(tab, names[0])
        for turn in range(repeats):
            tab.visit("similar", like=names[(turn * 7919 + 1) % len(names)])
            more = names[(turn * 104729 + 2) % len(names)]
            act = {"name": "like", "iauname": more}
            answer = tab.report("similar_gallery", "act", act)
            found, when = served.gallery(answer, "similar_gallery")
            seconds.append(when)
            problems += served.errors(answer)
            if len(found) != TILES or more in found:
                problems.append(f"{len(found)} similar galaxies")
    yield figures.row(
        f"similar: one more example -> {TILES} pictures",
        seconds,
        goal=SIMILAR,
        problems=once(problems),
    )


def _wrong_pictures(names: list[str], plain: Plain, mask: np.ndarray) -> list[str]:
    found = []
    if len(names) != min(TILES, mask.sum()):
        found.append(f"{len(names)} pictures of {mask.sum():,}")
    if not set(names) <= set(plain.shares.index[mask]):
        found.append("pictures of galaxies that are not selected")
    return found


def _wrong_region(answer: Answer, plain: Plain, mask: np.ndarray) -> list[str]:
    found = served.errors(answer)
    said, _ = served.count(answer)
    if said != mask.sum():
        found.append(f"says {said}, {mask.sum():,} lie in the lasso")
    names, _ = served.gallery(answer, "region_gallery")
    if not names or not set(names) <= set(plain.shares.index[mask]):
        found.append("pictures from outside the lasso")
    return found


def _polygon(places: np.ndarray, turn: int) -> tuple[list[float], list[float]]:
    """A polygon around one of the galaxies, as a hand might draw it."""
    rng = np.random.default_rng(turn)
    middle = places[rng.integers(len(places))]
    angles = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    radius = np.ptp(places, axis=0).min() * rng.uniform(0.08, 0.12, CORNERS)
    x, y = middle[:, None] + radius * np.array([np.cos(angles), np.sin(angles)])
    return x.tolist(), y.tolist()


def _wait_for_search(tab: Tab, name: str) -> None:
    """Wait until the features are loaded, once for all users."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        answer = tab.visit("similar", like=name)
        if served.gallery(answer, "similar_gallery")[0]:
            return
        time.sleep(0.5)
    raise MorphError(f"galaxies were not made comparable within {PATIENCE_S} s")
