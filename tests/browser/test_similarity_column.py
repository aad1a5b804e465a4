"""A kept similarity all the way: made, limited, sorted, drawn, plotted, downloaded."""

from urllib.parse import urlencode

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from morph.home import release_folder
from tests import plain_counts
from tests.browser.looking import expect_count, names_shown, pick, settled

pytestmark = pytest.mark.browser

RELEASE, NAME = "simulated", "Like three spirals"


@pytest.fixture(scope="module")
def released(simulated_home) -> plain_counts.Plain:
    return plain_counts.read(release_folder(simulated_home, RELEASE))


@pytest.fixture(scope="module")
def cosine(simulated_home) -> pd.Series:
    """Similarity of every galaxy to the mean direction of three examples."""
    path = release_folder(simulated_home, RELEASE) / "features.parquet"
    table = pd.read_parquet(path).set_index("iauname")["feature"]
    vectors = np.stack(table).astype(float)
    units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    wanted = units[[3, 8, 20]].mean(axis=0)
    found = units @ wanted / np.linalg.norm(wanted)
    return pd.Series(found, table.index, name="cosine")


def test_a_similarity_goes_all_the_way(simulated, page: Page, released, cosine):
    own = kept(page, simulated, list(cosine.index[[3, 8, 20]]))
    inside = limited(page, simulated, released, cosine)
    limits = page.url.partition("?")[2]
    in_order(page, f"{simulated}/explore?{limits}", own, inside)
    on_map_and_populations(page, simulated, own)
    in_file(page, f"{simulated}/download?{limits}", inside)


def kept(page: Page, url: str, like: list[str]) -> str:
    """Keep the column on Similar; its ref, from the address of the order by it."""
    page.goto(f"{url}/similar?{urlencode({'like': like}, doseq=True)}")
    button = page.get_by_role("button", name="Keep as a column")
    expect(button).to_be_visible()  # the index is built
    settled(page)
    button.click()
    page.get_by_role("textbox", name="Name", exact=True).fill(NAME)
    page.get_by_role("button", name="Compute for 3,000 galaxies").click()
    expect(page.get_by_text(f"Kept as “{NAME}”")).to_be_visible()
    page.get_by_role("button", name="Sort by it").click()
    page.wait_for_url("**sort_own=*")
    settled(page)
    return page.evaluate("new URLSearchParams(location.search).get('sort_own')")


def limited(page: Page, url: str, released, cosine: pd.Series) -> pd.Series:
    """Limit the column in the sidebar; the galaxies that brute force leaves."""
    page.goto(f"{url}/explore")
    settled(page)
    pick(page, page.locator(".st-key-own_add input"), NAME)
    expect_count(page, released, len(cosine))
    least = round(float(cosine.quantile(0.9)), 2)
    field = page.locator('[class*="st-key-own_from_"] input')
    field.fill(f"{least:g}")
    field.press("Enter")
    inside = cosine[cosine >= least]
    assert 48 < len(inside) < 600
    expect_count(page, released, len(inside))
    settled(page)
    return inside


def in_order(page: Page, address: str, own: str, inside: pd.Series) -> None:
    """The gallery is in the order of the column, and shows its values."""
    page.goto(f"{address}&sort=own_highest&sort_own={own}")
    settled(page)
    best = inside.sort_values(ascending=False, kind="stable")
    assert names_shown(page) == list(best.index[:48])
    tile = page.locator(".st-key-gallery a.tile").first
    expect(tile.locator("> .line").first).to_have_text(f"{NAME}{best.iloc[0]:.4g}")
    expect(page.get_by_text(f"highest {NAME} first")).to_be_visible()


def on_map_and_populations(page: Page, url: str, own: str) -> None:
    """It colours the map and is an axis of Populations, by its name."""
    page.goto(f"{url}/map?colour=own&colour_own={own}")
    expect(page.locator("canvas.over")).to_be_visible()
    expect(page.get_by_text(NAME).filter(visible=True).first).to_be_visible()
    settled(page)
    page.goto(f"{url}/populations?against=own&against_own={own}")
    title = page.get_by_role("heading", name=f"against {NAME}")
    expect(title).to_be_visible()
    settled(page)


def in_file(page: Page, address: str, inside: pd.Series) -> None:
    """A download of the limited galaxies has each value, to the last digit."""
    page.goto(address)
    heading = page.get_by_role("heading", name=f"Download {len(inside)} galaxies")
    expect(heading).to_be_visible()
    settled(page)
    page.get_by_role("radio", name="CSV", exact=True).click()
    settled(page)
    button = page.get_by_role("button", name=f"Download {len(inside)} galaxies as CSV")
    with page.expect_download() as coming:
        button.click()
    found = pd.read_csv(coming.value.path()).set_index("iauname")["like_three_spirals"]
    wanted = inside.sort_index()
    assert found.sort_index().index.tolist() == wanted.index.tolist()
    np.testing.assert_allclose(found.sort_index(), wanted, rtol=0, atol=1e-12)
