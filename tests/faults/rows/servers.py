"""The browser or the server ends while a run that the dashboard started goes on."""

import time
from functools import partial
from pathlib import Path

from playwright.sync_api import Page

from morph.runs.cancel import stop_run
from morph.runs.lifecycle import create_run, read_run
from morph.runs.run_files import read_events
from tests.faults.rows.killed_trainer import LONG_FIT, surveys
from tests.faults.terminal import Dashboard, browser_page, dashboard
from tests.faults.trials import Fault, Trial
from tests.morph.runs.counting import wait_for

RUN = "a-long-run"
FOUND_WITHIN_S = 5.0  # where no other programs compute
_COMPUTED_S = 0.5


class GoingOn:
    """A run that is fitting, and what its record held before the fault."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        wait_for(lambda: self._epochs() > 1, seconds=60)
        self.pid, self.before = read_run(folder).pid, read_events(folder)
        self.epochs = self._epochs()

    def check(self) -> None:
        """The same process goes on fitting, and its history is whole."""
        epochs = self._epochs()
        wait_for(lambda: self._epochs() > epochs, seconds=60)
        state, events = read_run(self.folder), read_events(self.folder)
        assert (state.state, state.pid) == ("running", self.pid), state
        assert events[: len(self.before)] == self.before

    def _epochs(self) -> int:
        return sum(event["event"] == "epoch" for event in read_events(self.folder))


# Whether the curve on the card has so many epochs.
_DRAWN = """([run, least]) => {
    const plot = document.querySelector(`.st-key-run_${run} .js-plotly-plot`);
    const curves = (plot && plot._fullData) || [];
    return curves.some(curve => curve._length >= least);
}"""


def _seen(page: Page, trial: Trial, url: str, epochs: int) -> None:
    """The page shows the run with its history, soon after its scripts are loaded."""
    asked = time.monotonic()
    page.goto(url)
    begin = time.monotonic()
    page.get_by_text(RUN).first.wait_for()
    page.get_by_text("Running").first.wait_for()
    found = time.monotonic() - begin
    page.wait_for_function(_DRAWN, arg=[RUN, epochs])
    end = time.monotonic()
    slowness = _slowness()
    trial.say(
        f"found again in {found:.1f} s, with its {epochs} epochs in {end - begin:.1f} "
        f"s, {end - asked:.1f} s after the click (machine {slowness:.1f} x slower)"
    )
    assert end - begin <= FOUND_WITHIN_S * slowness, "it was found too late"


def _slowness() -> float:
    """Seconds for a second of computing: more than 1 beside other programs."""
    begin, computed = time.monotonic(), time.process_time()
    while time.process_time() - computed < _COMPUTED_S:
        sum(range(1000))
    return max(1.0, (time.monotonic() - begin) / _COMPUTED_S)


def browser_closed(trial: Trial) -> None:
    """The page is reloaded; then the browser is closed, and another one opened."""
    folder = _new_run(trial)
    with dashboard(folder.parent.parent, start=folder) as served:
        try:
            going_on = GoingOn(folder)
            with browser_page() as page:
                page.goto(f"{served.url}/runs")
                page.get_by_text(RUN).first.wait_for()
                _seen(page, trial, page.url, going_on.epochs)
            with browser_page() as page:
                _seen(page, trial, f"{served.url}/runs", going_on.epochs)
            going_on.check()
        finally:
            stop_run(folder)


def server_ended(trial: Trial, end: str) -> None:
    """The server ends by Ctrl-C or a kill, and another one is started."""
    folder = _new_run(trial)
    with dashboard(folder.parent.parent, start=folder) as served:
        try:
            going_on = GoingOn(folder)
            time.sleep(trial.moments.uniform(0, 1))
            _END[end](served)
            with dashboard(folder.parent.parent) as again, browser_page() as page:
                _seen(page, trial, f"{again.url}/runs", going_on.epochs)
            going_on.check()
        finally:
            stop_run(folder)


def _new_run(trial: Trial) -> Path:
    return create_run(surveys(trial.root / "home"), RUN, LONG_FIT)


_END = {"Ctrl-C": Dashboard.press_ctrl_c, "SIGKILL": Dashboard.kill}

FAULTS = (
    Fault("page reloaded, browser closed", browser_closed, random=False),
    Fault("Ctrl-C in the server's terminal", partial(server_ended, end="Ctrl-C")),
    Fault("server killed and restarted", partial(server_ended, end="SIGKILL")),
)
