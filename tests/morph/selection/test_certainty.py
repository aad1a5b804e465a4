"""Several conditions of certainty at once: as values, in addresses and as steps."""

import math
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.special import betainc

from morph.catalogue.in_memory import kept_arrays
from morph.errors import MorphError
from morph.selection.certainty.certainty import (
    MOST_CONDITIONS,
    Spread,
    Surest,
    Tail,
    from_text,
    in_order,
    to_text,
)
from morph.selection.conditions import describe, steps
from morph.selection.funnel import count, funnel
from morph.selection.listing.selected_rows import names
from morph.selection.recipe_json import from_json, to_json
from morph.selection.relaxation import relaxation
from morph.selection.selection import Limit, Selection
from morph.selection.url import digest, from_query, to_query
from morph.trees.decision_tree import GZD5
from tests.morph.selection.any_selection import CERTAINTY, MANY

SMOOTH = "smooth-or-featured_smooth"
SEVERAL = (
    Surest("variance", "bar_strong", 40),
    Tail("bar_strong", 0.3, 0.6),
    Spread("has-spiral-arms_yes", 0.14),
    Spread("bar_strong", 0.15),
    Surest("concentration", "has-spiral-arms_yes", 60, least=True),
)
ORDERED = (SEVERAL[1], SEVERAL[2], SEVERAL[3], SEVERAL[4], SEVERAL[0])


@pytest.fixture(params=["in memory", "scanned"])
def anywhere(request, monkeypatch):
    """Whether the release fits into memory or not."""
    if request.param == "scanned":
        monkeypatch.setenv(kept_arrays.SPACE, "0")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: Tail("bar_no", 1.5), "threshold is 1.5; expected a number between"),
        (lambda: Tail("bar_no", 0.5, math.nan), "at_least is nan"),
        (lambda: Spread("bar_no", 0.6), "deviation is 0.6; .* between 0 and 0.5"),
        (lambda: Spread("bar_no", math.nan), "deviation is nan"),
        (lambda: Spread("bar_no", -0.1), "between 0 and 0.5"),
        (lambda: Surest("entropy", "bar_no"), "expected one of: variance"),
        (lambda: Surest("variance", "bar_no", 0), "above 0 and at most 100"),
        (lambda: Surest("variance", "bar_no", math.nan), "above 0 and at most 100"),
    ],
)
def test_a_wrong_condition_says_what_is_expected(wrong, says):
    with pytest.raises(MorphError, match=says):
        wrong()


def test_conditions_are_in_one_order_whatever_order_they_are_given_in():
    """Percentages last, each kind in the order of the tree."""
    assert in_order(SEVERAL, GZD5) == ORDERED
    expected = Selection(certainty=ORDERED)
    for given_in in permutations(SEVERAL):
        selection = Selection(certainty=given_in)
        assert selection == expected and selection.certainty == ORDERED
        assert digest(selection) == digest(expected)
        assert to_query(selection) == to_query(expected)
        assert to_json(selection) == to_json(expected)


def test_equal_conditions_are_one():
    whole = (Tail("bar_no", 0.0, 1.0), Tail("bar_no", 0, 1), Tail("bar_no", -0.0, 1.0))
    assert len(Selection(certainty=whole).certainty) == 1
    twice = Selection(certainty=(*SEVERAL, *SEVERAL))
    assert twice.certainty == ORDERED


def test_more_than_five_conditions_are_refused_in_a_sentence():
    assert MOST_CONDITIONS == 5
    more = (*SEVERAL, Spread(SMOOTH, 0.1))
    with pytest.raises(MorphError, match="6 conditions of certainty; at most 5"):
        Selection(certainty=more)
    query = {"certain": [to_text(one) for one in more]}
    recipe = from_query(query, others=())
    assert recipe.selection.certainty == ORDERED
    (notice,) = recipe.notices
    assert notice.startswith(f"certain=sigma {SMOOTH} 0.1 ignored: there would be 6")


