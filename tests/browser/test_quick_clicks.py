"""A click made before the browser has what the one before it set."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCALE
from tests.browser.looking import settled

pytestmark = pytest.mark.browser

LABEL = "smooth-or-featured_smooth"
# Clicks on a page's link in the very moment that a text stands on the page.
CLICK_AT_ONCE = """([text, page]) => {
  const links = [...document.querySelectorAll('a')];
  const link = links.find(a => a.innerText.endsWith(page));
  const watch = new MutationObserver(() => {
    if (!document.body.innerText.includes(text)) return;
    watch.disconnect();
    link.click();
  });
  watch.observe(document.body, {subtree: true, childList: true, characterData: true});
}"""


def test_a_page_chosen_at_once_has_what_was_set_before(demo, page: Page):
    page.goto(f"{demo.url}/explore?{LABEL}=0.5&{LABEL}=1")
    everyone = f"{SCALE.galaxies:,} of {SCALE.galaxies:,} galaxies"
    expect(page.get_by_text(re.compile("of [0-9,]+ galaxies")).first).to_be_visible()
    settled(page)
    assert everyone not in page.inner_text("body")
    page.evaluate(CLICK_AT_ONCE, [everyone, "Contrast"])
    page.get_by_role("button", name="Reset all").click()
    expect(page).to_have_url(re.compile("/contrast"))
    settled(page)
    expect(page.get_by_text(everyone).first).to_be_visible()
    assert LABEL not in page.url
