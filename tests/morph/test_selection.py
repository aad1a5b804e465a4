"""Selections as SQL against the same selections by hand, in numpy, from the files."""

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from morph import dirichlet
from morph.catalogue import TAIL_THRESHOLDS, query
from morph.errors import MorphError
from morph.funnel import count, funnel
from morph.recipe import (
    digest,
    from_query,
    parameter_names,
    to_query,
    to_query_string,
)
from morph.selection import Limit, Selection, Surest, Tail
from morph.steps import describe, steps, where
from morph.tree import GZD5, TREES, DecisionTree, Question

MANY = settings(max_examples=200)
FEW = settings(max_examples=60)

FRACTIONS = st.integers(0, 20).map(lambda n: n / 20) | st.floats(0, 1)
RANGES = st.tuples(FRACTIONS, FRACTIONS).map(lambda pair: tuple(sorted(pair)))
LABELS = st.sampled_from(GZD5.labels)
# Not up to 1: a tail of 1 less the last digit is 1 to one formula and not to another.
SURENESS = st.none() | st.builds(
    Tail, LABELS, st.sampled_from(TAIL_THRESHOLDS), st.floats(0, 0.999)
)
SURENESS |= st.builds(
    Surest,
    st.sampled_from(["variance", "concentration"]),
    LABELS,
    st.integers(1, 100).map(float),
)
MEASURED = st.dictionaries(
    st.sampled_from(["ra", "dec", "mag_r", "radius_arcsec", "redshift"]),
    st.builds(
        lambda ends, keep: Limit(min(ends), max(ends), keep),
        st.tuples(st.floats(-10, 300), st.floats(-10, 300))
        | st.tuples(st.floats(0, 0.2), st.floats(0, 20)),
        st.booleans(),
    ),
    max_size=2,
)
SELECTIONS = st.builds(
    Selection,
    limits=st.dictionaries(LABELS, RANGES, max_size=3),
    rule=st.sampled_from(["largest", "asked", "off"]),
    asked=FRACTIONS,
    sureness=SURENESS,
    physical=MEASURED,
)

AGREED_ON = st.builds(
    Selection,
    limits=st.dictionaries(LABELS, RANGES, max_size=1),
    rule=st.just("off"),
    sureness=st.builds(Surest, st.just("information"), LABELS, st.floats(1, 100)),
)


class ByHand:
    """A release read from its files, and selections of it with numpy alone."""

    def __init__(self, folder: Path) -> None:
        galaxies = pd.read_parquet(folder / "galaxies.parquet").set_index("iauname")
        posteriors = pd.read_parquet(folder / "posteriors.parquet").set_index("iauname")
        self.galaxies = galaxies
        values = posteriors.loc[galaxies.index].to_numpy(float)
        self.has_alpha = posteriors.columns[0].endswith("_concentration")
        self.alpha = values
        self.rho = (
            dirichlet.expected_probability(values, GZD5) if self.has_alpha else values
        )
        if (folder / "samples.parquet").exists():
            samples = pd.read_parquet(folder / "samples.parquet")
            passes = [
                part.drop(columns="pass").set_index("iauname").loc[galaxies.index]
                for _, part in samples.groupby("pass")
            ]
            self.samples = np.stack([part.to_numpy(float) for part in passes])
            self.rho = dirichlet.mixture_mean(self.samples, GZD5)
        else:
            self.samples = None

    def mask(self, selection: Selection) -> np.ndarray:
        keep = np.ones(len(self.rho), dtype=bool)
        for question in selection.questions:
            if selection.rule == "largest":
                keep &= self._reached(question)
            elif selection.rule == "asked" and question.asked_after:
                asked = np.float32(np.minimum(self._asked(question), 1))
                keep &= asked >= np.float32(selection.asked)
        for label, (low, high) in selection.limits.items():
            rho = np.float32(self.rho[:, GZD5.labels.index(label)])
            keep &= (rho >= np.float32(low)) & (rho <= np.float32(high))
        if selection.sureness is not None:
            keep &= self._sure(selection.sureness, keep)
        for column, limit in selection.physical.items():
            values = self.galaxies[column].to_numpy()
            inside = (values >= limit.low) & (values <= limit.high)
            keep &= inside | (np.isnan(values) & limit.keep_missing)
        return keep

    def _reached(self, question: Question) -> np.ndarray:
        if not question.asked_after:
            return np.ones(len(self.rho), dtype=bool)
        reached = np.zeros(len(self.rho), dtype=bool)
        for label in question.asked_after:
            parent = GZD5.question_of(label)
            rho = self.rho[:, GZD5.columns(parent)]
            known = ~np.isnan(rho).any(axis=1)
            largest = np.nan_to_num(rho).argmax(axis=1) == parent.labels.index(label)
            reached |= known & largest & self._reached(parent)
        return reached

    def _asked(self, question: Question) -> np.ndarray:
        if not question.asked_after:
            return np.ones(len(self.rho))
        return sum(
            self._asked(GZD5.question_of(label)) * self.rho[:, GZD5.labels.index(label)]
            for label in question.asked_after
        )

    def _sure(self, sureness: Tail | Surest, left: np.ndarray) -> np.ndarray:
        place = GZD5.labels.index(sureness.label)
        columns = GZD5.columns(GZD5.question_of(sureness.label))
        if isinstance(sureness, Tail):
            return self._tail(place, columns, sureness.threshold) >= sureness.at_least
        total = self.alpha[:, columns].sum(axis=1)
        if sureness.by == "concentration":
            value = -total
        elif sureness.by == "information":
            question = GZD5.questions.index(GZD5.question_of(sureness.label))
            value = dirichlet.mutual_information(self.samples, GZD5)[:, question]
        elif self.samples is not None:
            value = dirichlet.total_variance(self.samples, GZD5)[:, place]
        else:
            rho = self.alpha[:, place] / total
            value = rho * (1 - rho) / (total + 1)
        value = np.float32(value)
        if not left.any():
            return left
        ranked = np.sort(value[left])
        rank = math.ceil(round(sureness.percent * len(ranked) / 100, 6))
        return value <= ranked[rank - 1]

    def _tail(self, place: int, columns: slice, threshold: float) -> np.ndarray:
        passes = [self.alpha] if self.samples is None else self.samples
        tails = []
        for alpha in passes:
            rest = alpha[:, columns].sum(axis=1) - alpha[:, place]
            tails.append(stats.beta.sf(threshold, alpha[:, place], rest))
        tail = np.mean(tails, axis=0)
        return tail if self.samples is None else np.float32(tail).astype(float)


