"""The cards of the conditions of certainty: what they show is what is applied."""

import math

import numpy as np
import pytest
from scipy.special import betainc

from data.synthetic.release import synthetic_release
from morph.catalogue import release_table, sync
from morph.selection.certainty.certainty import Spread, Surest, Tail, to_text
from pages.common.server import database
from tests.pages.opening import chips, component, counted, opened, said, toasts

PATH = "explore/explore.py"
OFF = {"rule": ["Ignore"]}
FIVE = [
    "tail bar_strong 0.3 0.6",
    "tail bar_weak 0.1 0.2",
    "sigma bar_strong 0.2",
    "sigma merging_none 0.2",
    "surest variance bar_strong 40",
]


def columns(root, release="small-demo"):
    with database.cursor(root) as con:
        return con.table(release_table.release(con, release).table).df()


def certainty(page):
    """What is applied, which the address and the cards must say too."""
    applied = page.session_state["here"].selection.certainty
    assert page.session_state["certain"] == [to_text(one) for one in applied]
    kinds = [box for box in page.selectbox if (box.key or "").endswith("_kind")]
    assert len(kinds) == len(applied)
    for box, one in zip(kinds, applied, strict=True):
        key = box.key.removesuffix("_kind")
        assert page.selectbox(key=f"{key}_label").value == one.label
        for name in ("threshold", "at_least", "at_most", "percent"):
            if hasattr(one, name):
                value = page.number_input(key=f"{key}_{name}_value").value
                assert value == getattr(one, name)
    return applied


def test_conditions_of_several_kinds_are_added_and_all_apply(morph_home, dashboard):
    page = opened(dashboard, PATH, OFF)
    page.selectbox(key="certain_add").set_value("sigma").run()
    page.selectbox(key="certain_0_label").set_value("bar_strong").run()
    page.number_input(key="certain_0_at_most_value").set_value(0.16).run()
    page.selectbox(key="certain_add").set_value("variance").run()
    page.selectbox(key="certain_1_label").set_value("merging_none").run()
    page.slider(key="certain_1_percent_slider").set_value(20.0).run()
    page.selectbox(key="certain_add").set_value("tail").run()
    page.selectbox(key="certain_2_label").set_value("bar_no").run()
    page.slider(key="certain_2_threshold_slider").set_value(0.3).run()
    page.number_input(key="certain_2_at_least_value").set_value(0.555).run()
    assert not page.exception and not toasts(page)
    assert certainty(page) == (
        Tail("bar_no", 0.3, 0.555),
        Spread("bar_strong", 0.16),
        Surest("variance", "merging_none", 20.0),
    )
    table = columns(morph_home)
    alpha, total = table["bar_no_concentration"], table["bar_total"]
    left = betainc(total - alpha, alpha, 0.7) >= 0.555
    left &= np.sqrt(table["bar_strong_variance"].astype(float)) <= 0.16
    variance = table["merging_none_variance"]
    last = np.sort(variance[left])[math.ceil(left.sum() * 0.2) - 1]
    left &= variance <= last
    assert counted(page) == f"**{left.sum()}** of 300 galaxies"
    assert 2 < left.sum() < 60
    assert chips(page) == [
        "No bar above 0.3 with probability 0.555 or more",
        "Standard deviation of Strong bar at most 0.16",
        "The 20% of galaxies with the lowest variance of Not merging",
    ]
    titles = [step["title"] for step in component(page, "funnel")["steps"]]
    assert titles == [
        "P(No bar > 0.3)",
        "Strong bar σ",
        "Most certain 20% (Not merging)",
    ]


@pytest.mark.parametrize("place", range(5))
def test_a_card_and_a_chip_each_remove_one_condition(morph_home, dashboard, place):
    page = opened(dashboard, PATH, {**OFF, "certain": FIVE})
    assert len(certainty(page)) == 5
    before = counted(page)
    page.button(key=f"certain_{place}_remove").click().run()
    left = [text for text in FIVE if text != FIVE[place]]
    assert page.session_state["certain"] == left
    assert len(certainty(page)) == 4
    page.button(key="undo").click().run()
    assert page.session_state["certain"] == FIVE
    assert counted(page) == before
    page.button(key=f"chip_{FIVE[place]}").click().run()
    assert page.session_state["certain"] == left
    assert len(certainty(page)) == 4


def test_a_sixth_condition_cannot_be_added_and_a_link_names_it(morph_home, dashboard):
    """None that was set is lost, and none is set that does not apply."""
    sixth = "least concentration bar_no 50"
    page = opened(dashboard, PATH, {**OFF, "certain": [sixth, *FIVE]})
    assert len(certainty(page)) == 5
    (notice,) = toasts(page)
    assert f"certain={FIVE[-1]} ignored" in notice.replace("\\", "")
    assert "at most 5" in notice and FIVE[0] not in notice
    assert "certain_add" not in [box.key for box in page.selectbox]
    assert "5 conditions are set, the most there can be." in said(page)
    page.button(key="certain_4_remove").click().run()
    assert page.selectbox(key="certain_add").value is None


