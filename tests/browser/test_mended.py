"""A page that cannot open the catalogue opens by itself once somebody mended it."""

import pytest
from playwright.sync_api import Page, expect

from data.synthetic.release import synthetic_release
from morph.home import catalogue_path, release_folder
from tests.browser.looking import FIRST_VISIT_MS, settled
from tests.browser.serving import serving

pytestmark = pytest.mark.browser


def test_a_page_opens_once_the_catalogue_is_mended(chromium, tmp_path, page: Page):
    synthetic_release(release_folder(tmp_path, "made"), galaxies=300, release_id="made")
    damaged = catalogue_path(tmp_path)
    damaged.write_bytes(b"no catalogue " * 1000)
    with serving(tmp_path, loaded=False) as url:
        page.goto(f"{url}/explore?bar_strong=0.1&bar_strong=1", timeout=FIRST_VISIT_MS)
        expect(page.get_by_text("can be rebuilt from the releases")).to_be_visible()
        damaged.unlink()
        expect(page.get_by_text("of 300 galaxies").first).to_be_visible()
        chip = "Strong bar between 0.10 and 1.00"
        expect(page.get_by_role("button", name=chip, exact=True)).to_be_visible()
        # All is there: nothing is asked of the dashboard any more when it ends.
        expect(page.get_by_role("slider").first).to_be_visible()
        settled(page)
