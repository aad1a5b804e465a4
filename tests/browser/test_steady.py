"""Pages do not jump while they come, and stay where they are when a filter changes."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import settled

pytestmark = pytest.mark.browser

MOST = 0.1  # cumulative layout shift that web.dev calls good
FIRST_MS = 90_000  # a dashboard that has just begun is busy with its imports

# Adds up how far what is seen has moved, also just after somebody pressed a key.
ADD_UP = """
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) window.shifted += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
"""
# A page is shown once it is drawn, or after 4 s (`pages/common/server/first.css`): on a
# busy machine that would be half a page.
PATIENT = """
  document.addEventListener("DOMContentLoaded", () => {
    const style = document.createElement("style");
    const hidden = '[data-testid="stAppViewContainer"]';
    style.textContent = `${hidden} { animation-duration: 120s !important; }`;
    document.head.append(style);
  });
"""
SCROLLED = "() => document.querySelector('[data-testid=stMain]').scrollTop"


def shifted(page: Page) -> float:
    """How far the page has moved since the last time, once it stands still."""
    settled(page)
    page.wait_for_timeout(300)  # galleries within components are drawn after it
    return page.evaluate("() => { const s = shifted; shifted = 0; return s; }")


def limit_brightness(page: Page) -> None:
    """Move the first end of a slider by its keys, and wait for the new count."""
    count = page.locator(".st-key-line").get_by_text(re.compile("of [0-9,]+ galaxies"))
    before = count.inner_text()
    slider = page.get_by_role("slider", name="r-band magnitude (mag) — start")
    slider.evaluate("end => end.focus({ preventScroll: true })")
    for _ in range(40):
        page.keyboard.press("ArrowRight")
    expect(count).not_to_have_text(before)
    settled(page)


@pytest.mark.parametrize("width", [1280, 1440])
def test_nothing_jumps_when_a_page_comes_or_a_filter_changes(simulated, page, width):
    page.add_init_script(ADD_UP)
    page.add_init_script(PATIENT)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(simulated, timeout=FIRST_MS)
    assert shifted(page) < MOST
    page.get_by_test_id("stTopNavLink").filter(has_text="Contrast").click()
    expect(page).to_have_title("Contrast · morph")
    assert shifted(page) < MOST
    limit_brightness(page)
    assert shifted(page) < MOST


@pytest.mark.parametrize("name", ["runs", "data", "methods"])
def test_a_page_without_a_sidebar_is_shown_once_it_is_drawn(simulated, page, name):
    page.add_init_script(PATIENT)
    page.goto(f"{simulated}/{name}", timeout=FIRST_MS)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("Your selection is kept while you are")).to_be_visible()


def test_a_gallery_stays_in_its_place_on_the_screen(simulated, page):
    page.goto(f"{simulated}/explore", timeout=FIRST_MS)
    gallery = page.locator(".st-key-gallery")
    expect(gallery.locator("a.tile").first).to_be_visible()
    settled(page)
    page.evaluate(SCROLLED.replace("scrollTop", "scrollTop = 500"))
    place = gallery.bounding_box()["y"]
    limit_brightness(page)
    assert page.evaluate(SCROLLED) >= 500
    assert gallery.bounding_box()["y"] == pytest.approx(place, abs=2)
