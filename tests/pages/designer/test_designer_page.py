"""The sample designer: what it promises is what the sliders then select."""

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from morph.analysis.purity import cut_for_purity
from morph.analysis.purity_of_release import Design, design
from morph.catalogue import release_table, sync
from morph.selection.selection import Selection
from morph.trees.decision_tree import GZD5
from pages.common.server import database
from pages.designer.designer_blocks import in_percent
from tests.pages.conftest import make_home
from tests.pages.opening import chips, counted, opened, opened_table, said

PATH = "designer/designer.py"
SMOOTH = {"answer": ["Smooth"]}


def table_of(root, label, threshold=0.5):
    with database.cursor(root) as con:
        release = release_table.release(con, "small-demo")
        return design(con, release, Selection(), label, threshold).expected


@pytest.fixture
def checked_home(tmp_path, monkeypatch) -> Iterator[Path]:
    """The releases of the pages' tests, small-demo with the check of a run."""
    make_home(tmp_path)
    path = tmp_path / "releases" / "small-demo" / "manifest.json"
    manifest = json.loads(path.read_text())
    questions = [{"question": q.name, "n": 40, "rmse": 0.1} for q in GZD5.questions]
    manifest["details"]["evaluation"] = {
        "store": "overlap",
        "half": "test",
        "galaxies": 40,
        "questions": questions,
    }
    path.write_text(json.dumps(manifest))
    monkeypatch.setenv("MORPH_HOME", str(tmp_path))
    root = tmp_path.resolve()
    with database.cursor(root) as con:
        sync.sync(con, root / "releases")
    yield root
    database.close(root)


def headline(page) -> str:
    return next(m.value for m in page.markdown if "Expect" in m.value)


def test_the_lowest_cut_of_the_wanted_purity_is_promised(checked_home, dashboard):
    page = opened(dashboard, PATH, {**SMOOTH, "purity": ["85"]})
    assert not page.exception
    row = cut_for_purity(table_of(checked_home, "smooth-or-featured_smooth"), 0.85)
    expected = f"{row['expected']:,.0f} ± {row['expected_sd']:,.0f}"
    assert headline(page) == (
        f"##### Expect {expected} of {row['galaxies']:,.0f} galaxies to have the "
        "answer “Smooth”"
    )
    assert [metric.value for metric in page.metric] == [
        f"{row['galaxies']:,.0f}",
        f"{row['purity']:.1%}",
        f"{row['completeness']:.1%}",
    ]


def test_the_check_of_the_posteriors_is_named(checked_home, dashboard):
    page = opened(dashboard, PATH, SMOOTH)
    assert (
        "were compared with the true simulated fractions of 40 galaxies of "
        "overlap, test half: RMS error of vote fractions 0.100."
    ) in said(page)


def test_a_small_sample_is_promised_in_whole_galaxies(checked_home, dashboard):
    page = opened(dashboard, PATH, {**SMOOTH, "mag_r": ["14", "14.3"]})
    low, _, high = headline(page).split("Expect ")[1].split(" of ")[0].split(" ")
    number = int(page.metric[0].value)
    assert 0 <= int(low) <= int(high) <= number < 30


def test_nothing_is_promised_of_posteriors_that_nobody_checked(morph_home, dashboard):
    page = opened(dashboard, PATH, {**SMOOTH, "purity": ["85"]})
    assert not page.exception
    assert not [m for m in page.markdown if "Expect" in m.value]
    row = cut_for_purity(table_of(morph_home, "smooth-or-featured_smooth"), 0.85)
    number = f"{row['galaxies']:,.0f} galaxies pass the cut on “Smooth”"
    assert any(number in m.value for m in page.markdown)
    assert any("never checked against votes" in w.value for w in page.warning)
    assert page.metric[1].label == "Purity, if the posteriors are calibrated"


def test_the_cut_sets_the_sliders_to_the_promised_number(morph_home, dashboard):
    page = opened(dashboard, PATH, {**SMOOTH, "mag_r": ["14", "17"]})
    button = page.button(key="use_cut")
    promised = button.label.rpartition(": ")[2].removesuffix(" galaxies")
    button.click().run()
    assert counted(page) == f"**{promised}** of 300 galaxies"
    assert page.selectbox(key="certain_0_kind").value == "tail"
    label = page.selectbox(key="certain_0_label").value
    assert label == "smooth-or-featured_smooth"
    assert any(chip.startswith("Smooth above 0.5") for chip in chips(page))
    assert page.button(key="use_cut").disabled  # it is used already
    page.button(key="undo").click().run()
    assert not any(chip.startswith("Smooth above 0.5") for chip in chips(page))


