"""A demonstration, the dashboard over it, and a real Chromium looking at it."""

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
)

from data.demo.begin import begin
from data.demo.build import build_demo
from data.demo.plan import ADAPTED_RELEASE, Scale
from data.simulation.stores import FIRST
from data.synthetic.release import synthetic_release
from morph.home import release_folder
from morph.runs.demo_status import DemoState
from tests.browser.chromium import MISSING, find_chromium, launched
from tests.browser.serving import SIMULATED, serving

RESULTS = Path(__file__).resolve().parents[2] / "test-results"

TIMEOUT_MS = 30_000  # a machine that runs tests may be busy with much else
expect.set_options(timeout=TIMEOUT_MS)

# Large enough that every answer is somebody's largest, small enough for a minute.
SCALE = Scale("browser", galaxies=600, fit_epochs=4, simulation_epochs=4, map_epochs=0)


@dataclass(frozen=True)
class Demo:
    """The demonstration's home and the address of the dashboard over it."""

    root: Path
    url: str


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the machine's Chromium; tests are skipped, or fail in CI, without one."""
    found = find_chromium()
    if found is None:
        if os.environ.get("MORPH_REQUIRE_BROWSER"):
            pytest.fail(f"MORPH_REQUIRE_BROWSER is set, but there is {MISSING}")
        pytest.skip(MISSING)
    return found


@pytest.fixture(scope="session")
def served(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A dashboard over a home that is empty yet, as `make demo` begins."""
    root = tmp_path_factory.mktemp("demo")
    with serving(root) as url:
        yield Demo(root, url)


@pytest.fixture(scope="session")
def simulated_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one release, "simulated", which has a map and features."""
    root = tmp_path_factory.mktemp("simulated")
    synthetic_release(
        release_folder(root, "simulated"),
        galaxies=SIMULATED,
        release_id="simulated",
        projection=True,
        features=24,
    )
    return root


@pytest.fixture(scope="session")
def simulated(chromium: str, simulated_home: Path) -> Iterator[str]:
    """The address of a dashboard over a release that is made in no time."""
    with serving(simulated_home) as url:
        yield url


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with launched(chromium) as running:
        yield running


@pytest.fixture(scope="session")
def demo(served: Demo, browser: Browser) -> Demo:
    """The demonstration built behind the dashboard, under the eyes of a first visitor.

    What the visitor sees is asserted here, because it can be seen only once.
    """
    tab = browser.new_page()
    tab.goto(served.url)
    expect(tab.get_by_text("make demo", exact=True)).to_be_visible()
    steps_seen = []

    def look(state: DemoState) -> None:
        step = state.current
        if step is None or step.name in steps_seen:
            return
        if step.name == "first":
            expect(tab.get_by_text(step.title).first).to_be_visible()
            steps_seen.append(step.name)
        if step.name == "survey":  # the first galaxies are there
            expect_galaxies(FIRST)
            steps_seen.append(step.name)

    def expect_galaxies(number: int) -> None:
        count = re.compile(f"of {number} galaxies")
        expect(tab.get_by_text(count).first).to_be_visible()

    build_demo(served.root, begin(served.root, SCALE), look, load_here=False)
    assert steps_seen == ["first", "survey"]
    expect_galaxies(SCALE.galaxies)  # in place of the first ones, without a click
    tab.close()
    _wait_until_shown(served, browser, ADAPTED_RELEASE)
    return served


def _wait_until_shown(served: Demo, browser: Browser, release_id: str) -> None:
    """Visit afresh until a visitor who names no release is shown this one.

    The dashboard loads releases one after another and shows the newest it has.
    """
    tab = browser.new_page()
    deadline = time.monotonic() + 2 * TIMEOUT_MS / 1000
    shown = ""
    while shown != release_id and time.monotonic() < deadline:
        tab.goto(served.url)
        menu = tab.get_by_role("combobox", name="Release")
        shown = menu.input_value().split(" · ")[0]
    tab.close()
    assert shown == release_id


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A fresh tab; a picture of it is kept of a failed test, and errors fail one.

    The errors are those of all tabs of its context.
    """
    context: BrowserContext = browser.new_context(
        viewport={"width": 1400, "height": 1000}, accept_downloads=True
    )
    context.set_default_timeout(TIMEOUT_MS)
    context.set_default_navigation_timeout(2 * TIMEOUT_MS)
    errors: list[str] = []
    context.on("weberror", lambda thrown: errors.append(str(thrown.error)))
    context.on("console", lambda said: _note_error(said, errors))
    tab = context.new_page()
    failed_before = request.session.testsfailed
    yield tab
    if request.session.testsfailed > failed_before:
        RESULTS.mkdir(exist_ok=True)
        tab.screenshot(path=RESULTS / f"{request.node.name}.png", full_page=True)
    context.close()
    assert errors == []


def _note_error(said: ConsoleMessage, errors: list[str]) -> None:
    """Note an error in the console."""
    if said.type == "error":
        errors.append(f"{said.text} ({said.location['url']})")
