"""An astronomer's first visit, in a real browser."""

import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from astropy.table import Table
from playwright.sync_api import Page, expect

from morph.catalogue.connection import connect
from morph.catalogue.loading import load_release

pytestmark = pytest.mark.browser

QUESTION = "how-rounded"
LIMITED = ("how-rounded_round", "how-rounded_in-between")


@dataclass(frozen=True)
class Chosen:
    """A selection in a link, and what plain SQL says it holds."""

    query: str
    names: set[str]
    total: int


@pytest.fixture(scope="session")
def chosen(demo, tmp_path_factory: pytest.TempPathFactory) -> Chosen:
    """Two answers of one question limited so that some galaxies stay and some go.

    Counted in a catalogue of our own, since the dashboard's is the dashboard's alone.
    """
    with connect(tmp_path_factory.mktemp("own") / "catalogue.duckdb") as con:
        loaded = load_release(con, demo.root / "releases" / "demo-bmz")
        table = con.table(loaded.table)
        galaxies = table.df()
        smooth = galaxies[galaxies["smooth-or-featured_answer"] == 0]
        lows = [round(smooth[f"{a}_probability"].quantile(0.2), 2) for a in LIMITED]
        limits = zip(LIMITED, lows, strict=True)
        found = table.filter(
            '"smooth-or-featured_answer" = 0 AND '  # what leads to the question
            + " AND ".join(f'"{a}_probability" >= {low}' for a, low in limits)
        )
        names = set(found.df()["iauname"])
    assert 0 < len(names) < len(galaxies)
    query = "&".join(
        f"{label}={low}&{label}=1" for label, low in zip(LIMITED, lows, strict=True)
    )
    return Chosen(query, names, len(galaxies))


@pytest.fixture
def explore(chosen: Chosen, demo, page: Page) -> Page:
    """The Explore page, reached by a deep link as the first visit of all."""
    page.goto(f"{demo.url}/explore?{chosen.query}")
    expect(page.locator("a.tile").first).to_be_visible()
    return page


def count_line(chosen: Chosen) -> re.Pattern:
    return re.compile(f"{len(chosen.names):,} of {chosen.total:,} galaxies")


def test_a_deep_link_shows_the_count_that_the_catalogue_gives(explore, chosen):
    expect(explore.get_by_text(count_line(chosen)).first).to_be_visible()
    for label in LIMITED:
        assert f"{label}=" in explore.url


def test_every_thumbnail_shown_is_of_a_selected_galaxy_and_has_its_picture(
    explore, chosen
):
    tiles = explore.locator("a.tile")
    names = [tile.get_attribute("aria-label").split(",")[0] for tile in tiles.all()]
    assert names and set(names) <= chosen.names
    picture = tiles.first.locator("img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") > 0


def test_from_a_thumbnail_to_its_galaxy_and_back(explore, chosen):
    tile = explore.locator("a.tile").first
    name = tile.get_attribute("aria-label").split(",")[0]
    tile.click()
    expect(explore).to_have_url(re.compile("/galaxy"))
    expect(explore.get_by_text(name).first).to_be_visible()
    explore.go_back()
    expect(explore.locator("a.tile").first).to_be_visible()
    expect(explore.get_by_text(count_line(chosen)).first).to_be_visible()


def download(page: Page, form: str, folder: Path) -> Path:
    """The file that the Download page gives in one format."""
    formats = page.get_by_role("radiogroup", name="Table format")
    formats.get_by_role("radio", name=form, exact=True).click()
    button = page.get_by_role("button", name=re.compile(f"as {form}$"))
    expect(button).to_be_enabled()
    with page.expect_download() as coming:
        button.click()
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return path


def test_the_files_hold_exactly_the_galaxies_counted(explore, chosen, tmp_path):
    explore.get_by_test_id("stTopNavLink").filter(has_text="Download").click()
    button = explore.get_by_role("button", name=re.compile("Download .* galax"))
    expect(button).to_contain_text(f"{len(chosen.names):,} galax")
    csv = pd.read_csv(download(explore, "CSV", tmp_path))
    fits = Table.read(download(explore, "FITS", tmp_path), format="fits")
    assert len(csv) == len(fits) == len(chosen.names)
    assert set(csv["iauname"]) == set(fits["iauname"].astype(str)) == chosen.names
