"""Pages in Chromium for a benchmark, and what goes over their line."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, Request, WebSocket

from morph.errors import MorphError
from tests.browser.chromium import MISSING, find_chromium, launched
from tests.screenshots import PICTURES_HAVE_COME, SIZE

PATIENCE_MS = 120_000
QUIET_MS = 1000  # a line is idle after so long without a message
MOST_TURNS = 20  # of that wait
_SETTLED = (
    "() => document.querySelector('[data-testid=stApp]')"
    ".getAttribute('data-test-script-state') === 'notRunning'"
)
# The server's exact count of a selection, which the sliders hear of.
_EXACT = """() => {
  window.exact = new Promise((done) => window.addEventListener(
    "morph-news", (event) => "left" in event.detail && done(event.detail.left)));
}"""
# Each number of galaxies that the page shows, with its time, and the last release.
_SHOWN = """() => {
  window.shown = [];
  const note = () => {
    const text = document.querySelector(".st-key-line strong")?.innerText;
    const number = Number(text?.replaceAll(",", ""));
    if (window.shown.at(-1)?.number !== number)
      window.shown.push({ number, at: performance.now() });
  };
  const observed = { characterData: true, childList: true, subtree: true };
  new MutationObserver(note).observe(document.body, observed);
  const released = () => (window.released_at = performance.now());
  window.addEventListener("pointerup", released, { capture: true });
  note();
}"""


class Line:
    """Bytes of each message on a page's websocket, and what the page fetched."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.received: list[int] = []
        self.sent: list[int] = []
        self.requests: list[Request] = []
        page.on("websocket", self._listen)
        page.on("requestfinished", lambda request: self.requests.append(request))

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda message: self.received.append(len(message)))
        socket.on("framesent", lambda message: self.sent.append(len(message)))

    def clear(self) -> None:
        for several in (self.received, self.sent, self.requests):
            several.clear()

    @property
    def bytes_fetched(self) -> int:
        """Bytes of the answers to requests beside the websocket: images, columns."""
        return sum(one.sizes()["responseBodySize"] for one in list(self.requests))

    def wait_until_idle(self) -> None:
        """Wait until nothing has come or gone for a while, and no script runs.

        MorphError if the line is never idle.
        """
        for _ in range(MOST_TURNS):
            before = len(self.received), len(self.sent), len(self.requests)
            self._page.wait_for_timeout(QUIET_MS)
            if before == (len(self.received), len(self.sent), len(self.requests)):
                settle(self._page)
                return
        raise MorphError(f"messages go on for {MOST_TURNS * QUIET_MS / 1000:.0f} s")


@contextmanager
def chromium() -> Iterator[Callable[[], Page]]:
    """A function that opens tabs in a Chromium, each in a new context."""
    path = find_chromium()
    if path is None:
        raise MorphError(MISSING)
    with launched(path) as browser:

        def new_page() -> Page:
            page = browser.new_context(viewport=SIZE).new_page()
            page.set_default_timeout(PATIENCE_MS)
            return page

        yield new_page


def exact_count(page: Page, change: Callable[[], None]) -> tuple[int, float]:
    """The server's count after a change of a slider, and its seconds."""
    page.evaluate(_EXACT)
    start = time.perf_counter()
    change()
    count = page.evaluate("window.exact")
    return count, time.perf_counter() - start


def note_shown_counts(page: Page) -> None:
    """Have the page note the numbers of galaxies that it shows, from now on."""
    page.evaluate(_SHOWN)


def shown_for_good(page: Page, count: int) -> float | None:
    """Seconds from the last release of the mouse until ``count`` is shown for good.

    0 if it was shown before; None if another number is shown.
    """
    last = page.evaluate("window.shown.at(-1)")
    if last["number"] != count:
        return None
    return max(0.0, last["at"] - page.evaluate("window.released_at")) / 1000


def settle(page: Page) -> None:
    """Wait until the script has run and the previous page has gone."""
    page.wait_for_function(_SETTLED)
    page.wait_for_function("() => !document.querySelector('[data-stale=true]')")


def complete(page: Page) -> None:
    """Wait until the page has settled, and its images in view have come."""
    settle(page)
    page.wait_for_function(PICTURES_HAVE_COME)