@pytest.fixture(scope="session")
def con(shared_con):
    return shared_con


@pytest.fixture(scope="session")
def by_hand(releases_folder) -> dict[str, ByHand]:
    return {path.name: ByHand(path) for path in releases_folder.iterdir()}


def names_of(con, release, selection) -> set[str]:
    condition, parameters = where(selection, release)
    sql = f"SELECT iauname FROM {release.table} WHERE {condition}"
    return {name for (name,) in query(con, release, sql, parameters).fetchall()}


@MANY
@given(SELECTIONS)
@example(Selection(sureness=Surest("variance", "smooth-or-featured_smooth", 55.0)))
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
    selection = selection.without("sure")
    mask = by_hand["fractions"].mask(selection)
    assert count(con, fractions, selection) == mask.sum()
    for label in selection.limits:
        hidden = np.isnan(by_hand["fractions"].rho[:, GZD5.labels.index(label)])
        assert not (mask & hidden).any()


@MANY
@given(SELECTIONS)
def test_a_selection_survives_its_url(selection):
    recipe = from_query(to_query(selection), others=())
    assert recipe.selection == selection
    assert recipe.notices == ()
    assert digest(recipe.selection) == digest(selection)


def test_every_step_removes_what_the_funnel_says(con, plain, by_hand):
    selection = Selection(
        limits={"bar_strong": (0.2, 1), "bar_weak": (0, 0.5)},
        sureness=Surest("variance", "bar_strong", 30),
        physical={"mag_r": Limit(14, 17.5)},
    )
    found = funnel(con, plain, selection)
    assert found.total == 3000
    assert [row.step.short for row in found.rows] == [
        "Featured or disk",
        "Not edge-on",
        "Strong bar",
        "Weak bar",
        "surest 30%",
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
        limits={"bar_strong": (0.6, 1)}, sureness=Surest("variance", "bar_strong")
    )
    assert [step.words for step in steps(selection, plain)] == [
        "Featured or disk is the largest answer of Smooth or featured",
        "Not edge-on is the largest answer of Edge-on disk",
        "Strong bar between 0.60 and 1.00",
        "lowest 15% of the variance of Strong bar",
    ]
    assert describe(selection, passes).endswith("the total variance of Strong bar")
    assert describe(Selection(), plain) == "all galaxies of plain"
    asked = Selection(limits={"bar_strong": (0.6, 1)}, rule="asked", asked=0.25)
    assert steps(asked, plain)[0].words == "Bar is asked with probability 0.25 or more"
    off = Selection(limits={"bar_strong": (0.6, 1)}, rule="off")
    assert [step.kind for step in steps(off, plain)] == ["limit"]


def test_merging_is_reached_by_smooth_and_by_featured(plain):
    merging = Selection(limits={"merging_merger": (0.5, 1)})
    assert steps(merging, plain)[0].words == (
        "Smooth or Featured or disk is the largest answer of Smooth or featured"
    )
    with_bar = Selection(limits={"merging_merger": (0.5, 1), "bar_strong": (0.5, 1)})
    gates = [step.short for step in steps(with_bar, plain) if step.kind == "gate"]
    assert gates == ["Featured or disk", "Not edge-on"]  # which says smooth is not