@MANY
@given(CERTAINTY)
def test_every_condition_is_read_from_its_text(conditions):
    for condition in conditions:
        assert from_text(to_text(condition)) == condition
    texts = {to_text(condition) for condition in conditions}
    assert len(texts) == len(set(conditions))  # so each can be removed alone


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "it is no condition of certainty; expected such as “tail bar_strong"),
        ("tail bar_strong 0.5", "it is no condition of certainty"),
        ("sigma bar_strong 0.1 0.2", "it is no condition of certainty"),
        ("most variance bar_strong 15", "it is no condition of certainty"),
        ("tail bar_none 0.5 0.9", "not in the decision tree"),
        ("tail bar_strong half 0.9", "“half” is not a number"),
        ("sigma bar_strong nan", "“nan” is not a number"),
        ("sigma bar_strong inf", "between 0 and 0.5"),
        ("surest entropy bar_strong 15", "expected one of: variance"),
        ("surest variance bar_strong 1e400", "at most 100"),
        ("sigma bar_strong' OR TRUE -- 0.1", "it is no condition of certainty"),
    ],
)
def test_a_refused_condition_is_quoted_alone_and_the_others_stay(text, says):
    query = {"certain": ["sigma bar_weak 0.1", text, "tail bar_no 0.5 0.9"]}
    recipe = from_query(query, others=())
    assert recipe.selection.certainty == (Tail("bar_no"), Spread("bar_weak", 0.1))
    (notice,) = recipe.notices
    assert notice.startswith(f"certain={text} ignored: ") and says in notice


def test_what_a_release_cannot_serve_is_quoted_alone(passes, fractions, plain):
    query = {"certain": [to_text(one) for one in (*SEVERAL, Tail("bar_no", 0.55))]}
    query["certain"].remove(to_text(SEVERAL[2]))
    assert len(from_query(query, plain).selection.certainty) == 5
    recipe = from_query(query, passes)
    assert len(recipe.selection.certainty) == 4
    (notice,) = recipe.notices
    assert notice.startswith("certain=tail bar_no 0.55 0.9 ignored: P(ρ > 0.55) is not")
    recipe = from_query(query, fractions)
    assert recipe.selection.certainty == () and len(recipe.notices) == 5


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ({"sure": "tail"}, Tail(GZD5.labels[0])),
        (
            {"sure": "tail", "sure_answer": "bar_no", "sure_t": "0.1", "sure_c": "0.5"},
            Tail("bar_no", 0.1, 0.5),
        ),
        ({"sure": "variance", "sure_answer": "bar_no"}, Surest("variance", "bar_no")),
        (
            {"sure": "concentration", "sure_share": "40", "sure_end": "least"},
            Surest("concentration", GZD5.labels[0], 40, least=True),
        ),
    ],
)
def test_an_earlier_address_has_its_one_condition(query, condition):
    recipe = from_query(query, others=())
    assert recipe.notices == ()
    assert recipe.selection == Selection(certainty=(condition,))
    assert to_query(recipe.selection) == {"certain": [to_text(condition)]}
    both = from_query({**query, "certain": "sigma bar_weak 0.1"}, others=())
    assert set(both.selection.certainty) == {condition, Spread("bar_weak", 0.1)}


def test_an_earlier_address_without_a_condition_has_none():
    query = {"sure": "none", "sure_answer": "bar_no", "sure_share": "40"}
    assert from_query(query, others=()) == from_query({}, others=())


@pytest.mark.parametrize("condition", SEVERAL)
def test_exactly_one_condition_is_taken_out(condition):
    whole = Selection({"bar_strong": (0.2, 1)}, certainty=SEVERAL)
    left = whole.without(to_text(condition))
    assert set(left.certainty) == set(SEVERAL) - {condition}
    assert left == replace(whole, certainty=left.certainty)
    assert whole.without("certain") == whole.without("tail bar_strong 0.3") == whole


def test_each_condition_is_a_step_with_a_name_of_its_own(con, plain, anywhere):
    selection = Selection(rule="off", certainty=SEVERAL)
    found = funnel(con, plain, selection)
    assert [row.step.short for row in found.rows] == [
        "P(Strong bar > 0.3)",
        "Spiral arms σ",
        "Strong bar σ",
        "least certain 60% (Spiral arms)",
        "most certain 40% (Strong bar)",
    ]
    assert [row.step.parameter for row in found.rows] == [to_text(c) for c in ORDERED]
    assert "standard deviation of Strong bar at most 0.15" in describe(selection, plain)


