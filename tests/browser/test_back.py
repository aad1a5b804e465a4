"""One step back in the browser's history is one view back, with its own selection."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.serving import SIMULATED as GALAXIES

pytestmark = pytest.mark.browser

FIRST_MS = 90_000  # a dashboard that has just begun is busy with its imports


@pytest.fixture
def url(simulated: str) -> str:
    return simulated


def settled(page: Page) -> None:
    """Wait until the page is drawn and has written all it writes into the address."""
    page.wait_for_function(
        """() => document.querySelector('[data-test-script-state="notRunning"]')
            && !document.querySelector('[data-stale="true"]')"""
    )
    page.wait_for_timeout(500)


def count(page: Page) -> int:
    """How many galaxies the line above every page says are selected."""
    return int(line(page).inner_text().partition(" ")[0].replace(",", ""))


def line(page: Page) -> Locator:
    return page.locator(".st-key-line").get_by_text(re.compile("of [0-9,]+ galaxies"))


def to_explore(page: Page, button: Locator, before: int) -> int:
    """Press a button that goes to Explore; the number of galaxies selected there."""
    button.click()
    page.wait_for_url("**/explore?**")
    expect(line(page)).not_to_have_text(re.compile(f"^{before:,} of"))
    settled(page)
    return count(page)


def back(page: Page, to: str, galaxies: int) -> None:
    """Go back once, and expect that view with that many galaxies selected."""
    page.go_back()
    page.wait_for_url(to)
    expect(line(page)).to_have_text(re.compile(f"^{galaxies:,} of"))
    settled(page)
    assert page.url == to


def test_back_from_a_selected_subset_selects_what_was_selected_before(url, page):
    page.goto(f"{url}/subsets?mag_r=16&mag_r=17", timeout=FIRST_MS)
    settled(page)
    kept = count(page)
    page.get_by_role("button", name=re.compile("Save the .* selected")).click()
    page.get_by_role("textbox", name="Name").first.fill("Of middling brightness")
    page.get_by_role("button", name=re.compile("Save .* galaxies")).click()
    select = page.get_by_role("button", name=f"Select these {kept:,}")
    expect(select).to_be_visible()
    page.get_by_role("button", name="Reset all").click()
    expect(line(page)).to_have_text(re.compile(f"^{GALAXIES:,} of"))
    settled(page)
    left = page.url
    assert to_explore(page, select, GALAXIES) == kept < GALAXIES
    assert set(parse_qs(urlsplit(page.url).query)) == {"in_subset"}
    back(page, left, GALAXIES)
    page.go_forward()
    expect(line(page)).to_have_text(re.compile(f"^{kept:,} of"))


def test_back_from_all_of_a_cell_leaves_the_sliders_as_they_were(url, page):
    page.goto(f"{url}/contrast?bar_weak=0.1&bar_weak=1")
    settled(page)
    left, before = page.url, count(page)
    see_all = page.get_by_role("button", name="See all").first
    assert to_explore(page, see_all, before) < before
    assert "bar_weak=0.1&bar_weak=1" in page.url
    back(page, left, before)


def test_back_from_an_answer_of_the_tree_leaves_nothing_limited(url, page):
    page.goto(f"{url}/")
    settled(page)
    left = page.url
    answer = page.locator("[data-label=bar_strong]")
    assert to_explore(page, answer, GALAXIES) < GALAXIES
    back(page, left, GALAXIES)


# Chooses Simplex as soon as there is a way to it, or some milliseconds later.
CHOOSE_EARLY = """(() => {
  let chosen = false;
  const link = () =>
    [...document.querySelectorAll('[data-testid="stTopNavLink"]')].find((one) =>
      one.href.includes("/simplex"));
  new MutationObserver(() => {
    if (chosen || !link()) return;
    chosen = true;
    setTimeout(() => link().click(), AFTER);
  }).observe(document, { childList: true, subtree: true });
})()"""


@pytest.mark.parametrize("after", ["0", "80", "400"])
def test_a_page_chosen_before_the_first_is_drawn_keeps_all_filters(url, page, after):
    page.add_init_script(CHOOSE_EARLY.replace("AFTER", after))
    beyond = "mag_r=1&mag_r=17"  # the slider begins later
    page.goto(f"{url}/explore?{beyond}&bar_weak=0.1&bar_weak=1", timeout=FIRST_MS)
    page.wait_for_url("**/simplex?*mag_r*", timeout=FIRST_MS)
    settled(page)
    query = parse_qs(urlsplit(page.url).query)
    assert query["bar_weak"] == ["0.1", "1"]
    assert 1 < float(query["mag_r"][0]) < float(query["mag_r"][1]) == 17
    held = count(page)
    page.goto(f"{url}/explore?{urlsplit(page.url).query}")
    settled(page)
    assert count(page) == held < GALAXIES


def test_a_filter_taken_away_comes_back_with_one_back(url, page):
    page.goto(f"{url}/explore?mag_r=16&mag_r=17&bar_weak=0.1&bar_weak=1")
    settled(page)
    both, before = page.url, count(page)
    chip = "r-band magnitude between 16 and 17 mag"
    page.get_by_role("button", name=chip, exact=True).click()
    expect(line(page)).not_to_have_text(re.compile(f"^{before:,} of"))
    settled(page)
    one, fewer = page.url, count(page)
    assert "mag_r" not in one
    page.get_by_role("button", name="Reset all").click()
    expect(line(page)).to_have_text(re.compile(f"^{GALAXIES:,} of"))
    settled(page)
    back(page, one, fewer)
    back(page, both, before)


def test_back_from_the_next_galaxy_is_the_first_though_no_link_named_it(url, page):
    page.goto(f"{url}/galaxy")
    first = page.get_by_role("heading", level=1)
    settled(page)
    name, left = first.inner_text(), page.url
    page.get_by_role("button", name="Next").click()
    expect(first).not_to_have_text(name)
    page.go_back()
    expect(first).to_have_text(name)
    assert page.url == left
