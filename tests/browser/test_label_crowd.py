"""Votes of a Zooniverse project, from its export to a release that Explore selects."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from data.synthetic.release import synthetic_release
from morph.home import release_folder
from morph.release.folder import read_manifest
from tests.browser.looking import settled
from tests.browser.serving import serving
from tests.morph.labels.zooniverse_files import answered, export, row

pytestmark = pytest.mark.browser

RELEASE, MADE, GALAXIES = "voted", "voted-is-there-a-ring", 90
RINGS = 30  # every third galaxy
AWAY_MS = 60_000
PEOPLE = {"ann": 0.0, "bob": 0.0, "cem": 0.1, "dan": 0.5}  # fraction that is wrong


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("voted")
    synthetic_release(
        release_folder(root, RELEASE), galaxies=GALAXIES, release_id=RELEASE
    )
    return root


@pytest.fixture(scope="module")
def votes(root, tmp_path_factory) -> Path:
    """An export in which four people answer about every galaxy."""
    names = pd.read_parquet(release_folder(root, RELEASE) / "galaxies.parquet")
    rng, rows = np.random.default_rng(0), []
    for number, (who, wrong) in enumerate(PEOPLE.items()):
        for place, name in enumerate(names["iauname"]):
            ring = (place % 3 == 0) != (rng.random() < wrong)
            rows.append(
                row(
                    1000 * number + place,
                    [answered("T0", "Ring" if ring else "No ring")],
                    subject=str(place + 1),
                    user=(who, str(number + 1)),
                    stated={"#iauname": name},
                    created_at=f"2026-11-03 1{number}:{place // 60:02}:{place % 60:02} "
                    "UTC",
                )
            )
    path = tmp_path_factory.mktemp("export") / "rings-classifications.csv"
    path.write_bytes(export(rows))
    return path


def test_votes_of_a_project_become_a_release(root, votes, browser: Browser):
    tab = browser.new_page(viewport={"width": 1400, "height": 1000})
    with serving(root) as url:
        ask(tab, url)
        bring_in(tab, votes)
        weigh(tab)
        make_release(tab)
        assert read_manifest(release_folder(root, MADE)).parent_release == RELEASE
        select(tab, url, root)
    tab.close()


def ask(tab: Page, url: str) -> None:
    """Make the question that the project asked."""
    tab.goto(f"{url}/label", timeout=AWAY_MS)
    settled(tab)
    tab.get_by_label("Question", exact=True).fill("Is there a ring?")
    tab.get_by_label("Answers, one per line").fill("Ring\nNo ring")
    tab.get_by_label("Answers, one per line").blur()
    settled(tab)
    tab.get_by_role("button", name="Create question").click()
    expect(tab.get_by_text("No queue yet")).to_be_visible()
    settled(tab)


def bring_in(tab: Page, votes: Path) -> None:
    """Import the export as it is."""
    open_view(tab, "Table")
    field = tab.get_by_test_id("stMain").locator("input[type=file]").last
    field.set_input_files(votes)
    number = GALAXIES * len(PEOPLE)
    expect(
        tab.get_by_text(f"{number} votes by {len(PEOPLE)} volunteers")
    ).to_be_visible(timeout=AWAY_MS)
    tab.get_by_role("button", name=f"Import {number} rows").click()
    expect(tab.get_by_text(f"{number} rows imported.")).to_be_visible()
    settled(tab)


def weigh(tab: Page) -> None:
    """Weigh the votes: the figure of people appears, and a count of changed answers."""
    open_view(tab, "Results")
    control = tab.locator(".st-key-label_crowd_method")
    control.get_by_text("Dawid–Skene", exact=True).click()
    expect(
        tab.locator(".st-key-label_crowd_skills").get_by_text("bits per vote")
    ).to_be_visible()
    expect(tab.get_by_text("the most probable answer is not that of")).to_be_visible()
    settled(tab)


def make_release(tab: Page) -> None:
    tab.get_by_role("button", name="Make a release").click()
    expect(tab.get_by_label("Name of the new release")).to_have_value(MADE)
    tab.get_by_role(
        "button", name=f"Make it from {GALAXIES * len(PEOPLE)} votes"
    ).click()
    loaded = tab.get_by_text(f"Loaded {GALAXIES} galaxies of {MADE}")
    expect(loaded).to_be_visible(timeout=AWAY_MS)


def select(tab: Page, url: str, root: Path) -> None:
    """The slider of the new answer selects the rings, on another page."""
    table = pd.read_parquet(release_folder(root, MADE) / "posteriors.parquet")
    ring = next(
        c for c in table if c.startswith("own-") and c.endswith("_ring_concentration")
    )
    label = ring.removesuffix("_concentration")
    tab.goto(f"{url}/explore?release={MADE}&{label}=0.6&{label}=1&rule=off")
    line = f"{RINGS} of {GALAXIES} galaxies"
    expect(tab.get_by_text(line, exact=True).first).to_be_visible(timeout=AWAY_MS)
    expect(tab.get_by_text("Is there a ring?").first).to_be_visible()


def open_view(tab: Page, name: str) -> None:
    tab.locator(".st-key-label_view").get_by_text(name, exact=True).click()
    settled(tab)
