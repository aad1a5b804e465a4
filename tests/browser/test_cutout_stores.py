"""The Data page makes a cutout store of a release, over a service that fails."""

import re

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from data.tables.publish_table import TableRelease, publish_table
from morph.home import run_folder
from morph.images.cutout_service.on_demand import SWITCH
from morph.images.store import open_store
from morph.runs.lifecycle import read_run
from morph.trees.decision_tree import GZD5
from tests.browser.looking import settled
from tests.browser.serving import serving
from tests.browser.test_data_page import LONG_MS, press
from tests.cutout_server import serving as serving_cutouts
from tests.data.cutouts.conftest import NEAR

pytestmark = pytest.mark.browser

GALAXIES, STORE = 30, "near-galaxies-near"


@pytest.fixture
def service():
    with serving_cutouts() as running:
        yield running


@pytest.fixture
def dashboard(chromium, tmp_path, service, monkeypatch):
    """A dashboard over a home with a release, without pictures on demand."""
    monkeypatch.setenv(SWITCH, "off")
    root = tmp_path / "home"
    (root / "surveys").mkdir(parents=True)
    write_survey(root, service.url, images_per_s=1)
    table = {"ra": 150 + np.arange(GALAXIES) / 100, "dec": 2.0}
    table |= {f"{label}_count": np.arange(GALAXIES) for label in GZD5.labels}
    pd.DataFrame(table).to_csv(tmp_path / "table.csv", index=False)
    publish_table(root, tmp_path / "table.csv", TableRelease("near-galaxies", "near"))
    with serving(root) as url:
        yield url, root


def write_survey(root, url, *, images_per_s):
    text = NEAR.format(url=url).replace("= 1000", f"= {images_per_s}")
    (root / "surveys" / "near.toml").write_text(text)


def test_from_a_release_to_its_pictures(dashboard, service, page: Page):
    url, root = dashboard
    page.goto(f"{url}/data?data_view=Cutout+stores")
    form = page.locator(".st-key-new_cutouts")
    form.get_by_label("Pixels per side").fill("64")
    form.get_by_label("Pixels per side").press("Enter")
    settled(page)
    press(form, "Download cutouts")
    card = page.locator(f".st-key-store_{STORE}")
    expect(card.get_by_text(re.compile(r"of 30"))).to_be_visible(timeout=LONG_MS)
    press(card, "Cancel")
    expect(card.get_by_text("Stopped")).to_be_visible(timeout=LONG_MS)
    assert 0 < len(service.log) < GALAXIES

    write_survey(root, service.url, images_per_s=1000)
    service.behaviour.faults = {"500": 1.0}
    press(card, "Continue")
    expect(card.get_by_text("responded with status 500")).to_be_visible(timeout=LONG_MS)
    service.behaviour.faults = {}
    expect(card.get_by_text("30 images")).to_be_visible(timeout=LONG_MS)
    good = sum(one.answer == "good" for one in service.log)
    assert good == GALAXIES
    assert read_run(run_folder(root, STORE)).state == "finished"
    assert len(open_store(root / "cutouts" / STORE).index) == GALAXIES

    page.goto(f"{url}/explore")
    tiles = page.locator(".st-key-gallery a.tile img")
    expect(tiles).to_have_count(GALAXIES)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.st-key-gallery a.tile img')].slice(0, 8)"
        ".every(one => one.complete && one.naturalWidth === 64)"
    )
