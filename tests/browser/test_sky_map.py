"""The map of the sky on Overview: counts at the pointer, a box, bytes of a change."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Locator, Page, expect

from morph.home import release_folder
from tests import plain_counts
from tests.browser.looking import FIRST_VISIT_MS, expect_count, query_of, settled

pytestmark = pytest.mark.browser

LIMITS = {"smooth-or-featured_smooth": (0.4, 1.0)}
CELL = re.compile(r"RA ([\d.]+)°, Dec (-?[\d.]+)°\s+([\d,]+) selected of ([\d,]+)")


@pytest.fixture(scope="module")
def released(simulated_home) -> plain_counts.Plain:
    return plain_counts.read(release_folder(simulated_home, "simulated"))


@pytest.fixture(scope="module")
def sky(simulated_home, released) -> pd.DataFrame:
    """Position of each galaxy, and whether the limits select it."""
    file = release_folder(simulated_home, "simulated") / "galaxies.parquet"
    table = pd.read_parquet(file).set_index("iauname").loc[released.shares.index]
    return table[["ra", "dec"]].assign(selected=released.chosen(LIMITS))


# As without a line, for what a figure fetches; the console stays empty, as it must.
OFFLINE = """() => {
  window.fetchOnline = window.fetch;
  window.fetch = (address, given) =>
    String(address).includes("/drawn/")
      ? Promise.reject(new TypeError("Failed to fetch"))
      : window.fetchOnline(address, given);
}"""


def opened(page: Page, url: str) -> Locator:
    page.goto(f"{url}/?{query_of(LIMITS)}", timeout=FIRST_VISIT_MS)
    settled(page)
    canvas = page.locator(".st-key-footprint canvas.over")
    expect(canvas).to_be_visible()
    canvas.scroll_into_view_if_needed()
    return canvas


def read_cells(page: Page, canvas: Locator) -> set[tuple[float, float, int, int]]:
    """What the pointer reads across and down the map: RA, Dec, selected, all."""
    canvas.scroll_into_view_if_needed()
    box, tip, found = (
        canvas.bounding_box(),
        page.locator(".st-key-footprint .tip"),
        set(),
    )
    ways = [(share, 0.4) for share in np.linspace(0.12, 0.9, 40)]
    ways += [(0.5, share) for share in np.linspace(0.05, 0.85, 80)]
    for across, down in ways:
        x, y = box["x"] + across * box["width"], box["y"] + down * box["height"]
        page.mouse.move(x, y)
        if read := CELL.match(tip.inner_text() if tip.is_visible() else ""):
            ra, dec, *counts = (float(one.replace(",", "")) for one in read.groups())
            found.add((ra, dec, *map(int, counts)))
    return found


def test_the_pointer_reads_the_galaxies_of_a_cell(simulated, page: Page, sky):
    canvas = opened(page, simulated)
    width = width_of_a_cell(page)
    found = read_cells(page, canvas)
    rows = np.sin(np.radians(sorted({dec for _, dec, *_ in found})))
    height = np.diff(rows).min()
    assert len({ra for ra, *_ in found}) > 10 and len(rows) > 10
    assert any(0 < selected < whole for *_, selected, whole in found)
    for ra, dec, selected, whole in found:
        across = np.abs((sky["ra"] - ra + 180) % 360 - 180) < width / 2
        up = np.abs(np.sin(np.radians(sky["dec"])) - np.sin(np.radians(dec)))
        inside = across & (up < height / 2)
        assert (selected, whole) == ((inside & sky["selected"]).sum(), inside.sum())


def width_of_a_cell(page: Page) -> float:
    caption = page.get_by_text("Counts in equal-area cells").inner_text()
    return float(re.search(r"([\d.]+)° wide", caption)[1])


def test_a_box_on_the_map_selects_the_galaxies_in_it(
    simulated, page: Page, sky, released
):
    opened(page, simulated)
    page.get_by_text("Draw a region", exact=True).click()
    settled(page)
    page.locator(".st-key-footprint").get_by_role("button", name="Box").click()
    box = page.locator(".st-key-footprint canvas.over").bounding_box()
    tip, cells = page.locator(".st-key-footprint .tip"), []
    corners = [
        (box["x"] + across * box["width"], box["y"] + down * box["height"])
        for across, down in ((0.3, 0.2), (0.6, 0.6))
    ]
    for corner in corners:
        page.mouse.move(*corner)
        cells.append([float(end) for end in CELL.match(tip.inner_text()).groups()[:2]])
    page.mouse.move(*corners[0])
    page.mouse.down()
    page.mouse.move(*corners[1])
    page.mouse.up()
    expect(page).to_have_url(re.compile("sky=POLYGON"))
    settled(page)
    count = page.locator(".st-key-line strong").inner_text()
    number = int(count.replace(",", ""))
    expect_count(page, released, number)
    # The corners are within the cells that the pointer read.
    wider = width_of_a_cell(page)
    least, most = (
        (sky["selected"] & in_box(sky, *cells, by)).sum() for by in (-wider, wider)
    )
    assert 0 < least <= number <= most < sky["selected"].sum()


def in_box(
    sky: pd.DataFrame, first: Sequence[float], last: Sequence[float], wider: float
) -> pd.Series:
    """Galaxies in the box between two corners, wider by so many degrees at each side.

    The first corner is the eastern and northern one.
    """
    (east, north), (west, south) = first, last
    across = sky["ra"].between(west - wider, east + wider)
    return across & sky["dec"].between(south - wider, north + wider)


def test_a_change_fetches_the_selected_galaxies_alone(simulated, page: Page, released):
    opened(page, simulated)
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    number = released.steps({"smooth-or-featured_smooth": (0.41, 1.0)})[-1]
    with page.expect_response(re.compile(r"/drawn/.*\.bin")):
        page.get_by_role("slider", name="Smooth — start").press("ArrowRight")
    page.wait_for_url(re.compile("featured_smooth=0.41"))
    expect_count(page, released, number)
    settled(page)
    page.wait_for_load_state("networkidle")
    drawn = [one for one in fetched if "/drawn/" in one]
    assert len(drawn) == 1 and drawn[0].endswith(".bin")


def test_a_part_that_does_not_load_is_said_and_tried_again(simulated, released, page):
    canvas = opened(page, simulated)
    chosen = int(released.chosen(LIMITS).sum())
    before = read_cells(page, canvas)
    page.evaluate(OFFLINE)
    page.get_by_role("button", name="Reset all").click()
    expect_count(page, released, len(released.shares))
    said = page.locator(".st-key-footprint").get_by_role("alert")
    expect(said).to_contain_text("not up to date")
    assert read_cells(page, canvas) == before
    assert sum(cell[2] for cell in before) < chosen
    said.get_by_role("button", name="Try again").click()
    expect(said).to_be_visible()
    page.evaluate("() => void (window.fetch = window.fetchOnline)")
    said.get_by_role("button", name="Try again").click()
    expect(said).to_have_count(0)
    now = read_cells(page, canvas)
    assert {cell[:2] for cell in now} == {cell[:2] for cell in before}
    assert all(selected == whole for _, _, selected, whole in now)