def columns(con, release) -> dict[str, np.ndarray]:
    table = con.table(release.table).df()
    return {name: table[name].to_numpy() for name in table.columns}


def best(values: np.ndarray, among: np.ndarray, percent: float) -> np.ndarray:
    """Those with the ``percent`` smallest values of some, counted upwards."""
    number = math.ceil(round(percent / 100 * among.sum(), 9))
    return among & (values <= np.sort(values[among])[number - 1])


def test_percentages_are_of_the_galaxies_that_the_conditions_before_leave(
    con, plain, anywhere
):
    """Each number of the funnel, by brute force on the columns of the release."""
    selection = Selection(
        {"bar_weak": (0.0, 0.6)},
        rule="off",
        certainty=SEVERAL,
        physical={"mag_r": Limit(14, 17.5)},
    )
    all_of = columns(con, plain)
    alpha, total = all_of["bar_strong_concentration"], all_of["bar_total"]
    left = all_of["bar_weak_probability"] <= np.float32(0.6)
    expected = [left.sum()]
    left = left & (betainc(total - alpha, alpha, 0.7) >= 0.6)
    expected.append(left.sum())
    for label, sigma in (("has-spiral-arms_yes", 0.14), ("bar_strong", 0.15)):
        left = left & (np.sqrt(all_of[f"{label}_variance"].astype(float)) <= sigma)
        expected.append(left.sum())
    left = best(all_of["has-spiral-arms_total"], left, 60)
    expected.append(left.sum())
    left = best(all_of["bar_strong_variance"], left, 40)
    expected.append(left.sum())
    left = left & (all_of["mag_r"] >= 14) & (all_of["mag_r"] <= 17.5)
    expected.append(left.sum())
    rows = funnel(con, plain, selection).rows
    assert [row.left for row in rows] == expected
    assert len(set(expected)) == 7 and expected[-1] > 5
    assert rows[4].left == math.ceil(rows[3].left * 0.6)
    assert rows[5].left == math.ceil(rows[4].left * 0.4)
    assert not any(row.has_ties for row in rows)


@given(st.lists(st.sampled_from(SEVERAL[1:4]), min_size=1, max_size=3, unique=True))
@example([SEVERAL[1]])
def test_absolute_conditions_together_are_each_of_them(con, plain, conditions):
    """No galaxy is lost to the presence of another condition."""
    off = Selection(rule="off")
    each = [
        set(names(con, plain, replace(off, certainty=(one,)))) for one in conditions
    ]
    together = names(con, plain, replace(off, certainty=tuple(conditions)))
    assert set(together) == set.intersection(*each)


def test_of_several_passes_sigma_is_of_all_passes(con, passes, anywhere):
    variance = columns(con, passes)["bar_strong_total_variance"].astype(float)
    selection = Selection(rule="off", certainty=(Spread("bar_strong", 0.12),))
    number = (np.sqrt(variance) <= 0.12).sum()
    assert count(con, passes, selection) == number
    assert 0 < number < len(variance)


def test_an_unknown_spread_meets_no_condition(con, plain, fractions):
    with pytest.raises(MorphError, match="remove the conditions of certainty"):
        steps(Selection(certainty=(Spread("bar_strong"),)), fractions)
    widest = Selection(rule="off", certainty=(Spread("bar_strong", 0.5),))
    assert count(con, plain, widest) == plain.galaxies


def test_a_json_recipe_keeps_every_condition():
    selection = Selection(certainty=SEVERAL)
    assert from_json(to_json(selection)) == selection


def test_an_empty_selection_is_relaxed_by_one_condition_alone(con, plain):
    """A spread is widened to the next hundredth, a percentage is left as it is."""
    selection = Selection(
        rule="off",
        certainty=(
            Spread("bar_strong", 0.0),
            Tail("bar_strong", 0.3, 0.5),
            Surest("variance", "bar_weak", 50),
        ),
    )
    found = relaxation(con, plain, selection)
    assert found.step.short == "Strong bar σ"
    assert "Among galaxies that meet all other filters, the lowest value is 0." in (
        found.sentence
    )
    assert found.change.startswith("Strong bar σ ≤ 0.")
    others = found.selection.without(to_text(found.selection.certainty[1]))
    assert others == selection.without("sigma bar_strong 0")
    assert found.count == count(con, plain, found.selection) > 0
