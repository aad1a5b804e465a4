"""Labelling in Chromium: from a key to the next image, the answer being on disk.

Queues are drawn on the page: of the galaxies with an image, and of the whole release.
The server acknowledges an answer when it is on disk, and the image changes after that.
"""

import json
from collections.abc import Callable, Iterator, Set
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
from playwright.sync_api import Page

from morph.home import labels_folder
from tests.benchmarks import browsing, figures
from tests.benchmarks.figures import Row
from tests.plain_counts import Plain

NEXT: figures.Goal = (None, 100)
KEYS, PAUSE_MS = 100, 150
# The store has the galaxies with the largest product of these fractions.
_PICTURED_BY = ("smooth-or-featured_featured-or-disk", "disk-edge-on_no", "bar_strong")
# Notes the time from each key to the frame in which the next place is painted.
_TIMED = """(root) => {
  window.key_ms = [];
  let pressed = 0;
  document.addEventListener("keydown", (event) => (pressed = event.timeStamp), true);
  const painted = () => window.key_ms.push({
    ms: performance.now() - pressed,
    image: Boolean(root.querySelector("figure img")?.naturalWidth),
    saved: Boolean(root.querySelector(".status.saved")),
  });
  window.places?.disconnect();  // that of an earlier queue
  window.places = new MutationObserver(
    () => requestAnimationFrame(() => setTimeout(painted)));
  window.places.observe(root, { attributes: true, attributeFilter: ["data-number"] });
}"""


def rows(
    new_page: Callable[[], Page], url: str, home: Path, plain: Plain, pictured: Set[str]
) -> Iterator[Row]:
    """Two rows: galaxies that all have an image, and the whole release."""
    page = new_page()
    page.goto(f"{url}/label?{_only_pictured(plain, pictured)}")
    browsing.settle(page)
    page.get_by_label("Question", exact=True).fill("Is there a ring?")
    page.get_by_label("Answers, one per line").fill("Ring\nNo ring")
    page.get_by_label("Answers, one per line").blur()
    browsing.settle(page)
    page.get_by_role("button", name="Create question").click()
    page.get_by_text("No queue yet").wait_for()
    _draw(page)
    page.get_by_label("Your name").fill("bench")
    page.get_by_label("Your name").press("Enter")
    times, problems = _label(page, images=True)
    problems += _not_on_disk(home, KEYS)
    what = "label: key -> next image, the answer on disk"
    yield figures.row(what, times, goal=NEXT, problems=problems)
    page.get_by_role("button", name="New queue").click()
    page.get_by_text("The whole release").click()
    browsing.settle(page)
    _draw(page)
    times, problems = _label(page, images=False)
    problems += _not_on_disk(home, 2 * KEYS)
    what = f"label: key -> next of {len(plain.shares):,} galaxies, few with an image"
    yield figures.row(what, times, goal=NEXT, problems=problems)
    page.context.close()


def _only_pictured(plain: Plain, pictured: Set[str]) -> str:
    """The query of limits that only galaxies with an image meet."""
    product = plain.shares[list(_PICTURED_BY)].prod(axis=1)
    most = product[~product.index.isin(pictured)].max()
    low = np.ceil(1000 * most ** (1 / len(_PICTURED_BY))) / 1000
    return urlencode({label: (low, 1) for label in _PICTURED_BY}, doseq=True)


def _draw(page: Page) -> None:
    """Draw a queue of as many galaxies as there are."""
    field = page.get_by_role("spinbutton", name="Galaxies", exact=True)
    field.fill(field.get_attribute("max"))
    field.press("Enter")
    browsing.settle(page)
    page.get_by_role("button", name="Draw the queue").click()
    page.get_by_role("button", name="New queue").wait_for()
    browsing.settle(page)


def _label(page: Page, *, images: bool) -> tuple[list[float], list[str]]:
    """Seconds from each key to the next place, and what was wrong."""
    queue = page.locator(".label_queue[data-number='0']")
    queue.wait_for()
    page.wait_for_timeout(PAUSE_MS)
    queue = page.locator(".label_queue")
    queue.evaluate(_TIMED)
    for number in range(KEYS):
        page.keyboard.press("12"[number % 2])
        page.locator(f".label_queue[data-number='{number + 1}']").wait_for()
        page.wait_for_timeout(PAUSE_MS)
    page.wait_for_timeout(PAUSE_MS)
    noted = page.evaluate("window.key_ms")
    problems = [] if len(noted) == KEYS else [f"{len(noted)} of {KEYS} places shown"]
    problems += [] if all(one["saved"] for one in noted) else ["a place not saved"]
    if images and not all(one["image"] for one in noted):
        problems.append("a place without its image")
    return [one["ms"] / 1000 for one in noted], problems


def _not_on_disk(home: Path, expected: int) -> list[str]:
    lines = [
        json.loads(line)
        for path in labels_folder(home).glob("*.jsonl")
        for line in path.read_text().splitlines()
    ]
    found = sum(one["kind"] == "answer" for one in lines)
    return [] if found == expected else [f"{found} answers on disk, not {expected}"]
