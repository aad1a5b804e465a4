"""Every page by a link as the first visit of a server that has just begun."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from data.synthetic.release import synthetic_release
from morph.home import release_folder
from pages.common.frame.page_list import PAGES
from tests import plain_counts
from tests.browser.looking import FIRST_VISIT_MS, expect_count, query_of, settled
from tests.browser.serving import serving

pytestmark = pytest.mark.browser

LIMITS = {"bar_strong": (0.35, 1.0), "bar_no": (0.0, 0.55)}

# What a page shows when it has come; others must at least have a heading.
SHOWS = {
    "explore": "a.tile",
    "contrast": "a.tile",
    "simplex": "canvas.over",
    "map": "canvas.over",
    "similar": "a.tile",
    "designer": ".js-plotly-plot",
    "populations": ".js-plotly-plot",
    "download": ".st-key-download button",
}
WITHOUT_SELECTION = ("runs", "methods")


def registered() -> list[tuple[str, str]]:
    """Name and title of every page of the menu."""
    names = [name for pages in PAGES.values() for name in pages]
    assert {"overview", *SHOWS, *WITHOUT_SELECTION} <= set(names)
    return [(name, name.capitalize()) for name in names]


def write_home(root: Path) -> None:
    """Two small releases, since Compare needs two."""
    for release_id, seed in (("older", 1), ("newer", 0)):
        folder = release_folder(root, release_id)
        synthetic_release(
            folder,
            galaxies=800,
            seed=seed,
            release_id=release_id,
            projection=True,
            features=16,
        )


class Servers:
    """Fresh servers, one after another; the next begins while one is looked at."""

    def __init__(self, folder: Path) -> None:
        self.thread = ThreadPoolExecutor(1)
        self.folder = folder
        self.begun = 0
        self.coming = self.thread.submit(self._begin)

    def _begin(self) -> tuple[ExitStack, Path, str]:
        self.begun += 1
        root = self.folder / str(self.begun)
        write_home(root)
        stack = ExitStack()
        return stack, root, stack.enter_context(serving(root))

    def next(self) -> tuple[ExitStack, Path, str]:
        found = self.coming.result()
        self.coming = self.thread.submit(self._begin)
        return found

    def close(self) -> None:
        self.coming.result()[0].close()
        self.thread.shutdown()


@pytest.fixture(scope="module")
def servers(chromium: str, tmp_path_factory: pytest.TempPathFactory):
    made = Servers(tmp_path_factory.mktemp("fresh"))
    yield made
    made.close()


@pytest.fixture
def fresh(servers: Servers) -> Iterator[tuple[Path, str]]:
    stack, root, url = servers.next()
    with stack:
        yield root, url


@pytest.mark.parametrize(("name", "title"), registered())
def test_a_link_is_the_first_visit_of_a_server(fresh, page: Page, name, title):
    root, url = fresh
    path = "" if name == "overview" else name
    address = f"{url}/{path}?release=older&{query_of(LIMITS)}"
    page.goto(address, timeout=FIRST_VISIT_MS)
    settled(page)
    expect(page).to_have_title(f"{title} · morph", timeout=FIRST_VISIT_MS)
    shows = page.get_by_test_id("stMain").locator(SHOWS.get(name, "h1, h2, h3"))
    expect(shows.first).to_be_visible(timeout=FIRST_VISIT_MS)
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_text("Internal error in morph").count() == 0
    if name not in WITHOUT_SELECTION:
        older = plain_counts.read(release_folder(root, "older"))
        held = older.names(LIMITS)
        assert 0 < len(held) < len(older.shares)
        expect_count(page, older, len(held))
