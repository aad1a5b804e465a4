"""Pins stay in the browser: over pages, a reload and a new session, until cleared."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.looking import settled

pytestmark = pytest.mark.browser

FIRST_MS = 90_000  # a dashboard that has just begun is busy with its imports


@pytest.fixture
def url(simulated: str) -> str:
    return simulated


def tray(page: Page) -> Locator:
    return page.locator(".st-key-tray")


def name_of(tile: Locator) -> str:
    return tile.get_attribute("aria-label").split(",")[0]


@pytest.fixture
def pinned(url: str, page: Page) -> list[str]:
    """Names of two galaxies that were pinned on Explore by the key."""
    page.goto(f"{url}/explore", timeout=FIRST_MS)
    settled(page)
    names = []
    for place in (0, 3):
        tile = page.locator("a.tile").nth(place)
        names.append(name_of(tile))
        tile.focus()
        page.keyboard.press("s")
        expect(tray(page).locator("a.tile")).to_have_count(len(names))
    return names


def test_pins_are_there_again_after_a_reload_and_on_other_pages(url, page, pinned):
    for path in ("explore", "download"):
        page.goto(f"{url}/{path}")
        expect(tray(page).locator("a.tile")).to_have_count(2)
        assert [name_of(tile) for tile in tray(page).locator("a.tile").all()] == pinned


def test_on_a_phone_all_pins_are_in_view_and_the_page_keeps_its_room(url, page, pinned):
    page.set_viewport_size({"width": 390, "height": 844})
    tile = page.locator(".st-key-gallery a.tile").nth(1)
    tile.focus()
    page.keyboard.press("s")
    shown = tray(page).locator("a.tile")
    expect(shown).to_have_count(3)
    for pin in shown.all():
        expect(pin).to_be_in_viewport(ratio=0.9)
    assert tray(page).bounding_box()["height"] < 844 / 6
    for name in ("Add 3 to a subset", "Compare", "Find similar", "Download", "Clear"):
        expect(tray(page).get_by_role("button", name=name)).to_be_in_viewport(ratio=0.9)


def test_pinned_tiles_are_marked_and_the_tray_scrolls_to_all_of_them(url, page, pinned):
    page.set_viewport_size({"width": 1000, "height": 900})
    tiles = page.locator(".st-key-gallery a.tile")
    for place in (1, 2, 4, 5, 6, 7, 8, 9):
        tiles.nth(place).focus()
        page.keyboard.press("s")
        expect(tiles.nth(place)).to_have_class(re.compile("pinned"))
    shown = tray(page).locator("a.tile")
    expect(shown).to_have_count(10)
    marked = page.locator(".st-key-gallery a.tile.pinned")
    expect(marked).to_have_count(10)
    expect(tiles.nth(2)).to_have_attribute("aria-label", re.compile(", pinned$"))
    expect(tiles.nth(10)).not_to_have_class(re.compile("pinned"))
    row = tray(page).locator(".gallery")
    assert row.evaluate("node => node.scrollWidth > node.clientWidth")
    expect(shown.last).not_to_be_in_viewport()
    shown.last.focus()
    expect(shown.last).to_be_in_viewport(ratio=0.9)


def test_pins_set_by_keys_faster_than_the_page_is_drawn_are_all_there(url, page):
    page.goto(f"{url}/explore", timeout=FIRST_MS)
    tiles = page.locator(".st-key-gallery a.tile")
    expect(tiles).to_have_count(48)
    settled(page)
    names = [name_of(tile) for tile in tiles.all()[:9]]
    tiles.first.focus()
    for _ in range(8):
        page.keyboard.press("s")
        page.keyboard.press("ArrowRight")
    shown = tray(page).locator("a.tile")
    expect(shown).to_have_count(8)
    assert [name_of(tile) for tile in shown.all()] == names[:8]
    expect(tiles.nth(8)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    for _ in range(3):  # off, on and off again
        page.keyboard.press("s")
    expect(shown).to_have_count(7)
    expect(tiles.nth(7)).not_to_have_class(re.compile("pinned"))


def test_cleared_pins_come_back_by_undo_and_stay_away_without(url, page, pinned):
    tray(page).get_by_role("button", name="Clear").click()
    tray(page).get_by_role("button", name="Undo").click()
    expect(tray(page).locator("a.tile")).to_have_count(2)
    tray(page).get_by_role("button", name="Clear").click()
    expect(tray(page).get_by_text("No galaxy is pinned")).to_be_visible()
    page.goto(f"{url}/explore")
    expect(page.locator("a.tile").first).to_be_visible()
    expect(tray(page)).to_have_count(0)


def test_pins_stand_side_by_side(page, pinned):
    tray(page).get_by_role("button", name="Compare").click()
    cards = page.get_by_role("dialog").locator(".compared figure")
    expect(cards).to_have_count(2)
    for card, name in zip(cards.all(), pinned, strict=True):
        expect(card).to_contain_text(name)
    page.get_by_role("dialog").get_by_role("combobox").click()
    page.get_by_role("option", name="Bar", exact=True).click()
    expect(cards.first).to_contain_text(re.compile("Strong bar"))


def test_what_somebody_else_left_in_the_store_does_no_harm(url, page):
    page.goto(url)
    odd = ["J000000.00+000000.0", 7, None, {"a": [1]}, "<b>x</b>" * 99]
    for text in ("{", "7", '"x"', "null"):
        page.evaluate("text => localStorage.setItem('morph-pins', text)", text)
        page.goto(f"{url}/explore")
        expect(page.locator("a.tile").first).to_be_visible()
        expect(tray(page)).to_have_count(0)
    page.evaluate("odd => localStorage.setItem('morph-pins', JSON.stringify(odd))", odd)
    page.goto(f"{url}/explore")
    expect(tray(page).get_by_role("button", name="Add 0 to a subset")).to_be_visible()
