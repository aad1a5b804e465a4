"""Galaxies in an order: chosen by typing, and the same on every page and in files."""

import re

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from morph.home import release_folder
from tests.browser.looking import names_shown, pick, settled

pytestmark = pytest.mark.browser

RELEASE = "simulated"


@pytest.fixture(scope="module")
def galaxies(simulated_home) -> pd.DataFrame:
    return pd.read_parquet(release_folder(simulated_home, RELEASE) / "galaxies.parquet")


def test_an_order_is_the_same_in_gallery_galaxy_link_and_file(
    simulated, page: Page, browser: Browser, galaxies
):
    wanted = galaxies.sort_values(["redshift", "iauname"], ascending=[False, True])
    unknown = galaxies["redshift"].isna().sum()
    page.goto(f"{simulated}/explore")
    settled(page)
    field = page.get_by_role("combobox", name="Sort by")
    field.click()
    field.press_sequentially("redsh")
    offered = page.get_by_role("option")
    expect(offered).to_have_text(["Lowest redshift", "Highest redshift"])
    page.keyboard.press("Escape")
    pick(page, field, "Highest redshift")
    said = f"highest redshift first; {unknown} without this value come last"
    expect(page.get_by_text(said)).to_be_visible()
    first = list(wanted["iauname"].head(48))
    assert names_shown(page) == first
    tile = page.locator(".st-key-gallery a.tile").first
    expect(tile).to_have_attribute("aria-label", re.compile(r"Redshift 0\.\d{3}"))
    expect(tile.locator("> .line")).to_have_text(
        re.compile(f"Redshift{wanted['redshift'].iloc[0]:.3f}")
    )
    link = page.url
    tile.click()
    expect(page.get_by_role("heading", name=first[0])).to_be_visible()
    expect(page.get_by_text("1 of 3,000, highest redshift first")).to_be_visible()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name=first[1])).to_be_visible()
    other = browser.new_context().new_page()
    other.goto(link)
    settled(other)
    assert names_shown(other) == first
    other.context.close()


def test_a_file_has_the_order_of_the_gallery(simulated, page: Page, galaxies):
    wanted = galaxies.sort_values(["mag_r", "iauname"])["iauname"]
    page.goto(f"{simulated}/explore?sort=lowest_mag_r")
    settled(page)
    assert names_shown(page) == list(wanted.head(48))
    page.get_by_test_id("stTopNavLink").filter(has_text="Download").click()
    expect(page.get_by_role("heading", name="Download 3,000 galaxies")).to_be_visible()
    settled(page)
    page.get_by_role("radio", name="CSV", exact=True).click()
    settled(page)
    rows = page.get_by_role("combobox", name="Order of the rows")
    pick(page, rows, "As in Explore: brightest r-band magnitude first")
    link = page.get_by_test_id("stCode").filter(has_text="sort=lowest_mag_r")
    expect(link).to_be_visible()  # the page has the order, and so has its button
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download 3,000 galaxies as CSV").click()
    found = pd.read_csv(coming.value.path())
    assert found["iauname"].tolist() == wanted.tolist()
