"""Measurements of the explorer in Chromium: navigation, and bytes uploaded.

A lasso on the map is compared with one on a page with all galaxies in one plot, which
uploads all points inside, again at every rerun of the page.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import Locator, Page

from tests.benchmarks import browsing, comparators, figures
from tests.benchmarks.browsing import Line, settle
from tests.benchmarks.figures import Row
from tests.plain_counts import Plain

FIRST_LOAD, PAGE_CHANGE = (None, 3000), (None, 800)
MOST_UP = 10_000  # bytes of a lasso: geometry alone
MOST_GROWTH = 1_000  # bytes of a later run: widgets of the region's own chip
LOADS = 7

# An early element of each page.
PAGES = {
    "Explore": ".st-key-tiles",
    "Contrast": ".st-key-contrast",
    "Simplex": ".st-key-triangle",
    "Map": ".st-key-map",
    "Similar": ".st-key-similar_find",
    "Galaxy": ".st-key-find",
    "Overview": ".st-key-release_tree",
}
SLIDER = "[data-parameter=bar_strong] .end"


def rows(url: str, plain: Plain, repeats: int) -> Iterator[Row]:
    with browsing.chromium() as new_page:
        yield figures.row(
            "first load of Explore, in the browser",
            [_first_load(new_page(), url) for _ in range(LOADS)],
            goal=FIRST_LOAD,
        )
        yield figures.row(
            "page change, in the browser",
            list(_page_changes(new_page(), url, repeats)),
            goal=PAGE_CHANGE,
        )
        if plain.places is not None:
            address = f"{url}/map?bar_strong=0.1&bar_strong=1"
            own = Plot(address, "canvas.over", (SLIDER, "ArrowRight"))
            with comparators.serving_plotly(plain) as port:
                again = (".st-key-again button", "Enter")
                other = Plot(f"http://localhost:{port}", ".nsewdrag", again)
                found = [lasso_bytes(new_page(), plot) for plot in (own, other)]
            yield _bytes_row(*found)


def with_slider(page: Page, url: str) -> Page:
    """The page on Explore, with the slider of strong bars to be moved."""
    page.goto(f"{url}/explore?bar_strong=0.05&bar_strong=1")
    page.locator(SLIDER).first.wait_for()
    settle(page)
    return page


def slide(page: Page) -> float:
    """Seconds from a key pressed on the slider to the server's count."""
    end = page.locator(SLIDER).first
    _, seconds = browsing.exact_count(page, lambda: end.press("ArrowRight"))
    settle(page)
    return seconds


def _first_load(page: Page, url: str) -> float:
    start = time.perf_counter()
    page.goto(f"{url}/explore?bar_strong=0.3&bar_strong=1")
    page.locator("a.tile").first.wait_for()
    settle(page)
    seconds = time.perf_counter() - start
    page.context.close()
    return seconds


def _page_changes(page: Page, url: str, repeats: int) -> Iterator[float]:
    """Seconds from each click in the navigation until the page is complete."""
    page.goto(f"{url}/?bar_strong=0.3&bar_strong=1")
    page.locator(PAGES["Overview"]).wait_for()
    settle(page)
    for turn in range(len(PAGES) + repeats):
        name = list(PAGES)[turn % len(PAGES)]
        link = page.get_by_role("link", name=name, exact=True)
        start = time.perf_counter()
        link.click()
        page.locator(PAGES[name]).wait_for()
        settle(page)
        if turn >= len(PAGES):  # all were there once: their scripts are in the browser
            yield time.perf_counter() - start
    page.context.close()


@dataclass(frozen=True)
class Plot:
    """A plot to draw a lasso on, and the element and key that rerun its page."""

    address: str
    canvas: str
    again: tuple[str, str]


def lasso_bytes(page: Page, plot: Plot) -> list[int]:
    """Bytes uploaded by a rerun before a lasso, by the lasso, by a rerun after it."""
    line = Line(page)
    page.goto(plot.address)
    over = page.locator(plot.canvas).first
    over.wait_for()
    element, key = plot.again
    found = []
    for step in ("run", "lasso", "run"):
        line.wait_until_idle()
        line.clear()
        if step == "lasso":
            _draw(page, over)
        else:
            page.locator(element).first.press(key)
        line.wait_until_idle()
        found.append(sum(line.sent))
    page.context.close()
    return found


def _draw(page: Page, over: Locator) -> None:
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    for across, down in ((0.7, 0.3), (0.7, 0.7), (0.3, 0.7), (0.3, 0.3)):
        place = box["x"] + across * box["width"], box["y"] + down * box["height"]
        page.mouse.move(*place, steps=5)
    page.mouse.up()


def _bytes_row(own: list[int], other: list[int]) -> Row:
    run, lasso, later = own
    problems = []
    if lasso > MOST_UP:
        problems.append(f"{lasso:,} bytes sent up, at most {MOST_UP:,}")
    if later - run > MOST_GROWTH:
        problems.append(f"{later - run:,} bytes more at the next run")
    words = f"lasso sends {lasso / 1000:.1f} kB up, the next run {later / 1000:.1f} kB"
    plotly = f"plotly, all points: {other[1] / 1000:,.0f}, {other[2] / 1000:,.0f} kB"
    return figures.row(words, [], instead=(plotly, "-"), problems=problems)
