"""The Data page from empty to loaded, over a server that can be told to fail."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from morph.home import run_folder
from morph.published.addresses import ZENODO
from morph.runs.lifecycle import read_run
from tests.browser.looking import settled
from tests.browser.serving import serving
from tests.data.published.conftest import automated, published  # noqa: F401
from tests.zenodo_server import serving_records

pytestmark = pytest.mark.browser

NAME = "gz-decals-auto"
LONG_MS = 60_000


@pytest.fixture
def server(monkeypatch):
    with serving_records() as running:
        monkeypatch.setenv(ZENODO, running.url)
        yield running


@pytest.fixture
def dashboard(chromium, tmp_path, server):
    """The address of a dashboard over an empty home, and the home."""
    root = tmp_path / "home"
    with serving(root) as url:
        yield url, root


def press(card: Locator, label: str) -> None:
    card.get_by_role("button", name=label).click(timeout=LONG_MS)


def test_from_empty_to_loaded(dashboard, server, automated, page: Page):  # noqa: F811
    url, root = dashboard
    page.goto(f"{url}/data")
    card = page.locator(f".st-key-catalogue_{NAME}")
    expect(card.get_by_text("Not downloaded")).to_be_visible(timeout=LONG_MS)
    server.down = True
    page.get_by_role("button", name="Look up sizes").click()
    expect(page.get_by_text("so the sizes of downloads are unknown")).to_be_visible()
    server.down = False
    page.get_by_role("button", name="Look up sizes").click()
    expect(card.get_by_text(re.compile(r"Download: \d+ kB"))).to_be_visible()
    expect(page.get_by_text("so the sizes of downloads are unknown")).to_be_hidden()

    server.lies = True
    press(card, "Download")
    expect(card.get_by_text("does not match its checksum")).to_be_visible(
        timeout=LONG_MS
    )
    server.lies = False
    server.bytes_per_s = 2_000
    press(card, "Continue")
    expect(card.get_by_text(re.compile(r"kB/s .* left"))).to_be_visible(timeout=LONG_MS)
    press(card, "Cancel")
    expect(card.get_by_text("Stopped")).to_be_visible(timeout=LONG_MS)
    begun = server.files_sent()[-1].sent
    server.bytes_per_s = None
    press(card, "Continue")
    press(card, "Load")
    press(card, "Explore")
    expect(page.get_by_text(re.compile("of 12 galaxies")).first).to_be_visible()
    settled(page)
    assert 0 < server.files_sent()[-1].begin <= begun
    assert read_run(run_folder(root, NAME)).state == "finished"
