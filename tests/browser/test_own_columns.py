"""A list of 200 rows with three columns of one's own: in, filtered, coloured, out."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from morph.home import release_folder
from tests import plain_counts
from tests.browser.looking import expect_count, settled

pytestmark = pytest.mark.browser

RELEASE = "simulated"
ROWS = 200


@pytest.fixture(scope="module")
def released(simulated_home) -> plain_counts.Plain:
    return plain_counts.read(release_folder(simulated_home, RELEASE))


@pytest.fixture(scope="module")
def given(released) -> pd.DataFrame:
    """A number, a text and a truth value; some unknown, and one name of no galaxy."""
    rng = np.random.default_rng(8)
    names = rng.choice(sorted(released.shares.index), ROWS - 1, replace=False)
    return pd.DataFrame(
        {
            "name": [*names, "nobody"],
            "log M*": np.where(
                rng.random(ROWS) < 0.1, np.nan, rng.normal(10, 1, ROWS).round(3)
            ),
            "class": rng.choice(np.array(["Sa", "Sb", None], object), ROWS),
            "agn": rng.random(ROWS) < 0.3,
        }
    )


def test_a_list_keeps_its_columns_all_the_way(
    simulated, page: Page, released, given, tmp_path
):
    upload(page, simulated, given, tmp_path)
    limit(page, simulated, released, given)
    page.get_by_role("link", name="Map").click()
    settled(page)
    choose(page, "Colour by", "Column of a list")
    expect(
        page.locator(".st-key-map").get_by_text("Grey points: no value")
    ).to_have_count(0)
    choose(page, "Column", "class · mine")
    inside = given[given["log M*"].between(9.5, 11)]
    for word in ("Sa", "Sb"):
        number = (inside["class"] == word).sum()
        legend = page.locator(".legend").get_by_text(f"{number} / ", exact=False)
        expect(legend.first).to_be_visible()
    page.get_by_role("link", name="Explore").click()
    merged(page, simulated, released, given, tmp_path)


def upload(page: Page, url: str, given: pd.DataFrame, folder: Path) -> None:
    """The list goes in with all its columns, and is kept as a subset."""
    path = folder / "mine.csv"
    given.to_csv(path, index=False)
    page.goto(f"{url}/subsets")
    page.get_by_role("tab", name="Upload a list").click()
    page.locator(".st-key-list_upload input[type=file]").set_input_files(path)
    kept = "log M* (number), class (text), agn (true or false)"
    expect(page.get_by_text(kept)).to_be_visible()
    settled(page)
    page.get_by_role("button", name=f"Save {ROWS - 1} galaxies").click()
    expect(page.get_by_test_id("stToast").filter(has_text="mine")).to_be_visible()
    settled(page)


def limit(page: Page, url: str, released, given: pd.DataFrame) -> None:
    """A range of the number; the address alone selects the same again."""
    page.goto(f"{url}/explore?sort=Name")
    settled(page)
    page.locator(".st-key-own_add input").fill("log M")
    page.get_by_role("option", name="log M* · mine").click()
    known = given[given["name"] != "nobody"]
    expect_count(page, released, known["log M*"].notna().sum())
    settled(page)
    for end, value in (("from", "9.5"), ("to", "11")):
        field = page.locator(f'[class*="st-key-own_{end}_"] input')
        field.fill(value)
        field.press("Enter")
        settled(page)
    inside = known["log M*"].between(9.5, 11)
    expect_count(page, released, inside.sum())
    page.get_by_role("button", name="Undo").click()
    expect_count(page, released, (known["log M*"] >= 9.5).sum())
    settled(page)
    field = page.locator('[class*="st-key-own_to_"] input')
    field.fill("11")
    field.press("Enter")
    expect_count(page, released, inside.sum())
    settled(page)
    page.goto(page.url)
    expect_count(page, released, inside.sum())
    settled(page)


def choose(page: Page, label: str, option: str) -> None:
    """Choose an option of a menu of the page."""
    page.get_by_role("combobox", name=label, exact=True).last.click()
    page.get_by_role("option", name=option, exact=True).click()
    settled(page)


def merged(page: Page, url: str, released, given: pd.DataFrame, folder: Path) -> None:
    """The matched file and the download, against pandas' merge."""
    basic = take(page, f"{url}/download", re.compile("Download .* as CSV"), folder)
    page.goto(f"{url}/subsets")
    settled(page)
    page.get_by_role("radio", name="CSV", exact=True).filter(visible=True).click()
    settled(page)
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download the matched file").click()
    found = pd.read_csv(coming.value.path())
    galaxies = basic.drop(columns=[name for name in given if name in basic])
    wanted = given.merge(galaxies, left_on="name", right_on="iauname", how="left")
    pd.testing.assert_frame_equal(found[list(wanted)], wanted)
    page.get_by_role("radio", name="Matched rows only").click()
    settled(page)
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download the matched file").click()
    inner = pd.read_csv(coming.value.path())
    wanted = given.merge(galaxies, left_on="name", right_on="iauname")
    pd.testing.assert_frame_equal(inner[list(wanted)], wanted)


def take(page: Page, url: str, button: re.Pattern, folder: Path) -> pd.DataFrame:
    """All galaxies of the release with the basic columns, as CSV."""
    page.goto(url)
    settled(page)
    for name in ("CSV", "Basic"):
        page.get_by_role("radio", name=name, exact=True).filter(visible=True).click()
        settled(page)
    with page.expect_download() as coming:
        page.get_by_role("button", name=button).click()
    return pd.read_csv(coming.value.path())
