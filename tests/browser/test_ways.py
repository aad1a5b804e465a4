"""Ways through the dashboard: back to a tile, or before a slider; menu and phones."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from pages.common.frame.page_list import PAGES

pytestmark = pytest.mark.browser

FIRST_MS = 90_000  # a dashboard that has just begun is busy with its imports


def settled(page: Page) -> None:
    page.wait_for_function(
        """() => document.querySelector('[data-test-script-state="notRunning"]')
            && !document.querySelector('[data-stale="true"]')"""
    )
    page.wait_for_timeout(500)


def limits(page: Page, answer: str) -> list[str]:
    return parse_qs(urlsplit(page.url).query).get(answer, [])


def test_back_to_the_gallery_is_at_the_same_tile(simulated, page: Page):
    page.goto(f"{simulated}/explore?tiles=96&page=2&sort=Name", timeout=FIRST_MS)
    tile = page.locator(".st-key-gallery a.tile").nth(60)
    name = tile.get_attribute("aria-label").split(",")[0]
    tile.click()
    page.wait_for_url("**/galaxy?**")
    expect(page).to_have_title(f"{name} · morph")
    page.get_by_role("button", name="Back to the gallery").click()
    page.wait_for_url("**/explore?**")
    again = page.locator(f'.st-key-gallery a.tile[aria-label^="{name}"]')
    expect(again).to_be_in_viewport()
    expect(again).to_be_focused()
    assert parse_qs(urlsplit(page.url).query)["page"] == ["2"]


def test_back_after_a_slider_steps_back_one_change(simulated, page: Page):
    page.goto(f"{simulated}/explore", timeout=FIRST_MS)
    settled(page)
    end = page.get_by_role("slider", name="Smooth — start")
    end.focus()
    for key, low in (("PageUp", "0.1"), ("PageUp", "0.2")):
        page.keyboard.press(key)
        page.wait_for_url(f"**smooth={low}*")
        settled(page)
    name = "smooth-or-featured_smooth"
    page.go_back()
    settled(page)
    assert limits(page, name) == ["0.1", "1"]
    page.go_back()
    settled(page)
    assert limits(page, name) == []


def test_the_menu_is_in_sight_at_1280_pixels(simulated, browser: Browser):
    tab = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    tab.goto(simulated, timeout=FIRST_MS)
    settled(tab)
    links = tab.get_by_test_id("stTopNavLink").filter(visible=True)
    expect(links).to_have_count(len(PAGES[""]))
    shown = [text.lower().split()[-1] for text in links.all_inner_texts()]
    assert shown == list(PAGES[""])
    groups = tab.get_by_test_id("stTopNavSection").filter(visible=True)
    names = [text.split()[0] for text in groups.all_inner_texts()]
    assert names == [name for name in PAGES if name]
    expect(groups.last).to_be_in_viewport(ratio=1)
    line = tab.locator(".st-key-line")
    assert line.bounding_box()["height"] < 60  # one row
    tab.context.close()


def test_the_name_of_the_first_page_opens_it_with_the_same_selection(
    simulated, page: Page
):
    query = "smooth-or-featured_smooth=0.4&smooth-or-featured_smooth=1"
    page.goto(f"{simulated}/overview?{query}", timeout=FIRST_MS)
    expect(page).to_have_title("Overview · morph")
    assert limits(page, "smooth-or-featured_smooth") == ["0.4", "1"]
    assert urlsplit(page.url).path == "/"


def test_on_a_phone_the_gallery_is_in_the_first_view(simulated, browser: Browser):
    tab = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    tab.goto(f"{simulated}/explore", timeout=FIRST_MS)
    settled(tab)
    box = tab.locator(".st-key-gallery a.tile").first.bounding_box()
    assert box["y"] + box["height"] < 844
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.context.close()


def test_every_page_has_its_title_in_the_tab(simulated, page: Page):
    for name in (name for group in PAGES.values() for name in group):
        path = "" if name == "overview" else name
        page.goto(f"{simulated}/{path}", timeout=FIRST_MS)
        title = ".+" if name == "galaxy" else name.capitalize()
        expect(page).to_have_title(re.compile(f"^{title} · morph$"))


def test_files_answer_head_and_ranges_and_unknown_paths_are_404(simulated, page: Page):
    page.goto(f"{simulated}/subsets?mag_r=16&mag_r=16.5", timeout=FIRST_MS)
    page.get_by_role("button", name=re.compile("Save the .* selected")).click()
    page.get_by_role("textbox", name="Name").first.fill("For programs")
    page.get_by_role("button", name=re.compile("Save .* galaxies")).click()
    page.wait_for_url("**subset=*")
    subset = parse_qs(urlsplit(page.url).query)["subset"][0]
    address = f"{simulated}/subset/{subset}.parquet?columns=everything"
    whole = httpx.get(address)
    head = httpx.head(address)
    part = httpx.get(address, headers={"Range": "bytes=1000-1999"})
    assert (whole.status_code, head.status_code, part.status_code) == (200, 200, 206)
    assert part.content == whole.content[1000:2000]
    known = [{**one.headers, "date": ""} for one in (whole, head)]
    assert known[0] == known[1] and head.content == b""
    assert int(head.headers["content-length"]) == len(whole.content)
    beyond = {"Range": f"bytes={len(whole.content)}-"}
    assert httpx.get(address, headers=beyond).status_code == 416
    for path in ("explroe", f"subset/{subset}.exe", f"subset/{subset}/x", "static/x"):
        assert httpx.get(f"{simulated}/{path}").status_code == 404
