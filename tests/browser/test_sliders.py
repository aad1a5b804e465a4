"""Sliders count while an end is moved, as brute force does, and then as the server."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from morph.home import release_folder
from tests import plain_counts
from tests.browser.looking import expect_count, settled
from tests.plain_counts import Plain

pytestmark = pytest.mark.browser

FIRST_MS = 90_000  # a dashboard that has just begun is busy with its imports
SMOOTH, STRONG, WEAK = "smooth-or-featured_smooth", "bar_strong", "bar_weak"
# The browser has all it asked for, after the page was drawn.
FETCHED = """() => {
  const { columns, chosen } = window.morphSliders ?? {};
  const all = [...(columns?.values() ?? [])];
  const isEnough = chosen && all.length >= Object.keys(chosen).length;
  return isEnough && all.every((column) => column.bytes);
}"""


@pytest.fixture(scope="module")
def plain(simulated_home) -> Plain:
    return plain_counts.read(release_folder(simulated_home, "simulated"))


def opened(page: Page, url: str, query: str = "") -> None:
    page.goto(f"{url}/explore?{query}", timeout=FIRST_MS)
    expect(page.get_by_text(re.compile("of [0-9,]+ galaxies")).first).to_be_visible()
    settled(page)


def end_of(page: Page, words: str, which: str = "start") -> Locator:
    return page.get_by_role("slider", name=f"{words} — {which}")


def taken(page: Page, end: Locator) -> tuple[float, float]:
    """Where an end is, once the mouse is over it and the browser can count."""
    end.hover()
    page.wait_for_function(FETCHED)
    box = end.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def dragged(page: Page, end: Locator, by: tuple[int, ...]) -> Iterator[float]:
    """Drag an end to places, in pixels from where it is; gives the values there."""
    x, y = taken(page, end)
    page.mouse.down()
    before = end.get_attribute("aria-valuetext")
    for move in by:
        page.mouse.move(x + move, y)
        expect(end).not_to_have_attribute("aria-valuetext", before)
        before = end.get_attribute("aria-valuetext")
        yield float(before)
    page.mouse.up()


def shown(page: Page) -> str:
    return page.locator(".st-key-line strong").inner_text()


def funnel(page: Page) -> list[int]:
    texts = page.locator(".st-key-explore_line .step b").all_inner_texts()
    return [int(text.replace(",", "")) for text in texts]


def test_count_and_funnel_follow_a_drag_and_the_server_agrees(simulated, plain, page):
    query = f"{WEAK}=0.1&{WEAK}=1&{STRONG}=0.02&{STRONG}=1"
    opened(page, simulated, query)
    histogram = page.locator(f"[data-parameter={SMOOTH}] path.chosen")
    before = histogram.get_attribute("d")
    limits = {}
    for low in dragged(page, end_of(page, "Strong bar"), (20, 60, 40)):
        limits = {STRONG: (low, 1.0), WEAK: (0.1, 1.0)}
        expected = [len(plain.shares), *plain.steps(limits)]
        assert funnel(page) == expected
        assert shown(page) == f"{expected[-1]:,}"
    assert histogram.get_attribute("d") != before
    expect(page).to_have_url(re.compile(f"{STRONG}={limits[STRONG][0]:g}&"))
    settled(page)
    expect_count(page, plain, plain.steps(limits)[-1])
    assert funnel(page) == [len(plain.shares), *plain.steps(limits)]
    page.reload()
    settled(page)
    expect_count(page, plain, plain.steps(limits)[-1])
    low = f"{limits[STRONG][0]:.2f}"
    expect(end_of(page, "Strong bar")).to_have_attribute("aria-valuetext", low)


def test_a_first_limit_brings_the_conditions_of_the_tree(simulated, plain, page):
    opened(page, simulated)
    page.get_by_role("button", name="Bar", exact=True).click()
    end = end_of(page, "Strong bar")
    expect(end).to_be_visible()
    settled(page)
    for low in dragged(page, end, (30,)):
        assert shown(page) == f"{plain.steps({STRONG: (low, 1.0)})[-1]:,}"
        page.keyboard.press("Escape")
    expect_count(page, plain, len(plain.shares))
    expect(end).to_have_attribute("aria-valuetext", "0.00")
    assert STRONG not in page.url


def test_keys_and_fields_move_the_ends(simulated, plain, page):
    opened(page, simulated)
    end = end_of(page, "Smooth")
    for key, low in (
        ("ArrowRight", 0.01),
        ("Shift+ArrowRight", 0.11),
        ("ArrowLeft", 0.1),
        ("End", 1.0),
        ("Home", 0.0),
        ("PageUp", 0.1),
    ):
        end.press(key)
        expect(end).to_have_attribute("aria-valuetext", f"{low:.2f}")
    expect_count(page, plain, len(plain.names({SMOOTH: (0.1, 1.0)})))
    expect(page).to_have_url(re.compile(f"{SMOOTH}=0.1&{SMOOTH}=1"))
    field = page.get_by_label("Smooth — to", exact=True)
    field.fill("0.655")  # between two positions
    field.press("Enter")
    expect(page).to_have_url(re.compile(f"{SMOOTH}=0.1&{SMOOTH}=0.655"))
    expect_count(page, plain, len(plain.names({SMOOTH: (0.1, 0.655)})))
    field.fill("much")
    field.press("Enter")
    expect(field).to_have_value("0.655")
    page.get_by_role("button", name="Remove the limit on Smooth").click()
    expect_count(page, plain, len(plain.shares))
    page.get_by_role("button", name="Undo").click()
    expect_count(page, plain, len(plain.names({SMOOTH: (0.1, 0.655)})))
    expect(field).to_have_value("0.655")


def test_between_two_positions_the_count_is_between_two_numbers(simulated, plain, page):
    opened(page, simulated, f"{SMOOTH}=0.1234&{SMOOTH}=1")
    high = end_of(page, "Smooth", "end")
    taken(page, high)
    high.press("ArrowLeft")
    expect(page.get_by_text(re.compile("to [0-9,]+ of 3,000 galaxies"))).to_be_visible()
    few, many = (int(text.replace(",", "")) for text in shown(page).split(" to "))
    number = len(plain.names({SMOOTH: (0.1234, 0.99)}))
    assert few <= number <= many
    expect_count(page, plain, number)
    said = f"{number:,} galaxies; while it was moved: {few:,} to {many:,}"
    expect(page.get_by_text(said)).to_be_visible()


def test_without_columns_it_waits_for_the_server(simulated, plain, page):
    page.route("**/cells/**", lambda route: route.fulfill(body=b""))
    opened(page, simulated)
    end = end_of(page, "Smooth")
    for key in ("Shift+ArrowRight", "Shift+ArrowRight"):
        end.press(key)
    assert shown(page) == f"{len(plain.shares):,}"
    expect_count(page, plain, len(plain.names({SMOOTH: (0.2, 1.0)})))