def test_the_cut_keeps_conditions_of_other_answers_but_no_percentage(
    morph_home, dashboard
):
    kept = ["tail merging_none 0.3 0.5", "sigma smooth-or-featured_smooth 0.2"]
    query = {**SMOOTH, "certain": [*kept, "surest variance bar_no 50"]}
    page = opened(dashboard, PATH, query)
    assert "percentages of the most or least certain" in said(page)
    button = page.button(key="use_cut")
    promised = button.label.rpartition(": ")[2].removesuffix(" galaxies")
    button.click().run()
    assert counted(page) == f"**{promised}** of 300 galaxies"
    cut, *others = page.session_state["certain"]
    assert cut.startswith("tail smooth-or-featured_smooth 0.5 ") and others == kept
    assert "percentages of the most or least certain" not in said(page)


def test_a_cut_beside_five_other_conditions_is_refused_in_a_sentence(
    morph_home, dashboard
):
    five = [f"sigma {label} 0.3" for label in ("bar_no", "bar_weak", "bar_strong")]
    five += ["tail bar_no 0.1 0.1", "tail merging_none 0.1 0.1"]
    page = opened(dashboard, PATH, {**SMOOTH, "certain": five})
    assert not page.exception
    assert "6 conditions of certainty; at most 5 are allowed" in page.error[0].value
    assert sorted(page.session_state["certain"]) == sorted(five)


def test_cuts_along_the_tree_are_listed_in_order(morph_home, dashboard):
    page = opened(dashboard, PATH, {"answer": ["Strong bar"], "purity": ["50"]})
    listed = next(m.value for m in page.markdown if m.value.startswith("1. "))
    lines = listed.split("\n")
    assert "Featured or disk is the most probable" in lines[0]
    assert "Not edge-on is the most probable" in lines[1]
    assert "Strong bar above 0.5 with probability" in lines[2]


def test_a_purity_out_of_reach_names_the_one_in_reach(morph_home, dashboard):
    query = {"answer": ["Merger"], "purity": ["99"], "threshold": ["0.9"]}
    page = opened(dashboard, PATH, query)
    assert not page.exception
    assert any("No cut reaches a purity of 99%" in w.value for w in page.warning)
    assert not [button for button in page.button if button.key == "use_cut"]
    assert len(opened_table(page, "cuts_table")) == 99


def test_a_release_without_votes_offers_no_judging_by_them(morph_home, dashboard):
    page = opened(dashboard, PATH, SMOOTH)
    assert not page.get("button_group") or not [
        control for control in page.segmented_control if control.key == "judged"
    ]


def test_a_release_of_fractions_says_why_not(morph_home, dashboard):
    page = opened(dashboard, PATH, {"release": ["fractions-only"]})
    assert not page.exception
    assert any("without posteriors" in info.value for info in page.info)


@pytest.mark.parametrize("threshold", ["0.3", "0.7"])
def test_the_threshold_comes_from_the_address(morph_home, dashboard, threshold):
    page = opened(dashboard, PATH, {**SMOOTH, "threshold": [threshold]})
    table = table_of(morph_home, "smooth-or-featured_smooth", float(threshold))
    assert (
        opened_table(page, "cuts_table")["galaxies"].tolist()
        == table["galaxies"].tolist()
    )


def test_the_table_gives_every_fraction_in_percent():
    expected = {"cut": 0.5, "galaxies": 8, "purity": 0.9, "completeness": 0.5}
    voted = {"cut": 0.5, "galaxies": 4, "purity": 0.75, "purity_low": 0.25}
    cuts = Design(20, pd.DataFrame([expected]), 10, pd.DataFrame([voted]))
    assert in_percent(cuts).iloc[0].to_dict() == {
        "cut": 0.5,
        "galaxies": 8,
        "purity": 90,
        "completeness": 50,
        "votes_galaxies": 4,
        "votes_purity": 75,
        "votes_purity_low": 25,
    }
