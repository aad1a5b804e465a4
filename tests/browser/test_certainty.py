"""Several conditions of certainty: set by hand, counted, linked, moved and removed."""

import re
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlencode, urlsplit

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from scipy.special import betainc

from morph.home import release_folder
from tests import plain_counts
from tests.browser.looking import expect_count, names_shown, settled
from tests.plain_counts import Plain

pytestmark = pytest.mark.browser

FIRST_MS = 90_000  # a dashboard that has just begun is busy with its imports
TRIES, SOON_MS = 6, 4000
BAR = ("bar_strong", "bar_weak", "bar_no")
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


@pytest.fixture(scope="module")
def bars(simulated_home) -> pd.DataFrame:
    """Concentrations of the answers on bars, one row per galaxy."""
    path = release_folder(simulated_home, "simulated") / "posteriors.parquet"
    columns = [f"{label}_concentration" for label in BAR]
    table = pd.read_parquet(path).set_index("iauname")[columns]
    return table.astype(float).set_axis(list(BAR), axis=1)


def sigma(bars: pd.DataFrame, label: str) -> pd.Series:
    """Standard deviation of a vote fraction, from a variance in four bytes."""
    total = bars.sum(axis=1)
    mean = bars[label] / total
    return np.sqrt((mean * (1 - mean) / (total + 1)).astype(np.float32).astype(float))


def tail(bars: pd.DataFrame, label: str, threshold: float) -> pd.Series:
    """P(ρ > threshold) of an answer."""
    own = bars[label]
    return betainc(bars.sum(axis=1) - own, own, 1 - threshold)


def surest(values: pd.Series, among: pd.Series, percent: float) -> pd.Series:
    """Those of some with the smallest values, and galaxies equal to the last one."""
    number = int(np.ceil(round(percent / 100 * among.sum(), 6)))
    return among & (values <= np.sort(values[among])[number - 1])


def opened(page: Page, url: str, query: str = "rule=off") -> None:
    page.goto(f"{url}/explore?{query}", timeout=FIRST_MS)
    expect(page.get_by_text(re.compile("of [0-9,]+ galaxies")).first).to_be_visible()
    settled(page)


def pick(page: Page, field: Locator, option: str) -> None:
    """Choose an option of a menu; a page that still moves closes it again."""
    wanted = page.get_by_role("option", name=option, exact=True)
    for _ in range(TRIES):
        field.click()
        with suppress(PlaywrightTimeout):
            wanted.click(timeout=SOON_MS)
            settled(page)
            return
        page.keyboard.press("Escape")
    raise AssertionError(f"the menu has no {option}")


def card(page: Page, number: int) -> Locator:
    return page.locator(f".st-key-certain_{number}")


def enter(field: Locator, value: str) -> None:
    field.fill(value)
    field.press("Enter")


def chips(page: Page) -> list[str]:
    every = page.locator('.st-key-chips [class*="st-key-chip_"]').all()
    return [one.locator("p:visible").first.inner_text() for one in every]


def expect_certain(page: Page, texts: list[str]) -> None:
    """The address has these conditions, in this order."""
    page.wait_for_function(
        "texts => texts.join() === "
        'new URLSearchParams(location.search).getAll("certain").join()',
        arg=texts,
    )
    settled(page)


def test_conditions_are_set_linked_and_removed_one_by_one(
    simulated, plain, bars, page: Page, browser: Browser
):
    opened(page, simulated)
    menu = page.locator('[class*="st-key-certain_add_"] input')
    pick(page, menu, "Standard deviation σ")
    pick(page, card(page, 0).get_by_role("combobox", name="Answer"), "Strong bar")
    enter(card(page, 0).get_by_label("σ at most, exactly"), "0.1")
    low = sigma(bars, "bar_strong") <= 0.1
    expect_count(page, plain, low.sum())
    settled(page)
    pick(page, menu, "% by variance")
    pick(page, card(page, 1).get_by_role("combobox", name="Answer"), "Weak bar")
    enter(card(page, 1).get_by_label("Percentage kept, exactly"), "40")
    both = surest(sigma(bars, "bar_weak"), low, 40)
    expect_count(page, plain, both.sum())
    settled(page)
    pick(page, menu, "Probability above t")
    pick(page, card(page, 2).get_by_role("combobox", name="Answer"), "No bar")
    enter(card(page, 2).get_by_label("Vote fraction above, exactly"), "0.2")
    enter(card(page, 2).get_by_label("Probability at least, exactly"), "0.7")
    low &= tail(bars, "bar_no", 0.2) >= 0.7
    all_three = surest(sigma(bars, "bar_weak"), low, 40)
    expect_count(page, plain, all_three.sum())
    settled(page)
    assert 10 < all_three.sum() < both.sum()
    in_words = [
        "No bar above 0.2 with probability 0.7 or more",
        "Standard deviation of Strong bar at most 0.1",
        "The 40% of galaxies with the lowest variance of Weak bar",
    ]
    assert chips(page) == in_words
    texts = [
        "tail bar_no 0.2 0.7",
        "sigma bar_strong 0.1",
        "surest variance bar_weak 40",
    ]
    expect_certain(page, texts)

    shown = names_shown(page)
    assert set(shown) <= set(bars.index[all_three])
    other = browser.new_context().new_page()
    opened(other, simulated, urlsplit(page.url).query)
    expect_count(other, plain, all_three.sum())
    assert names_shown(other) == shown
    assert chips(other) == in_words
    expect_certain(other, texts)
    other.context.close()

    every_chip = page.locator(".st-key-chips").get_by_role("button")
    every_chip.filter(has_text="Standard deviation").click()
    low = tail(bars, "bar_no", 0.2) >= 0.7
    expect_count(page, plain, surest(sigma(bars, "bar_weak"), low, 40).sum())
    expect_certain(page, [texts[0], texts[2]])
    expect(card(page, 0)).to_have_count(0)
    remove = "Remove the condition on Weak bar"
    page.get_by_role("button", name=remove).click()
    expect_count(page, plain, low.sum())
    expect_certain(page, texts[:1])
    page.go_back()
    expect_count(page, plain, surest(sigma(bars, "bar_weak"), low, 40).sum())
    expect_certain(page, [texts[0], texts[2]])
    page.get_by_role("button", name="Undo").click()
    expect_count(page, plain, low.sum())


