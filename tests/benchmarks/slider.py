"""A slider in Chromium: frames while it is dragged, then the server's exact answer.

``python -m tests.benchmarks.slider --rows 248088`` makes a synthetic release, serves
it and drags an end of a slider on Explore. The counts seen while it is dragged are
compared with brute force. --home keeps the release in a folder for the next run.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page

from data.load_or_wait import enter
from data.synthetic.release import synthetic_release
from morph.home import release_folder
from morph.release.folder import MANIFEST
from tests import plain_counts
from tests.benchmarks import explorer_browser, figures, report, served
from tests.benchmarks.explorer import GALAXIES
from tests.benchmarks.figures import Row
from tests.plain_counts import Plain

RELEASE, STRONG, WEAK = "synthetic", "bar_strong", "bar_weak"
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
_EXACT = """() => {
  window.exact = new Promise((done) => window.addEventListener(
    "morph-news", (event) => "left" in event.detail && done(event.detail.left)));
}"""
_FETCHED = """() => window.morphSliders?.chosen &&
  [...window.morphSliders.columns.values()].every((column) => column.bytes)"""


def rows(url: str, plain: Plain) -> Iterator[Row]:
    """Drag the first end of a slider to and fro, and time it."""
    with explorer_browser.chromium() as new_page:
        page = new_page()
        page.add_init_script(_TIMED)
        received: list[int] = []
        page.on("websocket", lambda socket: socket.on("framereceived", _add(received)))
        page.goto(f"{url}/explore?{STRONG}=0.02&{STRONG}=1&{WEAK}=0.05&{WEAK}=1")
        page.locator("a.tile").first.wait_for()
        explorer_browser.settle(page)
        frames, first, released, kilobytes, messages = [], [], [], [], []
        problems: set[str] = set()
        for drag in range(DRAGS):
            frames_of, seconds, wrong = _dragged(page, plain, received, back=drag % 2)
            first.append(frames_of[0] / 1000)
            frames += [ms / 1000 for ms in frames_of[1:]]
            released.append(seconds)
            kilobytes.append(sum(received) / 1000)
            messages.append(len(received))
            problems |= wrong
    yield figures.row("frame while dragging", frames, goal=FRAME, problems=[*problems])
    yield figures.row("first frame of a drag", first)
    yield figures.row("release -> exact count", released)
    size, number = (sorted(many)[len(many) // 2] for many in (kilobytes, messages))
    late = []
    if size > KILOBYTES or number > MESSAGES:
        late = [f"at most {KILOBYTES} kB in {MESSAGES}"]
    what = f"a change: {size:.1f} kB in {number} messages"
    yield figures.row(what, [], problems=late)


def _add(received: list[int]):
    return lambda payload: received.append(len(payload))


def _dragged(
    page: Page, plain: Plain, received: list[int], *, back: int
) -> tuple[list[float], float, set[str]]:
    """Milliseconds of each frame, seconds to the server's count, and wrong counts."""
    end = page.get_by_role("slider", name="Strong bar — start")
    end.hover()
    page.wait_for_function(_FETCHED)
    page.wait_for_timeout(500)
    box = end.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.down()
    page.evaluate("window.frames_ms = []")
    wrong = set()
    for move in range(1, MOVES + 1):
        page.mouse.move(x + (-1 if back else 1) * _PIXELS * move, y)
        page.wait_for_timeout(20)
        if move % 10 == 0:
            wrong |= _wrong(page, plain, float(end.get_attribute("aria-valuetext")))
    frames = page.evaluate("window.frames_ms")
    received.clear()
    page.evaluate(_EXACT)
    start = time.perf_counter()
    page.mouse.up()
    page.evaluate("window.exact")
    seconds = time.perf_counter() - start
    explorer_browser.settle(page)
    page.wait_for_timeout(500)
    return frames, seconds, wrong


def _wrong(page: Page, plain: Plain, low: float) -> set[str]:
    true = plain.steps({STRONG: (low, 1.0), WEAK: (0.05, 1.0)})[-1]
    shown = page.locator(".st-key-line strong").inner_text()
    return set() if shown == f"{true:,}" else {f"shows {shown} at {low}, not {true:,}"}


def main() -> int:
    parser = report.options_parser(__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=GALAXIES)
    parser.add_argument("--home", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        home = options.home or Path(temporary)
        folder = release_folder(home, RELEASE)
        if not (folder / MANIFEST).is_file():
            synthetic_release(folder, galaxies=options.rows, release_id=RELEASE)
        enter(home, RELEASE, lambda _: None)
        with served.serving(home) as (running, _):
            found = list(rows(running.url, plain_counts.read(folder)))
    report.print_table(found, json=options.json)
    return 1 if options.check and figures.missed(found) else 0


if __name__ == "__main__":
    sys.exit(main())
