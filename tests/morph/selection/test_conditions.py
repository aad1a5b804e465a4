"""The steps of a selection: what they say, and what is no selection."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest

from morph.errors import MorphError
from morph.selection.certainty.certainty import Surest, Tail
from morph.selection.conditions import describe, steps, where
from morph.selection.funnel import funnel
from morph.selection.selection import Limit, Selection


def test_every_step_removes_what_the_funnel_says(con, plain, by_hand):
    selection = Selection(
        limits={"bar_strong": (0.2, 1), "bar_weak": (0, 0.5)},
        certainty=(Surest("variance", "bar_strong", 30),),
        physical={"mag_r": Limit(14, 17.5)},
    )
    found = funnel(con, plain, selection)
    assert found.total == 3000
    assert [row.step.short for row in found.rows] == [
        "Featured or disk",
        "Not edge-on",
        "Strong bar",
        "Weak bar",
        "most certain 30% (Strong bar)",
        "r-band magnitude",
    ]
    left = [found.total, *(row.left for row in found.rows)]
    assert [row.removed for row in found.rows] == [
        before - after for before, after in pairwise(left)
    ]
    assert left[5] == math.ceil(left[4] * 0.3)
    assert found.left == by_hand["plain"].mask(selection).sum() > 0


def test_steps_say_what_they_do(plain, passes):
    selection = Selection(
        limits={"bar_strong": (0.6, 1)}, certainty=(Surest("variance", "bar_strong"),)
    )
    assert [step.words for step in steps(selection, plain)] == [
        "Featured or disk is the most probable answer to Smooth or featured",
        "Not edge-on is the most probable answer to Edge-on disk",
        "Strong bar between 0.60 and 1.00",
        "the 15% of galaxies with the lowest variance of Strong bar",
    ]
    assert describe(selection, passes).endswith("lowest total variance of Strong bar")
    assert describe(Selection(), plain) == "all galaxies of plain"
    asked = Selection(limits={"bar_strong": (0.6, 1)}, rule="asked", asked=0.25)
    (gate, _) = steps(asked, plain)
    assert gate.words == "Bar is reached with probability 0.25 or more"
    off = Selection(limits={"bar_strong": (0.6, 1)}, rule="off")
    assert [step.kind for step in steps(off, plain)] == ["limit"]


def test_certainty_of_an_answer_follows_the_tree_to_it(plain):
    found = steps(Selection(certainty=(Tail("disk-edge-on_yes"),)), plain)
    assert [step.kind for step in found] == ["gate", "tail"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"limits": {"bar_gigantic": (0, 0.5)}}, "not in the decision tree"),
        ({"limits": {'bar_strong" OR TRUE --': (0, 0.5)}}, "not in the decision tree"),
        ({"limits": {"bar_strong": (0.5, 1.5)}}, "between 0 and 1"),
        ({"limits": {"bar_strong": (0.6, 0.5)}}, "lower one first"),
        ({"limits": {"bar_strong": (math.nan, 1)}}, "between 0 and 1"),
        ({"rule": "sideways"}, "expected one of"),
        ({"asked": 2.0}, "between 0 and 1"),
        ({"least_votes": -1}, "a whole number from 0 to 1,000,000"),
        ({"least_votes": 2.5}, "a whole number from 0 to 1,000,000"),
        ({"physical": {"iauname": Limit(0, 1)}}, "column that can be limited"),
        ({"certainty": (Tail("bar_none"),)}, "not in the decision tree"),
    ],
)
def test_a_wrong_selection_says_what_is_expected(wrong, says):
    with pytest.raises(MorphError, match=says):
        Selection(**wrong)


def test_what_a_release_lacks_is_named(passes, fractions, plain):
    with pytest.raises(MorphError, match="fractions without posteriors"):
        where(Selection(certainty=(Tail("bar_strong"),)), fractions)
    with pytest.raises(MorphError, match="single pass"):
        where(Selection(certainty=(Surest("information", "bar_strong"),)), plain)
    with pytest.raises(MorphError, match=r"choose t from 0.1, 0.2"):
        where(Selection(certainty=(Tail("bar_strong", threshold=0.55),)), passes)
    with pytest.raises(MorphError, match="no column 'mag_g'"):
        where(Selection(physical={"mag_g": Limit(10, 20)}), plain)
    with pytest.raises(MorphError, match="it has no votes; set the minimum"):
        where(Selection(least_votes=1), fractions)
    earlier = replace(plain, columns=plain.columns - {"bar_votes"})
    with pytest.raises(MorphError, match=r"run .*python.* -m data rebuild"):
        where(Selection({"bar_strong": (0.5, 1)}, least_votes=1), earlier)


def test_votes_are_counted_on_the_questions_of_the_selection(con, plain):
    """A galaxy needs them on every question that is limited."""
    limits = {"bar_strong": (0.0, 0.9), "has-spiral-arms_yes": (0.0, 0.9)}
    barred = Selection(limits=limits, rule="off", least_votes=5)
    (votes, *_) = steps(barred, plain)
    assert votes.words == "at least 5 votes on Spiral arms and on Bar"
    assert votes.in_full == votes.words and votes.parameter == "least_votes"
    sql = 'SELECT least("bar_votes", "has-spiral-arms_votes") FROM ' + plain.table
    counts = con.execute(sql).df().iloc[:, 0]
    assert funnel(con, plain, barred).rows[0].left == (counts >= 5).sum() > 0
    (one, *_) = steps(replace(barred, least_votes=1), plain)
    assert one.words.startswith("at least 1 vote on ")
    assert steps(Selection(least_votes=20), plain) == ()  # no question is limited
    assert barred.without("least_votes") == replace(barred, least_votes=0)


def test_a_question_without_votes_meets_no_condition_of_votes(con, plain):
    """The votes of the table are those of the file, 0 where it has none."""
    sql = (
        'SELECT "bar_votes" AS total, "bar_strong" + "bar_weak" + "bar_no" AS summed '
        f"FROM {plain.table} LEFT JOIN {plain.votes_table} USING (iauname)"
    )
    rows = con.execute(sql).df()
    assert (rows["total"] == rows["summed"].fillna(0)).all()


def test_a_filter_can_be_taken_out():
    selection = Selection(
        limits={"bar_strong": (0.5, 1)},
        certainty=(Tail("bar_strong"),),
        physical={"ra": Limit(0, 180)},
    )
    for parameter in ("bar_strong", "tail bar_strong 0.5 0.9", "ra"):
        selection = selection.without(parameter)
    assert selection.is_empty
    assert selection.without("rule").rule == "off"
