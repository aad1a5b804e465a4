"""The release of a slider's handle in Chromium: until the count, and until the images.

The same handle on the same galaxies, on Explore and on the page of the old style. All
galaxies selected have images, and the order is by the fraction that is moved, so that
every change shows 48 other ones.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from playwright.sync_api import Locator, Page

from tests.benchmarks import browsing, figures, served
from tests.benchmarks.comparators import OLD_STYLE
from tests.benchmarks.figures import Row
from tests.plain_counts import Plain

SMOOTH, ROUND = "smooth-or-featured_smooth", "how-rounded_round"
COUNT_TIMES, COMPLETE_TIMES = 1 / 5, 1 / 3  # of the old-style page
RELEASES = 8
TILES = 48
_PIXELS = 7  # of the handle to the left, each time
_OLD_COUNT = "[data-testid=stMain] p strong"
_OTHER = "([where, before]) => document.querySelector(where)?.innerText !== before"


@dataclass
class Released:
    """Seconds to the count and to the complete page of each release, and errors."""

    counted: list[float] = field(default_factory=list)
    complete: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def release_rows(
    new_page: Callable[[], Page], url: str, port: int, plain: Plain, pictured: set[str]
) -> Iterator[Row]:
    """``port`` is that of the old-style page."""
    lowest = plain.shares.loc[list(pictured), SMOOTH].min()
    low = float(np.ceil(100 * lowest) / 100)
    found = _released(new_page(), url, plain, low)
    old = _released_old(new_page(), port, plain, low)
    for words, own, other, at_most in (
        ("exact count", found.counted, old.counted, COUNT_TIMES),
        (f"complete, {TILES} images", found.complete, old.complete, COMPLETE_TIMES),
    ):
        yield figures.row(
            f"release -> {words}",
            own,
            instead=(OLD_STYLE, 1000 * float(np.median(other))),
            at_most=at_most,
            problems=served.once(found.problems + old.problems),
        )


def _released(page: Page, url: str, plain: Plain, low: float) -> Released:
    limits = f"{SMOOTH}={low:.2f}&{SMOOTH}=1&{ROUND}=0&{ROUND}=0.99"
    page.goto(f"{url}/explore?{limits}&sort=Highest+vote+fraction&by=Round")
    page.locator("a.tile img").nth(TILES - 1).wait_for()
    browsing.complete(page)
    end, found = page.locator(f"[data-parameter={ROUND}] .end").last, Released()
    for _ in range(RELEASES):
        _take(page, end)
        start = time.perf_counter()
        count, seconds = browsing.exact_count(page, page.mouse.up)
        browsing.complete(page)
        found.complete.append(time.perf_counter() - start)
        found.counted.append(seconds)
        high = float(end.get_attribute("aria-valuetext"))
        found.problems += _wrong("Explore", count, plain, low, high)
        images = page.locator("a.tile img").count()
        found.problems += [] if images == TILES else [f"{images} images on Explore"]
    page.context.close()
    return found


def _released_old(page: Page, port: int, plain: Plain, low: float) -> Released:
    page.goto(f"http://localhost:{port}/?{SMOOTH}={low:.2f}")
    page.locator(".old img").nth(TILES - 1).wait_for()
    browsing.complete(page)
    end, found = page.locator(f".st-key-{ROUND} [role=slider]").last, Released()
    for _ in range(RELEASES):
        _take(page, end)
        before = page.locator(_OLD_COUNT).first.inner_text()
        start = time.perf_counter()
        page.mouse.up()
        page.wait_for_function(_OTHER, arg=[_OLD_COUNT, before])
        found.counted.append(time.perf_counter() - start)
        browsing.complete(page)
        found.complete.append(time.perf_counter() - start)
        count = int(page.locator(_OLD_COUNT).first.inner_text().replace(",", ""))
        high = float(end.get_attribute("aria-valuenow"))
        found.problems += _wrong(OLD_STYLE, count, plain, low, high)
    page.context.close()
    return found


def _take(page: Page, end: Locator) -> None:
    """Drag a handle to the left, without releasing it."""
    end.scroll_into_view_if_needed()
    end.hover()
    box = end.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.wait_for_timeout(browsing.QUIET_MS)
    page.mouse.down()
    page.mouse.move(x - _PIXELS, y, steps=4)


def _wrong(page: str, count: int, plain: Plain, low: float, high: float) -> list[str]:
    true = plain.steps({SMOOTH: (low, 1.0), ROUND: (0.0, high)})[-1]
    return [] if count == true else [f"{page} says {count}, {true:,} are selected"]