def test_cards_are_in_the_order_that_applies(morph_home, dashboard):
    """Whatever the order of the link, and after a change of the answer."""
    page = opened(dashboard, PATH, {**OFF, "certain": FIVE[::-1]})
    assert page.session_state["certain"] == FIVE
    assert len(certainty(page)) == 5
    page.selectbox(key="certain_3_label").set_value("bar_no").run()  # σ of merging_none
    page.selectbox(key="certain_3_label").set_value("smooth-or-featured_smooth").run()
    applied = certainty(page)
    assert applied[2:4] == (
        Spread("smooth-or-featured_smooth", 0.2),
        Spread("bar_strong", 0.2),
    )


def test_another_kind_keeps_the_answer(morph_home, dashboard):
    page = opened(dashboard, PATH, {**OFF, "certain": "tail bar_weak 0.1 0.2"})
    page.selectbox(key="certain_0_kind").set_value("concentration").run()
    assert certainty(page) == (Surest("concentration", "bar_weak"),)
    page.button_group(key="certain_0_least").set_value("least").run()
    assert certainty(page) == (Surest("concentration", "bar_weak", least=True),)
    page.selectbox(key="certain_0_kind").set_value("sigma").run()
    assert certainty(page) == (Spread("bar_weak"),)


def test_equal_conditions_become_one_with_a_word(morph_home, dashboard):
    query = {**OFF, "certain": ["sigma bar_weak 0.1", "sigma bar_weak 0.2"]}
    page = opened(dashboard, PATH, query)
    page.number_input(key="certain_0_at_most_value").set_value(0.2).run()
    assert certainty(page) == (Spread("bar_weak", 0.2),)
    assert toasts(page) == ["Two conditions are equal now, and are one."]


def test_undo_sets_nothing_that_another_release_ignores(morph_home, dashboard):
    page = opened(dashboard, PATH, {**OFF, "certain": FIVE[0]})
    page.slider(key="bar_no").set_value((0.0, 0.7)).run()
    page.selectbox(key="release").set_value("fractions-only").run()
    assert page.session_state["certain"] == []
    before = counted(page)
    page.button(key="undo").click().run()
    assert page.session_state["certain"] == []
    assert not page.exception and counted(page) == before
    page.button(key="undo").click().run()
    assert page.session_state["certain"] == [] and counted(page).startswith("**120**")


def test_a_number_that_cannot_be_is_refused_and_the_one_before_stays(
    morph_home, dashboard
):
    page = opened(dashboard, PATH, {**OFF, "certain": FIVE[-1]})
    page.number_input(key="certain_0_percent_value").set_value(0.0).run()
    assert certainty(page) == (Surest("variance", "bar_strong", 40.0),)
    assert "above 0" in toasts(page)[0]


@pytest.mark.parametrize(
    "text",
    ["tail bar_strong 1 0", "tail bar_strong 0.001 1", "surest variance bar_no 0.01"],
)
def test_numbers_beyond_a_slider_s_ends_are_kept(morph_home, dashboard, text):
    page = opened(dashboard, PATH, {**OFF, "certain": text})
    assert not page.exception and not toasts(page)
    assert page.session_state["certain"] == [text]
    assert len(certainty(page)) == 1


@pytest.fixture
def passes_home(empty_home):
    """Three passes: P(ρ > t) is known at nine thresholds alone."""
    folder = empty_home / "releases" / "passes"
    synthetic_release(folder, galaxies=120, release_id="passes", passes=3)
    with database.cursor(empty_home) as con:
        sync.sync(con, empty_home / "releases")
    return empty_home


def test_of_several_passes_thresholds_are_tenths(passes_home, dashboard):
    page = opened(dashboard, PATH, OFF)
    page.selectbox(key="certain_add").set_value("tail").run()
    page.number_input(key="certain_0_threshold_value").set_value(0.34).run()
    assert not page.exception and not toasts(page)
    (condition,) = certainty(page)
    assert condition.threshold == 0.3
    page.slider(key="certain_0_threshold_slider").set_value(0.7).run()
    page.selectbox(key="certain_add").set_value("information").run()
    page.selectbox(key="certain_add").set_value("sigma").run()
    assert len(certainty(page)) == 3
    tails = np.stack(columns(passes_home, "passes")[f"{condition.label}_tail"])
    first = page.session_state["here"].funnel.rows[0]
    assert first.left == (tails[:, 6] >= 0.9).sum()


def test_a_second_condition_of_a_kind_is_of_another_answer(morph_home, dashboard):
    page = opened(dashboard, PATH, {"bar_weak": ["0.1", "1"], "bar_no": ["0", "0.9"]})
    for _ in range(3):
        page.selectbox(key="certain_add").set_value("tail").run()
    labels = [one.label for one in certainty(page)]
    assert sorted(labels) == ["bar_no", "bar_weak", "smooth-or-featured_smooth"]


def test_the_cut_of_one_condition_is_moved_in_explore(morph_home, dashboard):
    query = {**OFF, "certain": FIVE[:3], "step": "certain_2"}
    page = opened(dashboard, PATH, query)
    assert not page.exception
    table = page.dataframe[0].value.set_index("Cut")
    page.number_input(key="cut_sigma bar_strong 0.2_high_0.2").set_value(0.15).run()
    assert certainty(page)[2] == Spread("bar_strong", 0.15)
    left = table["Remaining after this step"].loc[0.15]
    assert counted(page) == f"**{left}** of 300 galaxies"
    assert component(page, "funnel")["chosen"] == 2  # it is still open
