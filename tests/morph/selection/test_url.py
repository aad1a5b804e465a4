"""A selection in its address: written, read, and read where it is broken."""

import pytest
from hypothesis import given

from morph.selection.certainty.certainty import Surest, Tail
from morph.selection.conditions import steps
from morph.selection.parameters import parameters
from morph.selection.selection import Limit, Selection
from morph.selection.url import (
    digest,
    from_query,
    from_values,
    to_query,
    to_query_string,
    to_values,
)
from morph.trees.decision_tree import GZD5
from tests.morph.selection.any_selection import MANY, VOTED


@MANY
@given(VOTED)
def test_a_selection_survives_its_url(selection):
    recipe = from_query(to_query(selection), others=())
    assert recipe.selection == selection
    assert recipe.notices == ()
    assert digest(recipe.selection) == digest(selection)


@MANY
@given(VOTED)
def test_values_of_widgets_select_as_their_texts_do(plain, selection):
    read = from_query(to_query(selection), plain)
    assert from_values(to_values(selection), plain) == read
    assert read.steps == steps(read.selection, plain)


def test_a_url_reads_as_streamlit_writes_it():
    selection = Selection(
        limits={"bar_strong": (0.6, 1)},
        rule="asked",
        asked=0.25,
        least_votes=20,
        certainty=(Surest("concentration", "bar_weak", 30),),
        physical={"mag_r": Limit(14, 17.5, keep_missing=True)},
    )
    assert to_query(selection) == {
        "bar_strong": ["0.6", "1"],
        "rule": "asked",
        "asked": "0.25",
        "least_votes": "20",
        "certain": ["surest concentration bar_weak 30"],
        "mag_r": ["14", "17.5"],
        "mag_r_missing": "keep",
    }
    assert to_query_string(Selection(limits={"bar_strong": (0.6, 1)})) == (
        "bar_strong=0.6&bar_strong=1"
    )
    assert to_query(Selection()) == {}
    assert set(to_query(selection)) <= set(parameters())


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"bar_strong": ["0.6"]}, "expected two numbers"),
        ({"bar_strong": "0.6"}, "expected two numbers"),
        ({"bar_strong": ["a", "b"]}, "“a” is not a number"),
        ({"bar_strong": ["0.9", "0.2"]}, "lower one first"),
        ({"bar_strong": ["-1", "nan"]}, "between 0 and 1"),
        ({"rule": "x' OR 1=1"}, "expected one of"),
        ({"asked": ""}, "is not a number"),
        ({"least_votes": "many"}, "is not a number"),
        ({"least_votes": "2.5"}, "is not a whole number"),
        ({"least_votes": "-1"}, "a whole number from 0"),
        ({"least_votes": "1e30"}, "a whole number from 0"),
        ({"sure": "maybe"}, "expected one of"),
        ({"sure": "tail", "sure_t": "7"}, "between 0 and 1"),
        ({"sure": "variance", "sure_answer": "bar_none"}, "not in the decision tree"),
        ({"sure": "variance", "sure_share": "0"}, "above 0"),
        (
            {"mag_r": ["1", "2"], "mag_r_missing": "perhaps"},
            "expected one of: drop, keep",
        ),
        ({"mag_r": ["inf", "2"]}, "lower one first"),
        ({"bar_strongest": ["0", "1"]}, "unknown parameter"),
    ],
)
def test_a_broken_url_is_read_as_far_as_it_goes(query, named):
    recipe = from_query({"how-rounded_round": ["0.5", "1"], **query}, others=("page",))
    assert recipe.selection.limits == {"how-rounded_round": (0.5, 1)}
    assert recipe.selection.certainty == ()
    assert not recipe.selection.physical
    assert len(recipe.notices) == 1
    assert named in recipe.notices[0]


def test_a_url_keeps_only_what_the_release_can_serve(plain, passes, fractions):
    query = {
        "bar_strong": ["0.5", "1"],
        "sure": "tail",
        "sure_t": "0.55",
        "mag_g": ["1", "2"],
        "page": "3",
    }
    exact = from_query(query, plain, others=("page",))
    assert exact.selection.certainty == (Tail(GZD5.labels[0], 0.55),)
    assert len(exact.notices) == 1  # no mag_g in the synthetic releases
    for release in (passes, fractions):
        recipe = from_query(query, release, others=("page",))
        assert recipe.selection.limits == {"bar_strong": (0.5, 1)}
        assert recipe.selection.certainty == ()
        assert len(recipe.notices) == 2


def test_the_digest_is_of_what_is_selected_not_how_it_was_written():
    one = Selection(limits={"bar_strong": (0.5, 1), "bar_weak": (0, 0.5)})
    other = Selection(limits={"bar_weak": (0, 0.5), "bar_strong": (0.5, 1)})
    assert digest(one) == digest(other) != digest(one.without("bar_weak"))


def test_a_parameter_without_a_value_counts_as_not_given(plain):
    query = {"rule": [], "sure": [], "bar_strong": [], "mag_r": [], "in_subset": []}
    assert from_query(query, plain, others=()).selection == Selection()
    sure = {"sure": ["tail"], "sure_t": []}
    assert from_query(sure, plain).selection.certainty == (Tail(GZD5.labels[0]),)
