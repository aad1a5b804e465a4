"""Response times of the running dashboard, beside the old-style page.

Server time is from a tab's message to the last answer, or to that with the count or the
images; `light_tab` replaces the browser, for both pages. Every count is compared with
one by brute force.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from morph.errors import MorphError
from tests import plain_counts
from tests.benchmarks import comparators, figures, served
from tests.benchmarks.comparators import OLD_STYLE
from tests.benchmarks.figures import Row
from tests.benchmarks.light_tab import Answer, Tab, open_tab
from tests.benchmarks.served import lows, once
from tests.plain_counts import Plain

SELECTION, GALLERY, LASSO, SIMILAR = (60, 150), (150, 400), (200, 500), (100, 200)
COUNT_TIMES, GALLERY_TIMES = 1 / 5, 1 / 3  # of the old-style page
TILES = 48
WEAK = {"bar_weak": (0.0, 0.5)}  # stays, while the share of strong bars changes
CORNERS = 60
PATIENCE_S = 600
_FEW = 10  # changes of the old-style page


@dataclass
class Changes:
    """Seconds to the count and funnel, and to the gallery, of each change; errors."""

    counted: list[float] = field(default_factory=list)
    pictured: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    wrong_pictures: list[str] = field(default_factory=list)


def rows(port: int, plain: Plain, repeats: int) -> Iterator[Row]:
    """All rows of one dashboard."""
    old = old_style(plain, min(repeats, _FEW))
    # First, because it waits until the features are loaded: this happens once per
    # server and would slow down other measurements.
    alike = list(similar(port, plain, repeats))
    yield from selections(port, plain, repeats, old)
    yield from alike
    yield from lassos(port, plain, repeats)


def selections(
    port: int, plain: Plain, repeats: int, old: Changes | None = None
) -> Iterator[Row]:
    """A slider moved on Explore: time to the count and funnel, and to the images."""
    found = Changes()
    with open_tab(port) as tab:
        tab.visit("explore", bar_weak=list(WEAK["bar_weak"]))
        tab.rest()
        for low in lows(repeats):
            limits = {"bar_strong": (low, 1.0), **WEAK}
            answer = tab.release("bar_strong", low, 1.0)
            tab.rest()
            found.problems += served.wrong_counts(answer, plain, limits)
            found.problems += [] if served.funnel(answer)[0] else ["no funnel"]
            times = served.count(answer)[1], served.funnel(answer)[1]
            found.counted.append(max(times))
            names, seconds = served.gallery(answer, "gallery")
            found.pictured.append(seconds)
            found.wrong_pictures += _wrong_pictures(names, plain, plain.chosen(limits))
    yield figures.row(
        "release -> count and funnel",
        found.counted,
        goal=SELECTION,
        instead=(OLD_STYLE, _ms(old.counted)) if old else None,
        at_most=COUNT_TIMES if old else None,
        problems=once(found.problems + (old.problems if old else [])),
    )
    yield figures.row(
        f"release -> gallery of {TILES}",
        found.pictured,
        goal=GALLERY,
        instead=(OLD_STYLE, _ms(old.pictured)) if old else None,
        at_most=GALLERY_TIMES if old else None,
        problems=once(found.wrong_pictures),
    )


def old_style(plain: Plain, repeats: int) -> Changes:
    """The same slider, moved on the old-style page."""
    found = Changes()
    with comparators.serving_old_style(plain) as old, open_tab(old.port) as tab:
        tab.visit("")
        tab.change("bar_weak", list(WEAK["bar_weak"]))
        for low in lows(repeats):
            answer = tab.change("bar_strong", [low, 1.0])
            said, _ = served.count(answer)
            true = plain.steps({**WEAK, "bar_strong": (low, 1.0)})[-1]
            if said != true:
                found.problems.append(f"{OLD_STYLE} says {said}, {true:,} are selected")
            for words, seconds in (
                ("Left after", found.counted),
                ("class=", found.pictured),
            ):
                seconds.append(_arrival(answer, words))
    return found


def _arrival(answer: Answer, words: str) -> float:
    """When the text that contains ``words`` came."""
    found = answer.first(lambda element: words in getattr(element, "body", ""))
    if found is None:
        raise MorphError(f"the page has no text with {words!r}")
    return found.seconds


def _ms(seconds: list[float]) -> float:
    return 1000 * float(np.median(seconds))


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
    yield figures.row(
        "lasso -> count and gallery", seconds, goal=LASSO, problems=once(problems)
    )


def similar(port: int, plain: Plain, repeats: int) -> Iterator[Row]:
    """One more example on Similar: time to the galaxies similar to both."""
    seconds, problems = [], []
    names = plain.shares.index
    with open_tab(port) as tab:
        waited = wait_for_search(tab, names[0])
        for turn in range(repeats):
            tab.visit("similar", like=names[(turn * 7919 + 1) % len(names)])
            more = names[(turn * 104729 + 2) % len(names)]
            act = {"number": turn + 1, "name": "like", "iauname": more}
            answer = tab.report("similar_gallery", "act", [act])
            found, when = served.gallery(answer, "similar_gallery")
            seconds.append(when)
            problems += served.errors(answer)
            if len(found) != TILES or more in found:
                problems.append(f"{len(found)} similar galaxies")
    yield figures.row("wait for similar galaxies after a start", [waited])
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


def wait_for_search(tab: Tab, name: str) -> float:
    """Seconds until galaxies can be compared: once for all users of a server."""
    start = time.perf_counter()
    while time.perf_counter() - start < PATIENCE_S:
        answer = tab.visit("similar", like=name)
        if served.gallery(answer, "similar_gallery")[0]:
            return time.perf_counter() - start
        time.sleep(0.1)
    raise MorphError(f"galaxies were not made comparable within {PATIENCE_S} s")