def test_the_count_follows_a_slider_with_several_conditions(
    simulated, plain, bars, page: Page
):
    """Absolute ones are bits for the browser; the funnel has a step for each."""
    query = "rule=off&bar_strong=0.02&bar_strong=1"
    query += "&certain=tail+bar_no+0.2+0.7&certain=sigma+bar_weak+0.12"
    opened(page, simulated, query)
    end = page.get_by_role("slider", name="Strong bar — start")
    end.hover()
    page.wait_for_function(FETCHED)
    box = end.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    conditions: list[Callable[[float], pd.Series]] = [
        lambda low: plain.shares["bar_strong"].reindex(bars.index) >= low,
        lambda _: tail(bars, "bar_no", 0.2) >= 0.7,
        lambda _: sigma(bars, "bar_weak") <= 0.12,
    ]
    page.mouse.down()
    for by in (20, 45, 30):
        before = end.get_attribute("aria-valuetext")
        page.mouse.move(x + by, y)
        expect(end).not_to_have_attribute("aria-valuetext", before)
        low = float(end.get_attribute("aria-valuetext"))
        masks = np.logical_and.accumulate([one(low) for one in conditions])
        expected = [len(bars), *masks.sum(axis=1).tolist()]
        texts = page.locator(".st-key-explore_line .step b").all_inner_texts()
        assert [int(text.replace(",", "")) for text in texts] == expected
        count = page.locator(".st-key-line strong").inner_text()
        assert count == f"{expected[-1]:,}"
    page.mouse.up()
    settled(page)
    expect_count(page, plain, expected[-1])


def test_equal_conditions_become_one_and_undo_gives_both_back(
    simulated, plain, bars, page: Page
):
    texts = ["sigma bar_strong 0.1", "sigma bar_strong 0.105"]
    opened(page, simulated, urlencode({"rule": "off", "certain": texts}, doseq=True))
    card(page, 0).get_by_role("slider").press("ArrowRight")
    expect(page.get_by_test_id("stToast").filter(has_text="are one")).to_be_visible()
    expect_certain(page, texts[1:])
    page.get_by_role("button", name="Undo").click()
    expect_certain(page, texts)
    expect_count(page, plain, (sigma(bars, "bar_strong") <= 0.1).sum())


def test_the_keyboard_moves_one_condition_and_never_another(
    simulated, plain, bars, page: Page
):
    """Also where the condition comes after another one, as its card does."""
    texts = ["sigma bar_strong 0.1", "sigma bar_strong 0.125"]
    opened(page, simulated, urlencode({"rule": "off", "certain": texts}, doseq=True))
    thumb = card(page, 0).get_by_role("slider")
    thumb.press("ArrowRight")
    expect_certain(page, ["sigma bar_strong 0.105", texts[1]])
    page.keyboard.press("ArrowRight")
    expect_certain(page, ["sigma bar_strong 0.11", texts[1]])
    expect_count(page, plain, (sigma(bars, "bar_strong") <= 0.11).sum())
    numbers = page.get_by_label("σ at most, exactly")
    enter(numbers.first, "0.2")
    expect_certain(page, [texts[1], "sigma bar_strong 0.2"])
    expect_count(page, plain, (sigma(bars, "bar_strong") <= 0.125).sum())
    assert [one.input_value() for one in numbers.all()] == ["0.125", "0.2"]
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    expect_certain(page, [texts[1], "sigma bar_strong 0.205"])  # the moved card's
    expect(numbers.last).to_be_focused()
    assert numbers.first.input_value() == "0.125"
