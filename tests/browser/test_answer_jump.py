"""The jump field of the sidebar: an answer by any of its names, or what it can find."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.looking import settled

pytestmark = pytest.mark.browser


@pytest.fixture
def jump(simulated: str, page: Page) -> Locator:
    page.goto(f"{simulated}/explore")
    settled(page)
    return page.get_by_role("combobox", name="Jump to an answer")


def type_in(page: Page, field: Locator, text: str) -> None:
    field.click()
    field.press_sequentially(text)
    field.press("Enter")
    settled(page)


@pytest.mark.parametrize(
    ("text", "sliders"),
    [
        ("S0", ["No spiral arms"]),
        ("elliptical", ["Smooth"]),
        ("face-on", ["Not edge-on"]),
        ("barred spirals", ["Spiral arms", "Strong bar"]),
    ],
)
def test_a_typed_name_leads_to_the_sliders(page, jump, text, sliders):
    type_in(page, jump, text)
    for words in sliders:
        handle = page.get_by_role("slider", name=words).first
        expect(handle).to_be_visible()


@pytest.mark.parametrize("text", ["ring", "#ring"])
def test_what_is_no_answer_is_said_with_what_can_be_searched(page, jump, text):
    type_in(page, jump, text)
    said = page.get_by_text(f"“{text}” is not an answer of this decision tree.")
    expect(said).to_be_visible()
    expect(said).to_contain_text("free tags, such as #ring, are not part of a release")
    type_in(page, jump, "loose")
    expect(said).to_have_count(0)
