"""Learning the whole way: labels by keys, a fit, what teaches most, a release."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from data.demo.dashboard import dashboard
from data.synthetic.release import synthetic_release, write_cutouts
from morph.home import cutouts_folder, release_folder
from tests.browser.looking import settled
from tests.browser.serving import free_port
from tests.browser.test_label import AWAY_MS, begin, label, open_view, queue_at

pytestmark = pytest.mark.browser

RELEASE, GALAXIES, LABELLED, ASKED = "pictured", 120, 30, 12
MADE, ANSWER = "pictured-bar", "own-bar_strong"


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """A home with a release in which every galaxy has an image and features."""
    root = tmp_path_factory.mktemp("learning")
    release = release_folder(root, RELEASE)
    synthetic_release(
        release,
        galaxies=GALAXIES,
        release_id=RELEASE,
        cutouts=(RELEASE,),
        features=24,
        votes=True,
    )
    write_cutouts(cutouts_folder(root, RELEASE), release, count=GALAXIES)
    return root


@pytest.fixture
def tab(browser: Browser):
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    yield context.new_page()
    context.close()


def test_a_question_becomes_a_slider(root, tab: Page):
    with dashboard(root, free_port()) as running:
        begin(tab, running.url)
        for number in range(LABELLED):
            label(tab, number)
        open_view(tab, "Learn")
        learnt(tab, LABELLED)
        ask(tab)
        label(tab, 0)
        chosen = [act["chosen"] for act in acts(root)]
        assert len(chosen) == LABELLED + 1  # the queue before hears no key any more
        assert all("at random (seed" in one for one in chosen[:LABELLED])
        reason = f"model of {LABELLED} labels|at random, a share of 20%"
        assert re.search(reason, chosen[LABELLED])
        open_view(tab, "Learn")
        learnt(tab, LABELLED + 1)
        tab.get_by_role("button", name="Make and load the release").click()
        explore = tab.get_by_role("button", name=f"Explore {MADE}")
        expect(explore).to_be_visible(timeout=AWAY_MS)
        explore.click()
        expect(
            tab.get_by_text(f"{GALAXIES} of {GALAXIES} galaxies").first
        ).to_be_visible()
        expect(tab).to_have_url(re.compile(f"release={MADE}"))
        moved(tab, running.url, fractions(root))
        undone(tab, running.url)
    assert not release_folder(root, MADE).exists()


def learnt(tab: Page, labels: int) -> None:
    """The fit has ended: its numbers are there, and the release can be made."""
    text = f"Fitted to {labels} galaxies with an answer"
    expect(tab.get_by_text(text)).to_be_visible(timeout=AWAY_MS)
    expect(tab.get_by_text("nested cross-validation")).to_be_visible(timeout=AWAY_MS)
    make = tab.get_by_role("button", name="Make and load the release")
    expect(make).to_be_enabled(timeout=AWAY_MS)
    surest = tab.locator("[class*=st-key-label_surest_tiles] a.tile")
    expect(surest).to_have_count(12)
    settled(tab)


def ask(tab: Page) -> None:
    """Make a queue of what teaches most, and see its first image."""
    number = tab.get_by_role("spinbutton", name="Galaxies")
    number.fill(str(ASKED))
    number.press("Enter")
    button = tab.get_by_role("button", name=f"Ask these {ASKED} galaxies")
    expect(button).to_be_enabled()
    expect(tab.locator(".st-key-label_next_tiles a.tile")).to_have_count(ASKED)
    settled(tab)
    button.click()
    expect(tab.locator("[data-number='0'] figure img")).to_be_visible()
    expect(queue_at(tab, 0)).to_contain_text(str(ASKED))


def acts(root: Path) -> list[dict]:
    (path,) = (root / "labels").glob("*.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


def fractions(root: Path) -> pd.Series:
    """Expected fractions of the new answer, from the file of the release."""
    table = pd.read_parquet(release_folder(root, MADE) / "posteriors.parquet")
    own = table[[name for name in table if name.startswith("own-bar_")]]
    assert own.shape == (GALAXIES, 3)
    return own[f"{ANSWER}_concentration"] / own.sum(axis=1)


def moved(tab: Page, url: str, fraction: pd.Series) -> None:
    """The slider of the answer selects as the numbers of the file do."""
    low = round(float(fraction.median()), 2)
    query = f"release={MADE}&{ANSWER}={low}&{ANSWER}=1"
    tab.goto(f"{url}/explore?{query}", timeout=AWAY_MS)
    expect_number(tab, int((fraction >= low).sum()))
    end = tab.get_by_role("slider", name="Strong — start")
    expect(end).to_have_attribute("aria-valuetext", f"{low:.2f}")
    settled(tab)
    end.press("ArrowRight")
    expect(end).to_have_attribute("aria-valuetext", f"{low + 0.01:.2f}")
    expect_number(tab, int((fraction >= round(low + 0.01, 2)).sum()))


def expect_number(tab: Page, number: int) -> None:
    line = f"{number} of {GALAXIES} galaxies"
    expect(tab.get_by_text(line, exact=True).first).to_be_visible()


def undone(tab: Page, url: str) -> None:
    """The release is taken out again."""
    tab.goto(f"{url}/label?label_view=Learn&release={RELEASE}", timeout=AWAY_MS)
    undo = tab.get_by_role("button", name="Undo loading")
    undo.click()
    expect(tab.get_by_text(f"{MADE} is no longer in the catalogue")).to_be_visible()
    expect(undo).to_have_count(0)
