"""A slider in Chromium: frames while it is dragged, the release, what a change sends.

Then labelling by keys (`labelling`).

``python -m tests.benchmarks.slider --rows 248088`` makes a synthetic release, serves
it and drags an end of a slider on Explore. The counts seen while it is dragged, and
after it, are compared with brute force; the release is compared with that on a page of
the old style. With --check it exits 1 if a goal is missed.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from playwright.sync_api import Locator, Page

from data.demo.dashboard import Dashboard
from morph.home import cutouts_folder, release_folder
from morph.images.store import names_with_cutout
from tests import plain_counts
from tests.benchmarks import (
    browsing,
    comparators,
    figures,
    labelling,
    report,
    served,
)
from tests.benchmarks.browsing import Line
from tests.benchmarks.figures import Row
from tests.benchmarks.slider_release import release_rows
from tests.benchmarks.synthetic_home import RELEASE, prepared
from tests.plain_counts import Plain

STRONG, WEAK = "bar_strong", "bar_weak"
FRAME: figures.Goal = (16, 33)
KILOBYTES, MESSAGES = 15, 25
DRAGS, MOVES = 5, 40
_PIXELS = 3  # between two moves
# Times what is done for each frame, with the layout that it causes.
_TIMED = """
  const later = window.requestAnimationFrame.bind(window);
  window.frames_ms = [];
  window.requestAnimationFrame = (draw) => later((moment) => {
    const start = performance.now();
    draw(moment);
    document.body.offsetHeight;
    window.frames_ms.push(performance.now() - start);
  });
"""
_FETCHED = """() => window.morphSliders?.chosen &&
  [...window.morphSliders.columns.values()].every((column) => column.bytes)"""


@dataclass
class Dragged:
    """What was measured of several drags of an end of a slider."""

    first: list[float] = field(default_factory=list)  # s, the first frame of each
    frames: list[float] = field(default_factory=list)
    released: list[float] = field(default_factory=list)
    kilobytes: list[float] = field(default_factory=list)
    messages: list[int] = field(default_factory=list)
    fetched: list[float] = field(default_factory=list)  # kB beside the messages
    problems: list[str] = field(default_factory=list)


def drag_rows(page: Page, url: str, plain: Plain) -> Iterator[Row]:
    """Drag the first end of a slider to and fro, and time it."""
    page.add_init_script(_TIMED)
    line, found = Line(page), Dragged()
    page.goto(f"{url}/explore?{STRONG}=0.02&{STRONG}=1&{WEAK}=0.05&{WEAK}=1")
    page.locator("a.tile").first.wait_for()
    browsing.settle(page)
    for number in range(DRAGS):
        _drag(page, line, plain, found, back=number % 2)
    page.context.close()
    problems = served.once(found.problems)
    yield figures.row(
        "frame while dragging", found.frames, goal=FRAME, problems=problems
    )
    yield figures.row("first frame of a drag", found.first)
    yield figures.row("release of a drag -> exact count", found.released)
    size, number, fetched = map(
        np.median, (found.kilobytes, found.messages, found.fetched)
    )
    late = []
    if size > KILOBYTES or number > MESSAGES:
        late = [f"at most {KILOBYTES} kB in {MESSAGES}"]
    what = f"a change: {size:.1f} kB in {number:.0f} messages"
    what = f"{what}, then {fetched:.0f} kB of images and columns"
    yield figures.row(what, [], problems=late)


def _drag(page: Page, line: Line, plain: Plain, found: Dragged, *, back: int) -> None:
    """One drag; the bytes are those of the whole of it, from an idle line to the next.

    A browser fetches the columns it counts in when the mouse comes near: before this.
    """
    end = page.get_by_role("slider", name="Strong bar — start")
    end.hover()
    page.wait_for_function(_FETCHED)
    line.wait_until_idle()
    box = end.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    line.clear()
    page.mouse.down()
    page.evaluate("window.frames_ms = []")
    for move in range(1, MOVES + 1):
        page.mouse.move(x + (-1 if back else 1) * _PIXELS * move, y)
        page.wait_for_timeout(20)
        if move % 10 == 0:
            found.problems += _wrong(page, plain, end)
    frames = page.evaluate("window.frames_ms")
    found.problems += [] if frames else ["no frame was drawn"]
    count, seconds = browsing.exact_count(page, page.mouse.up)
    line.wait_until_idle()
    found.problems += _wrong(page, plain, end, count)
    found.first += [ms / 1000 for ms in frames[:1]]
    found.frames += [ms / 1000 for ms in frames[1:]]
    found.released.append(seconds)
    found.kilobytes.append(sum(line.received) / 1000)
    found.messages.append(len(line.received))
    found.fetched.append(line.bytes_fetched / 1000)


def _wrong(
    page: Page, plain: Plain, end: Locator, count: int | None = None
) -> list[str]:
    low = float(end.get_attribute("aria-valuetext"))
    true = plain.steps({STRONG: (low, 1.0), WEAK: (0.05, 1.0)})[-1]
    shown = page.locator(".st-key-line strong").inner_text()
    if shown == f"{true:,}" and count in (None, true):
        return []
    return [f"shows {shown} at {low}, the server says {count}, not {true:,}"]


def rows(
    running: Dashboard, home: Path, plain: Plain, pictured: set[str]
) -> Iterator[Row]:
    """``pictured`` are the galaxies with an image."""
    save = comparators.saved_thumbnails(running.url, RELEASE, sorted(pictured))
    with browsing.chromium() as new_page:
        yield from drag_rows(new_page(), running.url, plain)
        with comparators.serving_old_style(plain, save) as old:
            yield from release_rows(new_page, running.url, old.port, plain, pictured)
        yield from labelling.rows(new_page, running.url, home, plain, pictured)


def main() -> int:
    parser = report.release_parser(__doc__.splitlines()[0], repeats=DRAGS)
    options = parser.parse_args()
    with report.home_of(options) as folder:
        home = prepared(folder, options.rows)
        plain = plain_counts.read(release_folder(home, RELEASE))
        store = cutouts_folder(home, RELEASE)
        pictured = names_with_cutout(store, list(plain.shares.index))
        with served.serving(home) as (running, _):
            found = list(rows(running, home, plain, pictured))
    return report.finish(found, options)


if __name__ == "__main__":
    sys.exit(main())
