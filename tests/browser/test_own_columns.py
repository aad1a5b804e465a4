"""A list of 200 rows with three columns of one's own: in, filtered, coloured, out."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from morph.home import release_folder
from tests import plain_counts
from tests.browser.looking import expect_count, pick, settled

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
    simulated, simulated_home, page: Page, released, given, tmp_path
):
    upload(page, simulated, given, tmp_path)
    limit(page, simulated, released, given)
    page.goto(page.url.replace("/explore", "/map"))
    settled(page)
    pick(page, page.locator(".st-key-colour input"), "One of your columns")
    pick(page, page.locator(".st-key-colour_own_menu input"), "class · mine")
    inside = given[given["log M*"].between(9.5, 11) & (given["name"] != "nobody")]
    for word in ("Sa", "Sb"):
        said = re.compile(rf"^{word}\s*{(inside['class'] == word).sum()} \W")
        expect(page.get_by_role("button", name=said)).to_be_visible()
    merged(page, simulated, simulated_home, given)


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
    pick(page, page.locator(".st-key-own_add input"), "log M* · mine")
    known = given[given["name"] != "nobody"]
    expect_count(page, released, known["log M*"].notna().sum())
    settled(page)
    enter(page, "from", "9.5")
    expect_count(page, released, (known["log M*"] >= 9.5).sum())
    enter(page, "to", "11")
    inside = known["log M*"].between(9.5, 11)
    expect_count(page, released, inside.sum())
    page.get_by_role("button", name="Undo").click()
    expect_count(page, released, (known["log M*"] >= 9.5).sum())
    settled(page)
    enter(page, "to", "11")
    expect_count(page, released, inside.sum())
    settled(page)
    page.goto(page.url)
    expect_count(page, released, inside.sum())
    settled(page)


def enter(page: Page, end: str, value: str) -> None:
    """Type one end of the range."""
    field = page.locator(f'[class*="st-key-own_{end}_"] input')
    field.fill(value)
    field.press("Enter")


def merged(page: Page, url: str, home: Path, given: pd.DataFrame) -> None:
    """The matched file is pandas' merge with the release's own table."""
    galaxies = pd.read_parquet(release_folder(home, RELEASE) / "galaxies.parquet")
    columns = ["iauname", "ra", "dec", "mag_r", "radius_arcsec", "redshift"]
    page.goto(f"{url}/subsets")
    settled(page)
    page.get_by_role("radio", name="CSV", exact=True).filter(visible=True).click()
    settled(page)
    for how, rows in (("left", "All rows of the list"), ("inner", "Matched rows only")):
        page.get_by_role("radio", name=rows).click()
        said = "unmatched rows are kept" if how == "left" else "; matched rows only"
        expect(page.get_by_text(said)).to_be_visible()
        settled(page)
        with page.expect_download() as coming:
            page.get_by_role("button", name="Download the matched file").click()
        found = pd.read_csv(coming.value.path())
        wanted = given.merge(
            galaxies[columns], left_on="name", right_on="iauname", how=how
        )
        assert len(wanted) == ROWS - (how == "inner")
        pd.testing.assert_frame_equal(found[list(wanted)], wanted)
