"""Groups of certain and uncertain galaxies against selections with pandas."""

from dataclasses import replace

import numpy as np
import pytest

from morph.analysis import extremes
from morph.analysis.extremes import Tails
from morph.catalogue.arrays import arrays
from morph.selection.certainty.certainty import Surest
from morph.selection.conditions import describe
from morph.selection.funnel import count
from morph.selection.listing.ordering import page
from morph.selection.listing.selected_rows import rows
from morph.selection.selection import Selection
from morph.selection.url import from_query, to_query
from morph.trees.decision_tree import GZD5

BAR = GZD5.question("bar")


@pytest.fixture(scope="module")
def con(shared_con):
    return shared_con


def column(con, release, name: str) -> np.ndarray:
    (values,) = arrays(con, release, [name])
    return values


def led_to_bars(con, release) -> np.ndarray:
    featured = column(con, release, "smooth-or-featured_answer") == 1
    return featured & (column(con, release, "disk-edge-on_answer") == 1)


def ends_by_hand(value: np.ndarray, among: np.ndarray, percent: float):
    """The lowest and highest share of the values, each at least that many galaxies."""
    found = np.sort(value[among])
    many = int(np.ceil(round(percent / 100 * len(found), 9)))
    return (among & (value <= found[many - 1])), (among & (value >= found[-many]))


@pytest.mark.parametrize("label", BAR.labels)
@pytest.mark.parametrize("percent", [5, 15, 50])
def test_the_ends_are_the_lowest_and_highest_variances(con, plain, label, percent):
    tails = Tails(at_least=0.5, percent=percent)
    high = column(con, plain, f"{label}_probability") >= np.float32(0.5)
    value = column(con, plain, f"{label}_variance")
    expected = ends_by_hand(value, led_to_bars(con, plain) & high, percent)
    pair = extremes.sure_and_unsure(Selection(), label, tails)
    for selection, mask in zip(pair, expected, strict=True):
        assert rows(con, plain, selection).tolist() == np.flatnonzero(mask).tolist()
        found = extremes.cell(con, plain, selection, about=("variance", label))
        assert found.galaxies == mask.sum() == count(con, plain, selection)
        assert found.low == pytest.approx(value[mask].min())
        assert found.high == pytest.approx(value[mask].max())


def test_much_concentration_is_sure_and_little_is_not(con, plain):
    tails = Tails("concentration", 0.5, 15)
    high = column(con, plain, "bar_no_probability") >= np.float32(0.5)
    total = column(con, plain, "bar_total")
    low, top = ends_by_hand(total, led_to_bars(con, plain) & high, 15)
    sure, unsure = extremes.sure_and_unsure(Selection(), "bar_no", tails)
    assert rows(con, plain, sure).tolist() == np.flatnonzero(top).tolist()
    assert rows(con, plain, unsure).tolist() == np.flatnonzero(low).tolist()
    assert "15% of galaxies with the highest total" in describe(sure, plain)
    assert "15% of galaxies with the lowest total" in describe(unsure, plain)


def test_passes_may_be_contrasted_by_how_far_they_disagree(con, passes):
    tails = Tails("information", 0.2, 30)
    sure, unsure = extremes.sure_and_unsure(Selection(), "bar_no", tails)
    about = ("information", "bar_no")
    one, other = (
        extremes.cell(con, passes, selection, about=about)
        for selection in (sure, unsure)
    )
    assert one.galaxies and one.high < other.low


def test_a_narrower_limit_of_the_selection_stays_and_its_certainty_gives_way():
    selection = Selection(
        limits={"bar_strong": (0.7, 0.9)}, certainty=(Surest("variance", "bar_weak"),)
    )
    for found in extremes.sure_and_unsure(selection, "bar_strong", Tails()):
        assert found.limits == {"bar_strong": (0.7, 0.9)}
        assert [one.label for one in found.certainty] == ["bar_strong"]
    (found, _) = extremes.sure_and_unsure(selection, "bar_strong", Tails(at_least=0.95))
    assert found.limits == {"bar_strong": (0.95, 0.95)}


def test_the_least_sure_go_through_an_address(plain):
    _, unsure = extremes.sure_and_unsure(Selection(), "bar_weak", Tails(percent=20))
    query = to_query(unsure)
    assert query["certain"] == ["least variance bar_weak 20"]
    assert from_query(query, plain).selection == unsure
    wrong = from_query({**query, "certain": "both variance bar_weak 20"}, plain)
    assert wrong.selection.certainty == ()
    assert "certain=both variance bar_weak 20 ignored" in wrong.notices[0]


def test_the_same_seed_draws_the_same_galaxies_of_the_group(con, plain):
    selection, _ = extremes.sure_and_unsure(Selection(), "bar_no", Tails())
    members = set(page(con, plain, selection, limit=9999)["iauname"])
    drawn = [
        extremes.cell(
            con,
            plain,
            selection,
            about=None,
            columns=["ra", "bar_no_above_0.5"],
            pictures=5,
            seed=seed,
        )
        for seed in (1, 1, 2)
    ]
    first, again, other = (list(one.rows["iauname"]) for one in drawn)
    assert first == again != other
    assert set(first) | set(other) <= members
    assert list(drawn[0].rows.columns) == ["iauname", "ra", "bar_no_above_0.5"]
    assert drawn[0].low is None


def test_nobody_is_a_group_too(con, plain):
    selection = Selection(limits={"bar_strong": (1, 1)})
    found = extremes.cell(con, plain, selection, about=("variance", "bar_strong"))
    assert (found.galaxies, found.low, found.high, len(found.rows)) == (
        0,
        None,
        None,
        0,
    )


@pytest.mark.parametrize("rule", ["largest", "asked", "off"])
def test_without_the_tree_more_galaxies_pass_the_same_cut(con, plain, rule):
    selection = Selection(rule=rule)
    pair = extremes.with_and_without_tree(selection, "bar_strong", None, at_least=0.4)
    assert pair[0].rule == ("largest" if rule == "off" else rule)
    high = column(con, plain, "bar_strong_probability") >= np.float32(0.4)
    assert count(con, plain, pair[1]) == high.sum() > count(con, plain, pair[0])


def test_the_least_certain_are_those_of_the_same_cut():
    tails = Tails("variance", 0.4, 30)
    pair = extremes.with_and_without_tree(
        Selection(), "bar_strong", tails, at_least=0.4, least=True
    )
    _, unsure = extremes.sure_and_unsure(Selection(), "bar_strong", tails)
    assert pair == (replace(unsure, rule="largest"), replace(unsure, rule="off"))


def test_strays_are_counted_by_the_first_answer_that_leads_elsewhere(con, plain):
    high = column(con, plain, "bar_strong_probability") >= np.float32(0.4)
    smooth = column(con, plain, "smooth-or-featured_answer")[high]
    edge_on = column(con, plain, "disk-edge-on_answer")[high]
    expected = {
        "smooth-or-featured_smooth": (smooth == 0).sum(),
        "smooth-or-featured_artifact": (smooth == 2).sum(),
        "disk-edge-on_yes": ((smooth == 1) & (edge_on == 0)).sum(),
    }
    _, without = extremes.with_and_without_tree(
        Selection(), "bar_strong", None, at_least=0.4
    )
    found = extremes.strays(con, plain, without, BAR)
    assert {s.label: s.galaxies for s in found} == {
        k: v for k, v in expected.items() if v
    }
    assert [s.galaxies for s in found] == sorted(
        (s.galaxies for s in found), reverse=True
    )
    first = GZD5.questions[0]
    assert extremes.strays(con, plain, without, first) == ()
