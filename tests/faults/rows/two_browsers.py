"""Two browsers press the same button at the same moment."""

import json
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Locator, Page

from morph.home import run_folder
from morph.runs import bin as run_bin
from morph.runs.cancel import stop_run
from morph.runs.lifecycle import create_run, read_run
from morph.runs.run_files import read_events
from tests.browser.looking import settled
from tests.faults.homes import FIRST, SECOND, add_release, loaded, small_home
from tests.faults.rows.killed_trainer import LONG_FIT, surveys
from tests.faults.terminal import browser_page, dashboard
from tests.faults.trials import Fault, Trial
from tests.morph.runs.counting import wait_for

RUN = "pressed"
_SOON_S = 1.0  # after which both press
_PRESS = """(button, moment) => {
    setTimeout(() => button.click(), moment - Date.now());
}"""


@contextmanager
def _two_pages(url: str) -> Iterator[tuple[Page, Page]]:
    """The same page in two sessions, of one browser."""
    with browser_page() as one:
        other = one.context.browser.new_page(viewport={"width": 1400, "height": 1000})
        other.set_default_timeout(60_000)
        for page in (one, other):
            page.goto(url)
            settled(page)
        yield one, other


def _press_at_once(buttons: Sequence[Locator]) -> None:
    """The browsers click at the same moment of the clock."""
    for button in buttons:
        button.wait_for()
    moment = 1000 * (time.time() + _SOON_S)
    for button in buttons:
        button.evaluate(_PRESS, moment)


def _told(pages: Sequence[Page], words: str) -> str:
    """The toast with these words, on one page at least."""
    found: list[str] = []
    pattern = re.compile(words, re.IGNORECASE)

    def look() -> bool:
        for page in pages:
            toasts = page.get_by_test_id("stToast").filter(has_text=pattern)
            found.extend(toasts.all_inner_texts())
        return bool(found)

    wait_for(look, seconds=30)
    return " ".join(found[0].split())


def a_run(trial: Trial) -> None:
    """It is started, cancelled and deleted once, each by two at once."""
    root = surveys(trial.root / "home")
    folder = create_run(root, RUN, LONG_FIT)
    with dashboard(root) as served, _two_pages(f"{served.url}/runs") as pages:
        try:
            _start(folder, pages, trial)
            _cancel(folder, pages)
            _delete(root, pages, trial)
        finally:
            if folder.exists() and read_run(folder).active:
                stop_run(folder)


def _start(folder, pages: Sequence[Page], trial: Trial) -> None:
    _press_at_once([_card(page).get_by_role("button", name="Start") for page in pages])
    told = _told(pages, "another process is using|is queued|is running")
    trial.say(f"told: {told}")
    wait_for(lambda: read_run(folder).state == "running", seconds=60)
    assert _events(folder, "run_started") == 1


def _cancel(folder, pages: Sequence[Page]) -> None:
    for page in pages:
        _card(page).get_by_role("button", name="Cancel").click()
    _press_at_once([page.get_by_role("button", name="Stop this run") for page in pages])
    wait_for(lambda: read_run(folder).state == "cancelled", seconds=60)
    assert _events(folder, "run_cancelled") == 1
    for page in pages:
        _card(page).get_by_text("Cancelled").wait_for()


def _delete(root, pages: Sequence[Page], trial: Trial) -> None:
    for page in pages:
        _card(page).get_by_role("button", name="Delete").click()
    _press_at_once(
        [page.get_by_role("button", name="Move to the bin") for page in pages]
    )
    trial.say(f"told: {_told(pages, 'there is no run')}")
    assert [one.run_id for one in run_bin.in_bin(root)] == [RUN]


def _events(folder, name: str) -> int:
    return sum(event["event"] == name for event in read_events(folder))


def _card(page: Page) -> Locator:
    return page.locator(f".st-key-run_{RUN}")


def a_load(trial: Trial) -> None:
    """The release of a run is loaded once, and both pages show it."""
    root = small_home(trial.root / "home")
    folder = run_folder(root, RUN)
    folder.mkdir(parents=True)
    add_release(root, SECOND).rename(folder / "release")
    (folder / "config.json").write_text(json.dumps(LONG_FIT))
    (folder / "status.json").write_text('{"state": "finished"}')
    with dashboard(root) as served, _two_pages(f"{served.url}/runs") as pages:
        for page in pages:
            _card(page).get_by_role("button", name="Load into the catalogue").click()
        _press_at_once(
            [page.get_by_role("button", name="Load 400 galaxies") for page in pages]
        )
        for page in pages:
            _card(page).get_by_role("button", name=f"Explore {SECOND}").wait_for()
            assert page.get_by_test_id("stException").count() == 0
    assert set(loaded(root)) == {FIRST, SECOND}


FAULTS = (
    Fault("two browsers start, cancel and delete a run", a_run, random=False),
    Fault("two browsers load a release", a_load, random=False),
)
