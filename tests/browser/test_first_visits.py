"""Every page by a link, as one of the first visits of a server that has just begun.

Then again, of a release of the other decision tree.
"""

import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from data.synthetic.release import synthetic_release
from morph.home import release_folder
from morph.trees.decision_tree import GZD5, DecisionTree
from pages.common.frame.page_list import PAGES
from tests import plain_counts
from tests.browser.looking import FIRST_VISIT_MS, expect_count, query_of, settled
from tests.browser.serving import serving
from tests.plain_counts import Limits
from tests.trees import GZ2

pytestmark = pytest.mark.browser

LIMITS = {"bar_strong": (0.35, 1.0), "bar_no": (0.0, 0.55)}
OF_GZ2 = {"t02-edgeon_a05-no": (0.5, 1.0)}

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
WITHOUT_SELECTION = ("data", "runs", "methods")
SERVERS = 3  # each is visited by five tabs at once, before any page has come


def registered() -> list[tuple[str, str]]:
    """Name and title of every page of the menu."""
    names = [name for pages in PAGES.values() for name in pages]
    assert {"overview", *SHOWS, *WITHOUT_SELECTION} <= set(names)
    return [(name, name.capitalize()) for name in names]


def visits() -> list[list[tuple[str, str]]]:
    """The pages of each server; neighbours in the menu, which share code, are apart."""
    return [registered()[first::SERVERS] for first in range(SERVERS)]


def write_home(root: Path) -> None:
    """Two small releases, since Compare needs two, and one of Galaxy Zoo 2."""
    made = (("older", 1, GZD5), ("gz2", 2, GZ2), ("newer", 0, GZD5))
    for release_id, seed, tree in made:
        folder = release_folder(root, release_id)
        synthetic_release(
            folder,
            galaxies=800,
            seed=seed,
            release_id=release_id,
            projection=True,
            features=16,
            tree=tree,
        )


class Servers:
    """Fresh servers, one after another; the next begins while one is looked at."""

    def __init__(self, folder: Path) -> None:
        self.thread = ThreadPoolExecutor(1)
        self.folder = folder
        write_home(folder / "written")
        self.begun = 0
        self.coming = [self.thread.submit(self._begin)]

    def _begin(self) -> tuple[ExitStack, Path, str]:
        self.begun += 1
        root = self.folder / str(self.begun)
        shutil.copytree(self.folder / "written", root)
        stack = ExitStack()
        return stack, root, stack.enter_context(serving(root, loaded=False))

    def next(self) -> tuple[ExitStack, Path, str]:
        found = self.coming.pop().result()
        if self.begun < SERVERS:
            self.coming.append(self.thread.submit(self._begin))
        return found

    def close(self) -> None:
        for one in self.coming:
            one.result()[0].close()
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


@pytest.mark.parametrize(
    "pages", visits(), ids=lambda pages: "-".join(name for name, _ in pages)
)
def test_links_are_the_first_visits_of_a_server(fresh, page: Page, pages):
    root, url = fresh
    tabs = [page, *(page.context.new_page() for _ in pages[1:])]
    for tab, (name, _) in zip(tabs, pages, strict=True):
        path = "" if name == "overview" else name
        address = f"{url}/{path}?release=older&{query_of(LIMITS)}"
        tab.goto(address, timeout=FIRST_VISIT_MS, wait_until="commit")
    for tab, (name, title) in zip(tabs, pages, strict=True):
        tab.bring_to_front()
        expect_shown(tab, title, name)
        expect_selected(tab, root / "releases" / "older", name, LIMITS)
    for tab, (name, _) in zip(tabs, pages, strict=True):
        path = "" if name == "overview" else name
        tab.goto(f"{url}/{path}?release=gz2&{query_of(OF_GZ2)}", wait_until="commit")
    for tab, (name, title) in zip(tabs, pages, strict=True):
        tab.bring_to_front()
        expect_shown(tab, title, name)
        expect_selected(tab, root / "releases" / "gz2", name, OF_GZ2)
        expect_questions(tab, GZ2, name)


def expect_shown(page: Page, title: str, name: str) -> None:
    """The page is there without an error."""
    settled(page)
    shown = re.compile(r"^J\S+ · morph$") if name == "galaxy" else f"{title} · morph"
    expect(page).to_have_title(shown, timeout=FIRST_VISIT_MS)
    shows = page.get_by_test_id("stMain").locator(SHOWS.get(name, "h1, h2, h3"))
    expect(shows.first).to_be_visible(timeout=FIRST_VISIT_MS)
    assert page.get_by_test_id("stException").count() == 0
    assert page.get_by_text("Internal error in morph").count() == 0


def expect_selected(page: Page, release: Path, name: str, limits: Limits) -> None:
    """The page counts the galaxies of its link."""
    if name not in WITHOUT_SELECTION:
        plain = plain_counts.read(release)
        held = plain.names(limits)
        assert 0 < len(held) < len(plain.shares)
        expect_count(page, plain, len(held))


def expect_questions(page: Page, tree: DecisionTree, name: str) -> None:
    """The sidebar has the questions of the tree and of no other."""
    if name not in WITHOUT_SELECTION:
        blocks = page.get_by_test_id("stSidebar").locator(
            "section.group > button.title"
        )
        expect(blocks).to_have_count(len(tree.questions))
        titles = blocks.all_inner_texts()
        found = [one for one in tree.questions if any(one.title in t for t in titles)]
        assert found == list(tree.questions)
        own = {one.title for one in tree.questions}
        others = [one.title for one in GZD5.questions if one.title not in own]
        assert not [one for one in others if any(one in title for title in titles)]
