"""A run from the form: started, watched, cancelled; another loaded and unloaded."""

import json
import re

import psutil
import pytest
from playwright.sync_api import Locator, Page, expect

from morph.home import run_folder
from morph.runs.lifecycle import read_run
from tests.browser.looking import settled

pytestmark = pytest.mark.browser

LONG_MS = 180_000  # a slow computer loads torch in half a minute


def start(page: Page) -> None:
    """Press Start; runs of unknown or long duration are confirmed."""
    page.get_by_role("button", name="Start", exact=True).click()
    confirm = page.get_by_role("button", name="Start this run")
    expect(confirm.or_(page.get_by_text("is starting"))).to_be_visible()
    if confirm.is_visible():
        confirm.click()


def card(page: Page, run_id: str) -> Locator:
    return page.locator(f".st-key-run_{run_id}")


def test_a_run_from_the_form_is_watched_and_cancelled(demo, page):
    page.goto(f"{demo.url}/runs?runs_view=New+run&new=Smoke+test")
    editor = page.get_by_label("Configuration as JSON")
    config = json.loads(editor.input_value())
    editor.fill(json.dumps(config | {"fit": {"epochs": 0}}))
    expect(page.get_by_text("expected a value from 1 to 10000").first).to_be_visible()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_disabled()
    editor.fill(json.dumps(config | {"fit": {"epochs": 5000}}))
    page.wait_for_url(re.compile("draft=.*5000"))
    page.reload()  # a half-filled form survives
    expect(page.get_by_label("Configuration as JSON")).to_have_value(re.compile("5000"))
    start(page)
    running = card(page, "smoke-1")
    expect(running.get_by_text("Running")).to_be_visible(timeout=LONG_MS)
    expect(running.get_by_text(re.compile("· epoch .* of 5000"))).to_be_visible(
        timeout=LONG_MS
    )
    expect(running.locator(".js-plotly-plot").first).to_be_visible()
    page.reload()
    expect(running.get_by_text("Running")).to_be_visible()
    folder = run_folder(demo.root, "smoke-1")
    process = psutil.Process(read_run(folder).pid)
    running.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Stop this run").click()
    expect(running.get_by_text("Cancelled")).to_be_visible(timeout=LONG_MS)
    assert read_run(folder).state == "cancelled"
    process.wait(timeout=30)


def test_a_finished_run_is_loaded_explored_and_unloaded(demo, page):
    page.goto(f"{demo.url}/runs?runs_view=New+run&new=Smoke+test")
    page.get_by_label("Name of the run").fill("tiny")
    page.get_by_label("Name of the run").press("Enter")
    settled(page)
    release = json.loads(page.get_by_label("Configuration as JSON").input_value())
    name = release["release"]["release_id"]
    start(page)
    finished = card(page, "tiny")
    load = finished.get_by_role("button", name="Load into the catalogue")
    load.click(timeout=LONG_MS)
    expect(page.get_by_text("files match the manifest")).to_be_visible()
    page.get_by_role("button", name="Load 256 galaxies").click()
    row = page.locator('[data-testid="stDataFrame"] tr', has_text="tiny")
    expect(row).to_contain_text("Loaded")  # the table is drawn again with the cards
    finished.get_by_role("button", name=f"Explore {name}").click()
    expect(page.get_by_text(re.compile("of 256 galaxies")).first).to_be_visible()
    page.goto(f"{demo.url}/runs?run=tiny")
    finished.get_by_role("button", name="Undo loading").click()
    expect(load).to_be_visible()
    expect(row).to_contain_text("Finished")
    assert not (demo.root / "releases" / name).exists()
    finished.get_by_role("button", name="Duplicate and change").click()
    expect(page.get_by_label("Start from")).to_have_value("Copy of tiny")
    page.wait_for_url(re.compile(r"new=Copy\+of\+tiny"))
