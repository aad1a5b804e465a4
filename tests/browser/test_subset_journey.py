"""Pinned, saved, combined, taken away, brought back: the same galaxies throughout."""

import re
from pathlib import Path

import pandas as pd
import pytest
from astropy.table import Table
from playwright.sync_api import Page, expect

from morph.home import release_folder
from tests import plain_counts
from tests.browser.looking import expect_count, names_shown, query_of, settled
from tests.plain_counts import Plain

pytestmark = pytest.mark.browser

RELEASE = "demo-bmz"
FEATURED = "smooth-or-featured_featured-or-disk"
PINNED = 3


@pytest.fixture(scope="module")
def released(demo) -> Plain:
    return plain_counts.read(release_folder(demo.root, RELEASE))


def save(page: Page, opener: re.Pattern, button: re.Pattern, name: str) -> None:
    """Open a form, give a name, keep the subset; it is then the one shown."""
    page.get_by_role("button", name=opener).click()
    form = page.get_by_test_id("stForm").filter(visible=True)
    form.get_by_role("textbox", name="Name").fill(name)
    form.get_by_role("button", name=button).click()
    expect(page.get_by_test_id("stToast").filter(has_text=name)).to_be_visible()
    settled(page)


def download(page: Page, form: str, folder: Path) -> Path:
    """The shown subset's file in one format."""
    page.get_by_role("radio", name=form, exact=True).filter(visible=True).click()
    settled(page)
    own = f'[class*="st-key-download_subset_"][class*="_{form.lower()}"]'
    with page.expect_download() as coming:
        page.locator(f"{own} button").click()
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return path


def test_a_subset_goes_out_and_comes_back(demo, page: Page, released, tmp_path):
    low = round(released.shares[FEATURED].quantile(0.5), 2)
    limits = {FEATURED: (low, 1.0)}
    held = released.names(limits)
    page.goto(f"{demo.url}/explore?{query_of(limits)}&sort=Name")
    pinned = names_shown(page)[:PINNED]
    for place in range(PINNED):
        page.locator(".st-key-gallery a.tile").nth(place).press("s")
        expect(page.locator(".st-key-tray a.tile")).to_have_count(place + 1)
    save(page, re.compile("Add 3 to a subset"), re.compile("Save 3 galaxies"), "Pinned")
    page.get_by_role("link", name="Subsets").or_(
        page.get_by_text("Samples", exact=True)
    ).first.click()
    page.get_by_role("menuitem", name="Subsets").click()
    number = f"{len(held):,}"
    save(
        page,
        re.compile(f"Save the {number} selected"),
        re.compile(f"Save {number} galaxies"),
        "Featured",
    )
    combine(page, "only in the first", ("Featured", "Pinned"))
    rest = held - set(pinned)
    button = re.compile(f"Save {len(rest):,} galaxies")
    form = page.get_by_test_id("stForm").filter(visible=True)
    form.get_by_role("textbox", name="Name").fill("The rest")
    form.get_by_role("button", name=button).click()
    page.get_by_role("tab", name="Saved").click()
    expect(page.get_by_role("heading", name="The rest")).to_be_visible()
    expect(
        page.get_by_role("button", name=f"Select these {len(rest):,}")
    ).to_be_visible()
    fits = download(page, "FITS", tmp_path)
    assert set(Table.read(fits)["iauname"].astype(str)) == rest
    mine = download(page, "CSV", tmp_path)
    csv = pd.read_csv(mine)
    assert set(csv["iauname"]) == rest
    assert len(csv) == len(rest)
    for path, kind in ((fits, "FITS"), (mine, "CSV")):
        bring_back(page, path, kind, len(rest))
    page.get_by_role("tab", name="Saved").click()
    page.get_by_role("button", name=f"Select these {len(rest):,}").click()
    expect_count(page, released, len(rest))
    assert set(names_shown(page)) <= rest


def combine(page: Page, how: str, names: tuple[str, ...]) -> None:
    """Choose subsets in this order, and how they combine."""
    page.get_by_role("tab", name="Combine").click()
    field = page.locator(".st-key-combine input")
    for name in names:
        field.fill(name)
        page.get_by_role("option", name=re.compile(rf"^{name} \(")).click()
        page.keyboard.press("Escape")
        settled(page)
    page.get_by_role("radio", name=how).click()
    settled(page)


def bring_back(page: Page, path: Path, kind: str, number: int) -> None:
    """Upload a list; all of it is found again, and kept."""
    page.get_by_role("tab", name="Upload a list").click()
    page.locator(".st-key-list_upload input[type=file]").set_input_files(path)
    expect(page.get_by_text(f"{number:,} rows of {kind}").first).to_be_visible()
    settled(page)  # what is drawn belongs to this file, not to the one before
    said = page.get_by_text(re.compile(rf"^{number:,} .*matched", re.IGNORECASE))
    expect(said.filter(visible=True).first).to_be_visible()
    form = page.get_by_test_id("stForm").filter(visible=True)
    form.get_by_role("textbox", name="Name").fill(f"Back from {path.suffix}")
    form.get_by_role("button", name=f"Save {number:,} galaxies").click()
    toast = page.get_by_test_id("stToast").filter(has_text=f"Back from {path.suffix}")
    expect(toast).to_be_visible()
