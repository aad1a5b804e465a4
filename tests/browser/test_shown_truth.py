"""What is shown is said rightly: kinds, the release at "/", Compare's words."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from data.synthetic.release import synthetic_release
from morph.home import release_folder
from tests.browser.looking import FIRST_VISIT_MS, settled
from tests.browser.serving import serving

pytestmark = pytest.mark.browser

REAL = {"origin": "real", "survey": "decals", "created": "2026-11-20T10:00:00"}
FRACTIONS = {"fractions": True, "votes": True}
# Name -> how it is made, what its manifest says, its chip, and a part of the tooltip.
KINDS: dict[str, tuple[dict, dict, str, str]] = {
    "real": (
        {},
        {**REAL, "model": "a net"},
        "Real images",
        "Predicted by a model: a net. Release of 2026-11-20.",
    ),
    "modified": (
        {"seed": 3},
        {**REAL, "title": "Galaxies artificially redshifted, step 2 of 6"},
        "Modified images",
        "not a classification of the observed images",
    ),
    "votes": (
        FRACTIONS,
        {**REAL, "details": {"source": {"file": "votes.csv"}}},
        "Volunteers’ votes",
        "no model predicted them",
    ),
    "invented": ({"seed": 5}, {}, "Simulated", "Simulated galaxies; none is real."),
    "demo": (
        {"seed": 6},
        {"origin": "demonstration"},
        "Demonstration",
        "Simulated galaxies for trying out morph",
    ),
}


def write(root: Path, name: str, made: dict[str, Any], manifest: dict) -> None:
    folder = release_folder(root, name)
    synthetic_release(folder, galaxies=600, release_id=name, **made)
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | manifest))


@pytest.fixture(scope="module")
def url(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard over a release of each kind; real and votes share their galaxies."""
    root = tmp_path_factory.mktemp("kinds")
    for name, (made, manifest, *_) in KINDS.items():
        write(root, name, made, manifest)
    with serving(root, loaded=False) as address:
        yield address


def shown(page: Page) -> str:
    """The name that the menu of releases begins with."""
    menu = page.get_by_test_id("stMain").get_by_role("combobox", name="Release")
    return (menu.first.input_value() or "").split(" · ")[0]


@pytest.mark.parametrize("name", KINDS)
def test_a_chip_says_what_the_release_is(url, page: Page, name):
    _, _, word, meaning = KINDS[name]
    page.goto(f"{url}/?release={name}", timeout=FIRST_VISIT_MS)
    settled(page)
    chip = page.locator(".st-key-line .stMarkdownBadge").filter(has_text=word).first
    expect(chip).to_be_visible()
    chip.hover()
    expect(page.get_by_text(meaning).first).to_be_visible()


def test_the_release_at_the_root_is_chosen_and_undone(
    url, page: Page, browser: Browser
):
    page.goto(f"{url}/", timeout=FIRST_VISIT_MS)
    settled(page)
    newest = shown(page)
    chosen = next(name for name in KINDS if name != newest)
    page.goto(f"{url}/?release={chosen}")
    settled(page)
    page.get_by_role("button", name="Open morph with this release").click()
    expect(page.get_by_text(f"morph now opens with {chosen}.")).to_be_visible()
    other = browser.new_page()
    other.goto(f"{url}/", timeout=FIRST_VISIT_MS)
    settled(other)
    assert shown(other) == chosen
    other.reload()
    settled(other)
    assert shown(other) == chosen
    other.close()
    page.locator(".st-key-undo_opening").get_by_role("button").click()
    expect(page.get_by_text("The last choice was undone.")).to_be_visible()
    page.goto(f"{url}/")
    settled(page)
    assert shown(page) == newest


def test_compare_begins_with_what_shares_most_and_can_be_swapped(url, page: Page):
    page.goto(f"{url}/compare?release=real&question=Bar", timeout=FIRST_VISIT_MS)
    settled(page)
    words = page.get_by_text("Changes are from votes (Volunteers’ votes")
    expect(words.first).to_be_visible()
    expect(
        page.get_by_text("agreement compares real with volunteers").first
    ).to_be_visible()
    page.get_by_role("button", name="Swap").click()
    expect(page.get_by_text("Changes are from real (Real images").first).to_be_visible()
    settled(page)
    assert "release=votes" in page.url and "question=Bar" in page.url
    assert shown(page) == "votes"


def test_designer_promises_nothing_that_was_not_checked(url, page: Page):
    page.goto(f"{url}/designer?release=real&purity=50", timeout=FIRST_VISIT_MS)
    settled(page)
    expect(page.get_by_text("never checked against votes")).to_be_visible()
    expect(page.get_by_text(re.compile(r"Expect \d"))).to_have_count(0)
