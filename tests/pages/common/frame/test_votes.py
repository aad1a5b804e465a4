"""A release of votes on the pages: its prior, and the minimum number of votes."""

import pandas as pd
import pytest

from morph.catalogue import release_table
from morph.trees.decision_tree import GZD5
from pages.common.galaxies import vectors
from pages.common.here import Here
from pages.common.server import database
from tests.pages.conftest import make_home
from tests.pages.opening import chips, component, counted, opened, said, toasts
from tests.pages.voted_home import VOTED, write_voted

EXPLORE = "explore/explore.py"
BARRED = {"release": "voted", "bar_strong": ["0.5", "1"]}


@pytest.fixture
def voted_home(empty_home):
    make_home(empty_home)
    write_voted(empty_home)
    return empty_home


def least_votes(page) -> list:
    return [n for n in page.number_input if n.key == "least_votes"]


def test_only_galaxies_with_enough_votes_are_counted(voted_home, dashboard):
    """ρ̂ = (k + 1) / (k + 3) is 0.5 or more from one vote on."""
    page = opened(dashboard, EXPLORE, BARRED)
    assert not page.exception
    assert counted(page) == f"**{VOTED - 1}** of {VOTED} galaxies"
    (control,) = least_votes(page)
    assert control.value == 0
    control.set_value(20).run()
    assert counted(page) == f"**{VOTED - 20}** of {VOTED} galaxies"
    assert "At least 20 votes on Bar" in chips(page)
    titles = [step["title"] for step in component(page, "funnel")["steps"]]
    assert titles[-2:] == ["Votes on Bar", "Strong bar"]


def test_an_address_has_the_number_and_its_step_can_be_moved(voted_home, dashboard):
    query = {**BARRED, "least_votes": "10", "step": "least_votes"}
    page = opened(dashboard, EXPLORE, query)
    assert not page.exception
    assert counted(page) == f"**{VOTED - 10}** of {VOTED} galaxies"
    number = page.number_input(key="cut_least_votes_low_10.0")
    number.set_value(30.0).run()
    assert least_votes(page)[0].value == 30
    assert counted(page) == f"**{VOTED - 30}** of {VOTED} galaxies"


def test_a_release_without_votes_has_no_control_and_names_the_filter(
    voted_home, dashboard
):
    query = {"release": "small-demo", "bar_strong": ["0.5", "1"], "least_votes": "20"}
    page = opened(dashboard, EXPLORE, query)
    assert not page.exception and not least_votes(page)
    assert any(t.startswith("least_votes=20 ignored") for t in toasts(page))


def test_the_prior_is_said_and_no_model_is_spoken_of(voted_home, dashboard):
    page = opened(dashboard, "overview/overview.py", {"release": "voted"})
    assert not page.exception
    assert page.title[0].value == (
        f"{VOTED} galaxies: Galaxy Zoo vote fractions for 8 of 34 answers, computed "
        "from volunteers’ votes, with uncertainties (prior: uniform, 1 per answer)"
    )
    assert "Predictions can range" not in said(page)


def test_a_galaxy_with_unknown_fractions_is_not_compared(voted_home, dashboard):
    """The first has no votes on the bar; on seven questions no galaxy has any."""
    with database.cursor(voted_home) as con:
        release = release_table.release(con, "voted")
        here = Here(voted_home, con, (release,), release, None, None)
        job = vectors.search(here, "answers")
        assert job.finished.wait(30) and not job.problem
    galaxies = pd.read_parquet(voted_home / "releases" / "voted" / "galaxies.parquet")
    unknown = "It cannot be compared: its vote fractions of some question are unknown."
    left_out = "Not compared, as no galaxy has vote fractions of it: "
    for number, expected in ((0, unknown), (20, left_out)):
        query = {"release": "voted", "id": galaxies["iauname"][number]}
        page = opened(dashboard, "galaxy/galaxy.py", query)
        assert not page.exception
        shown = " ".join(caption.value for caption in page.caption)
        assert expected in shown
        assert (unknown in shown) == (expected == unknown)
    titles = shown.split(left_out)[1].split(".")[0].split(", ")
    asked = ("smooth-or-featured", "disk-edge-on", "bar")
    assert titles == [q.title for q in GZD5.questions if q.name not in asked]


@pytest.mark.parametrize("prior", ["uniform", "jeffreys"])
def test_every_page_shows_posteriors_of_votes(empty_home, dashboard, prior):
    """Those of Jeffreys' prior are infinite at 0 and 1 where there are no votes."""
    make_home(empty_home)
    names = write_voted(empty_home, prior)["iauname"]
    for path in (
        "simplex",
        "contrast",
        "populations",
        "designer",
        "compare",
        "methods",
    ):
        page = opened(dashboard, f"{path}/{path}.py", BARRED)
        assert not page.exception, path
    for name in (names[0], names[VOTED - 1]):
        page = opened(dashboard, "galaxy/galaxy.py", {**BARRED, "id": name})
        assert not page.exception


def test_votes_do_not_judge_the_posteriors_made_from_them(voted_home, dashboard):
    query = {"release": "voted", "answer": "Strong bar"}
    page = opened(dashboard, "designer/designer.py", query)
    assert not page.exception
    assert not [c for c in page.segmented_control if c.key == "judged"]
    assert "The concentrations are vote counts plus the prior" in said(page)
    assert not any("never checked" in w.value for w in page.warning)
