"""The release of a slider's handle in Chromium: until the count, and until the images.

The same handle on the same galaxies, on Explore and on the page of the old style. The
order is by the fraction that is moved, so that every change shows 48 other galaxies.
"""

import time
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, field

import numpy as np
from playwright.sync_api import Locator, Page

from tests.benchmarks import browsing, figures, served
from tests.benchmarks.comparators import OLD_STYLE
from tests.benchmarks.figures import Row
from tests.plain_counts import Limits, Plain

STRONG = "bar_strong"
LOWEST = {"smooth-or-featured_featured-or-disk": 0.7, "disk-edge-on_no": 0.8}
COUNT_TIMES, COMPLETE_TIMES = 1 / 5, 1 / 3  # of the old-style page
RELEASES = 8
TILES = 48
_FIRST, _PIXELS = 40, 7  # of the handle to the left, once and then each time
_OLD_COUNT = "[data-testid=stMain] p strong"
_OTHER = "([where, before]) => document.querySelector(where)?.innerText !== before"


@dataclass
class Released:
    """Seconds to the count and to the complete page of each release; its images.

    ``shown`` are those until the exact count is shown for good: Explore counts in the
    browser while a handle is moved, and the server confirms it.
    """

    shown: list[float] = field(default_factory=list)
    counted: list[float] = field(default_factory=list)
    complete: list[float] = field(default_factory=list)
    images: list[int] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def release_rows(
    new_page: Callable[[], Page],
    url: str,
    port: int,
    plain: Plain,
    pictured: Set[str],
) -> Iterator[Row]:
    """``port`` is that of the old-style page, ``pictured`` have an image."""
    found = _released(new_page(), url, plain, pictured)
    old = _released_old(new_page(), port, plain, pictured)
    problems = served.once(found.problems + old.problems)
    images = f"complete, {np.mean(found.images):.0f} images"
    for words, own, other, at_most in (
        ("exact count shown", found.shown, old.counted, COUNT_TIMES),
        ("exact count from the server", found.counted, old.counted, COUNT_TIMES),
        (images, found.complete, old.complete, COMPLETE_TIMES),
    ):
        yield figures.row(
            f"release -> {words}",
            own,
            instead=(OLD_STYLE, 1000 * float(np.median(other))),
            at_most=at_most,
            problems=problems,
        )


def _released(page: Page, url: str, plain: Plain, pictured: Set[str]) -> Released:
    limits = [f"{label}={low}&{label}=1" for label, low in LOWEST.items()]
    query = "&".join([*limits, f"{STRONG}=0&{STRONG}=0.99"])
    page.goto(f"{url}/explore?{query}&sort=Highest+vote+fraction&by=Strong+bar")
    page.locator("a.tile").nth(TILES - 1).wait_for()
    browsing.complete(page)
    end, found = page.locator(f"[data-parameter={STRONG}] .end").last, Released()
    _begin(page, end)
    browsing.note_shown_counts(page)
    for _ in range(RELEASES):
        _take(page, end)
        start = time.perf_counter()
        count, seconds = browsing.exact_count(page, page.mouse.up)
        browsing.complete(page)
        found.complete.append(time.perf_counter() - start)
        found.counted.append(seconds)
        high = float(end.get_attribute("aria-valuetext"))
        found.images.append(page.locator("a.tile img").count())
        found.problems += _wrong("Explore", count, plain, high)
        found.problems += _others(found.images[-1], plain, pictured, high)
        shown = browsing.shown_for_good(page, count)
        found.problems += ["the page shows another count"] if shown is None else []
        found.shown += [] if shown is None else [shown]
    page.context.close()
    return found


def _released_old(page: Page, port: int, plain: Plain, pictured: Set[str]) -> Released:
    query = "&".join(f"{label}={low}" for label, low in LOWEST.items())
    page.goto(f"http://localhost:{port}/?{query}")
    page.locator(".old").wait_for()
    browsing.complete(page)
    end, found = page.locator(f".st-key-{STRONG} input[type=range]").last, Released()
    handle = end.locator("xpath=../..")
    _begin(page, handle)
    for _ in range(RELEASES):
        _take(page, handle)
        before = page.locator(_OLD_COUNT).first.inner_text()
        start = time.perf_counter()
        page.mouse.up()
        page.wait_for_function(_OTHER, arg=[_OLD_COUNT, before])
        found.counted.append(time.perf_counter() - start)
        browsing.complete(page)
        found.complete.append(time.perf_counter() - start)
        count = int(page.locator(_OLD_COUNT).first.inner_text().replace(",", ""))
        high = float(end.get_attribute("aria-valuetext"))
        found.images.append(page.locator(".old img").count())
        found.problems += _wrong(OLD_STYLE, count, plain, high)
        found.problems += _others(found.images[-1], plain, pictured, high)
    page.context.close()
    return found


def _begin(page: Page, handle: Locator) -> None:
    """To where each further move changes the count: no fraction is as high as 1."""
    _take(page, handle, _FIRST)
    page.mouse.up()
    page.wait_for_timeout(browsing.QUIET_MS)
    browsing.complete(page)


def _take(page: Page, end: Locator, by: int = _PIXELS) -> None:
    """Drag a handle to the left, without releasing it."""
    end.scroll_into_view_if_needed()
    end.hover()
    box = end.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.wait_for_timeout(browsing.QUIET_MS)
    page.mouse.down()
    page.mouse.move(x - by, y, steps=4)


def _wrong(page: str, count: int, plain: Plain, high: float) -> list[str]:
    true = plain.steps(_limits(high))[-1]
    return [] if count == true else [f"{page} says {count}, {true:,} are selected"]


def _others(images: int, plain: Plain, pictured: Set[str], high: float) -> list[str]:
    """Unless as many images are shown as the first galaxies have.

    Each page moves its slider by other steps, so that they may show other galaxies.
    """
    chosen = plain.first(_limits(high), TILES)
    true = len(pictured.intersection(chosen.index))
    return [] if images == true else [f"{images} images at {high}, not {true}"]


def _limits(high: float) -> Limits:
    """The moved answer first: by it the galaxies are ordered."""
    limits = {label: (low, 1.0) for label, low in LOWEST.items()}
    return {STRONG: (0.0, high), **limits}
