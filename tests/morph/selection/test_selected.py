"""The galaxies that a selection keeps, against numpy on the files."""

from dataclasses import replace

import numpy as np
from hypothesis import example, given

from morph.catalogue.release_table import query
from morph.selection.certainty.certainty import Surest
from morph.selection.conditions import steps, where
from morph.selection.funnel import count, funnel
from morph.selection.selection import Selection
from morph.trees.decision_tree import GZD5, TREES, DecisionTree, Question
from tests.morph.selection.any_selection import AGREED_ON, FEW, MANY, SELECTIONS, VOTED


def names_of(con, release, selection) -> set[str]:
    condition, parameters = where(selection, release)
    sql = f"SELECT iauname FROM {release.table} WHERE {condition}"
    return {name for (name,) in query(con, release, sql, parameters).fetchall()}


@MANY
@given(VOTED)
@example(Selection(certainty=(Surest("variance", "smooth-or-featured_smooth", 55.0),)))
def test_any_selection_is_the_one_made_by_hand(con, plain, by_hand, selection):
    mask = by_hand["plain"].mask(selection)
    assert count(con, plain, selection) == mask.sum()
    assert funnel(con, plain, selection).left == mask.sum()
    assert names_of(con, plain, selection) == set(by_hand["plain"].galaxies.index[mask])


@FEW
@given(SELECTIONS | AGREED_ON)
def test_several_passes_are_selected_by_their_mixture(con, passes, by_hand, selection):
    mask = by_hand["passes"].mask(selection)
    assert count(con, passes, selection) == mask.sum()


@FEW
@given(SELECTIONS)
def test_masked_fractions_never_match_a_limit(con, fractions, by_hand, selection):
    selection = replace(selection, certainty=())
    mask = by_hand["fractions"].mask(selection)
    assert count(con, fractions, selection) == mask.sum()
    for label in selection.limits:
        hidden = np.isnan(by_hand["fractions"].rho[:, GZD5.labels.index(label)])
        assert not (mask & hidden).any()


def test_merging_is_reached_by_smooth_and_by_featured(plain):
    merging = Selection(limits={"merging_merger": (0.5, 1)})
    assert steps(merging, plain)[0].words == (
        "“Smooth” or “Featured or disk” is the most probable answer to "
        "Smooth or featured"
    )
    with_bar = Selection(limits={"merging_merger": (0.5, 1), "bar_strong": (0.5, 1)})
    gates = [step.short for step in steps(with_bar, plain) if step.kind == "gate"]
    assert gates == ["Featured or disk", "Not edge-on"]  # which says smooth is not


def test_a_question_with_several_ways_to_it_needs_one_of_them(monkeypatch, con, plain):
    tree = DecisionTree(
        "two-ways",
        (
            *GZD5.questions[:2],
            Question(
                "how-rounded",
                "How rounded",
                ("round", "in-between", "cigar-shaped"),
                ("Round", "In between", "Cigar"),
                asked_after=("smooth-or-featured_smooth", "disk-edge-on_yes"),
            ),
        ),
    )
    plain = replace(plain, manifest=replace(plain.manifest, tree="two-ways"))
    monkeypatch.setitem(TREES, "two-ways", tree)
    selection = Selection(limits={"how-rounded_round": (0.3, 1)}, tree=tree)
    (gate, _) = steps(selection, plain)
    assert gate.words.endswith("(Smooth, or Featured or disk → Edge-on)")
    smooth, edge_on = "smooth-or-featured_answer", "disk-edge-on_answer"
    sql = f"""SELECT count(*) FROM {plain.table}
        WHERE "how-rounded_round_probability" >= 0.3
        AND ("{smooth}" = 0 OR ("{smooth}" = 1 AND "{edge_on}" = 0))"""
    assert count(con, plain, selection) == con.execute(sql).fetchall()[0][0] > 0


def test_a_limit_of_seven_tenths_keeps_seven_tenths(con, fractions):
    """0.7 in four bytes is less than 0.7 in eight."""
    con.execute("CREATE OR REPLACE TEMP TABLE tenths AS SELECT 0.7::FLOAT AS p")
    condition, parameters = where(
        Selection(limits={"bar_strong": (0.7, 0.7)}, rule="off"), fractions
    )
    sql = condition.replace('"bar_strong_probability"', "p")
    rows = con.execute(f"SELECT count(*) FROM tenths WHERE {sql}", parameters)
    assert rows.fetchall() == [(1,)]


def test_no_limit_is_no_filter(con, plain):
    selection = Selection(limits={"bar_strong": (0, 1)})
    assert selection == Selection()
    assert selection.is_empty
    assert count(con, plain, selection) == 3000
