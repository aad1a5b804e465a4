"""Figures 1 and 3 of a paper, as somebody downloads them: PDFs that are measured."""

from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.serving import serving
from tests.browser.test_ways import FIRST_MS, settled
from tests.morph.figures.in_print.measured_pdf import MeasuredPdf, measured
from tests.pages import pair_home
from tests.pages.conftest import make_home

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def paired(chromium, tmp_path_factory) -> tuple[str, str, str]:
    """A dashboard; a galaxy with images in two surveys, and one in only one."""
    root = tmp_path_factory.mktemp("paired")
    make_home(root)
    index = pair_home.write_images(root)
    pair_home.write_posteriors(root, index)
    alone = pair_home.pictured(root)["iauname"][20]
    with serving(root) as url:
        yield url, index["iauname"][2], alone


def downloaded(page: Page, button: str, folder: Path) -> MeasuredPdf:
    """The PDF of the figure, two columns wide, as the menu offers it."""
    page.get_by_role("button", name=button).click()
    save = page.get_by_role("button", name="Download PDF")
    expect(save).to_be_in_viewport(ratio=1)  # wherever the figure is
    page.get_by_text("Two columns (180 mm)").click()
    settled(page)
    with page.expect_download() as coming:
        save.click()
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return measured(path.read_bytes())


def test_a_galaxy_in_two_surveys_is_a_figure(paired, page: Page, tmp_path):
    url, name, _ = paired
    page.goto(f"{url}/galaxy?release=small-demo&id={quote(name)}", timeout=FIRST_MS)
    settled(page)
    file = downloaded(page, "Save figure of both surveys", tmp_path)
    (sheet,) = file.pages
    assert sheet.width_mm == pytest.approx(180, abs=0.01)
    assert [one.pixels for one in sheet.rasters] == [(64, 64), (64, 64)]
    assert all(font.embedded for font in sheet.fonts)
    assert sheet.times("DECaLS (simulated)") == sheet.times("twice") == 1
    assert name in file.metadata["/Subject"]
    assert "release: small-demo@" in file.metadata["/Keywords"]
    assert f"id={quote(name)}" in file.metadata["/Keywords"]


def test_from_another_galaxy_an_example_is_one_click_away(paired, page: Page):
    url, _, alone = paired
    page.goto(f"{url}/galaxy?release=small-demo&id={quote(alone)}", timeout=FIRST_MS)
    settled(page)
    figure = page.get_by_role("button", name="Save figure of both surveys")
    expect(figure).to_be_disabled()
    expect(
        page.get_by_text("No image of this galaxy in a second survey")
    ).to_be_visible()
    page.get_by_role("button", name="Open an example").click()
    expect(figure).to_be_enabled()
    expect(page).not_to_have_title(f"{alone} · morph")


def test_the_three_triangles_are_a_figure(demo, page: Page, tmp_path):
    page.goto(
        f"{demo.url}/simplex?triangle=bar&panels=Before+and+after+adaptation",
        timeout=FIRST_MS,
    )
    settled(page)
    (sheet,) = downloaded(page, "Save figure", tmp_path).pages
    assert sheet.width_mm == pytest.approx(180, abs=0.01)
    assert 40 < sheet.height_mm < 90
    assert len(sheet.rasters) == 3  # the densities; contours and points are paths
    assert all(one.dpi >= 300 for one in sheet.rasters)
    assert sheet.segments > 500
    assert all(font.embedded for font in sheet.fonts)
    for title in ("Source model, source survey", "Adapted model, target survey"):
        assert sheet.times(title) == 1
