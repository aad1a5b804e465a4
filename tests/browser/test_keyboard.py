"""A visit without a mouse: Tab, arrows, Enter and the shortcuts, focus always seen."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from morph.home import release_folder
from tests import plain_counts
from tests.browser.looking import expect_count, names_shown, settled

pytestmark = pytest.mark.browser

RELEASE = "demo-bmz"
SMOOTH = "smooth-or-featured_smooth"
MOST_STOPS = 150

# What has the focus, through the roots of components, and whether that could be seen of
# what had it before: whether it, or what is around it, has looked different since.
FOCUSED = """() => {
  const look = (node) => {
    const of = getComputedStyle(node);
    const after = getComputedStyle(node, "::after").boxShadow;
    const { outline, boxShadow, borderColor, backgroundColor, color } = of;
    return [outline, boxShadow, borderColor, backgroundColor, color, after].join();
  };
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  const before = window.focusedBefore ?? [];
  const seen = !before.length || before.some(([node, was]) => look(node) !== was);
  window.focusedBefore = [];
  if (!at || at === document.body) return { nothing: true, seen };
  for (let node = at, up = 0; node && up < 5; node = node.parentElement, up++)
    window.focusedBefore.push([node, look(node)]);
  return {
    name:
      at.getAttribute("aria-label") || at.labels?.[0]?.textContent || at.textContent,
    kind: at.getAttribute("role") || at.type || at.tagName.toLowerCase(),
    classes: String(at.className),
    seen,
  };
}"""
AT_ONCE = "*, ::before, ::after { transition: none !important }"


def tab(page: Page, stops: list[dict]) -> dict | None:
    """Press Tab; what has the focus now. What had it must have shown that."""
    page.keyboard.press("Tab")
    stop = page.evaluate(FOCUSED)
    assert stop["seen"], f"no focus to be seen on {stops[-1]}"
    if stop.get("nothing"):
        return None
    stops.append(stop)
    return stop


def tab_until(page: Page, wanted: Callable[[dict], bool]) -> dict:
    """Press Tab until what has the focus is wanted."""
    stops: list[dict] = []
    page.evaluate("window.focusedBefore = []")
    page.add_style_tag(content=AT_ONCE)
    for _ in range(MOST_STOPS):
        stop = tab(page, stops)
        if stop and wanted(stop):
            return stop
    raise AssertionError(f"not reached by {MOST_STOPS} times Tab: {stops[-2:]}")


def is_tile(stop: dict) -> bool:
    return "tile" in stop["classes"].split()


def test_a_visit_by_keyboard_alone(demo, page: Page):
    released = plain_counts.read(release_folder(demo.root, RELEASE))
    page.goto(demo.url)
    expect_count(page, released, len(released.shares))
    settled(page)
    page.add_style_tag(content=AT_ONCE)
    tab_until(page, lambda stop: stop["name"].strip().endswith("Explore"))
    page.keyboard.press("Enter")
    expect(page).to_have_title("Explore · morph")
    names_shown(page)
    tab_until(page, lambda stop: stop["name"].startswith("Smooth — start"))
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    held = released.names({SMOOTH: (0.20, 1.0)})
    expect_count(page, released, len(held))
    tab_until(page, is_tile)
    page.keyboard.press("ArrowRight")
    second = page.evaluate(FOCUSED)["name"].split(",")[0]
    shown = names_shown(page)
    assert second == shown[1]
    assert second in held
    page.keyboard.press("s")
    expect(page.locator(".st-key-tray a.tile")).to_have_count(1)
    assert page.evaluate(FOCUSED)["name"].split(",")[0] == second
    page.keyboard.press("Enter")
    for key, place in ((None, 1), ("ArrowRight", 2), ("ArrowLeft", 1)):
        if key:
            page.keyboard.press(key)
        expect(page.get_by_role("heading", name=shown[place])).to_be_visible()
    for place in (2, 1, None):  # the browser's own key for Back is not the page's
        page.go_back()
        if place is not None:
            expect(page.get_by_role("heading", name=shown[place])).to_be_visible()
    expect_count(page, released, len(held))
    assert names_shown(page) == shown


@pytest.mark.parametrize("path", ["explore", "simplex", "map", "similar", "subsets"])
def test_tab_goes_through_a_page_and_out_of_it(demo, page: Page, path):
    page.goto(f"{demo.url}/{path}")
    expect(page.get_by_text(re.compile("of [0-9,]+ galaxies")).first).to_be_visible()
    settled(page)
    page.add_style_tag(content=AT_ONCE)
    stops: list[dict] = []
    for _ in range(MOST_STOPS):
        if tab(page, stops) is None and len(stops) > 20:
            break
    else:
        raise AssertionError(f"Tab never leaves the page; last: {stops[-3:]}")
    assert not [stop for stop in stops if not stop["name"].strip()]