def test_sureness_of_an_answer_follows_the_tree_to_it(plain):
    found = steps(Selection(sureness=Tail("disk-edge-on_yes")), plain)
    assert [step.kind for step in found] == ["gate", "sureness"]


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
    assert gate.words.endswith("Smooth, or Featured or disk → Edge-on")
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
        ({"physical": {"iauname": Limit(0, 1)}}, "column that can be limited"),
        ({"sureness": Tail("bar_none")}, "not in the decision tree"),
    ],
)
def test_a_wrong_selection_says_what_is_expected(wrong, says):
    with pytest.raises(MorphError, match=says):
        Selection(**wrong)


def test_what_a_release_lacks_is_named(passes, fractions, plain):
    with pytest.raises(MorphError, match="vote fractions only"):
        where(Selection(sureness=Tail("bar_strong")), fractions)
    with pytest.raises(MorphError, match="single pass"):
        where(Selection(sureness=Surest("information", "bar_strong")), plain)
    with pytest.raises(MorphError, match=r"at t = 0.1, 0.2"):
        where(Selection(sureness=Tail("bar_strong", threshold=0.55)), passes)
    with pytest.raises(MorphError, match="no column 'mag_g'"):
        where(Selection(physical={"mag_g": Limit(10, 20)}), plain)


def test_no_limit_is_no_filter(con, plain):
    selection = Selection(limits={"bar_strong": (0, 1)})
    assert selection == Selection()
    assert selection.is_empty
    assert count(con, plain, selection) == 3000


def test_a_filter_can_be_taken_out():
    selection = Selection(
        limits={"bar_strong": (0.5, 1)},
        sureness=Tail("bar_strong"),
        physical={"ra": Limit(0, 180)},
    )
    for parameter in ("bar_strong", "sure", "ra"):
        selection = selection.without(parameter)
    assert selection.is_empty
    assert selection.without("rule").rule == "off"


def test_a_url_reads_as_streamlit_writes_it():
    selection = Selection(
        limits={"bar_strong": (0.6, 1)},
        rule="asked",
        asked=0.25,
        sureness=Surest("concentration", "bar_weak", 30),
        physical={"mag_r": Limit(14, 17.5, keep_missing=True)},
    )
    assert to_query(selection) == {
        "bar_strong": ["0.6", "1"],
        "rule": "asked",
        "asked": "0.25",
        "sure": "concentration",
        "sure_answer": "bar_weak",
        "sure_share": "30",
        "mag_r": ["14", "17.5"],
        "mag_r_missing": "keep",
    }
    assert to_query_string(Selection(limits={"bar_strong": (0.6, 1)})) == (
        "bar_strong=0.6&bar_strong=1"
    )
    assert to_query(Selection()) == {}
    assert set(to_query(selection)) <= set(parameter_names())


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"bar_strong": ["0.6"]}, "expected two numbers"),
        ({"bar_strong": "0.6"}, "expected two numbers"),
        ({"bar_strong": ["a", "b"]}, "'a' is not a number"),
        ({"bar_strong": ["0.9", "0.2"]}, "lower one first"),
        ({"bar_strong": ["-1", "nan"]}, "between 0 and 1"),
        ({"rule": "x' OR 1=1"}, "expected one of"),
        ({"asked": ""}, "is not a number"),
        ({"sure": "maybe"}, "expected one of"),
        ({"sure": "tail", "sure_t": "7"}, "between 0 and 1"),
        ({"sure": "variance", "sure_answer": "bar_none"}, "not in the decision tree"),
        ({"sure": "variance", "sure_share": "0"}, "above 0"),
        ({"mag_r": ["1", "2"], "mag_r_missing": "perhaps"}, "expected drop or keep"),
        ({"mag_r": ["inf", "2"]}, "lower one first"),
        ({"bar_strongest": ["0", "1"]}, "no filter"),
    ],
)
def test_a_broken_url_is_read_as_far_as_it_goes(query, named):
    recipe = from_query({"how-rounded_round": ["0.5", "1"], **query}, others=("page",))
    assert recipe.selection.limits == {"how-rounded_round": (0.5, 1)}
    assert recipe.selection.sureness is None
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
    assert exact.selection.sureness == Tail(GZD5.labels[0], 0.55)
    assert len(exact.notices) == 1  # no mag_g in the synthetic releases
    for release in (passes, fractions):
        recipe = from_query(query, release, others=("page",))
        assert recipe.selection.limits == {"bar_strong": (0.5, 1)}
        assert recipe.selection.sureness is None
        assert len(recipe.notices) == 2


def test_the_digest_is_of_what_is_selected_not_how_it_was_written():
    one = Selection(limits={"bar_strong": (0.5, 1), "bar_weak": (0, 0.5)})
    other = Selection(limits={"bar_weak": (0, 0.5), "bar_strong": (0.5, 1)})
    assert digest(one) == digest(other) != digest(one.without("bar_weak"))


def test_a_parameter_without_a_value_counts_as_not_given(plain):
    query = {"rule": [], "sure": [], "bar_strong": [], "mag_r": [], "in_subset": []}
    assert from_query(query, plain, others=()).selection == Selection()
    sure = {"sure": ["tail"], "sure_t": []}
    assert from_query(sure, plain).selection.sureness == Tail(GZD5.labels[0])
