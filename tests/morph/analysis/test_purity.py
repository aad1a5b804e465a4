"""Purity and completeness against simulated truths, votes and worked cuts."""

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from morph.analysis.purity import (
    cut_for_purity,
    expected_by_cut,
    path_to,
    true_from_votes,
    voted_by_cut,
)
from morph.errors import MorphError
from morph.posterior.dirichlet import tail_probability
from morph.trees.decision_tree import GZD5, DecisionTree, Question

STRONG = GZD5.labels.index("bar_strong")
FEATURED = GZD5.labels.index("smooth-or-featured_featured-or-disk")
FACE_ON = GZD5.labels.index("disk-edge-on_no")


def drawn(galaxies: int = 4000, seed: int = 0) -> np.ndarray:
    """Concentrations of mostly featured, face-on galaxies."""
    rng = np.random.default_rng(seed)
    alpha = 1 + rng.gamma(0.7, 8, (galaxies, len(GZD5.labels)))
    alpha[:, FEATURED] += rng.gamma(1, 30, galaxies)
    alpha[:, FACE_ON] += rng.gamma(1, 30, galaxies)
    return alpha


def tail_and_truth(alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """P(ρ > 0.5) of a strong bar, and of all that makes a galaxy have one."""
    tails = tail_probability(alpha, GZD5, 0.5)
    return tails[:, STRONG], tails[:, [FEATURED, FACE_ON, STRONG]].prod(axis=1)


def test_path_to_an_answer_leads_through_the_tree():
    path = path_to("bar_strong", GZD5)
    assert [(q.name, labels) for q, labels in path] == [
        ("smooth-or-featured", ("smooth-or-featured_featured-or-disk",)),
        ("disk-edge-on", ("disk-edge-on_no",)),
        ("bar", ("bar_strong",)),
    ]
    assert len(path_to("smooth-or-featured_smooth", GZD5)) == 1
    assert path_to("merging_none", GZD5)[0][1] == (
        "smooth-or-featured_smooth",
        "smooth-or-featured_featured-or-disk",
    )


def test_an_answer_that_several_questions_lead_to_is_refused():
    yes_no, words = ("yes", "no"), ("Yes", "No")
    tree = DecisionTree(
        "t",
        (
            Question("a", "A", yes_no, words),
            Question("b", "B", yes_no, words, asked_after=("a_yes",)),
            Question("c", "C", yes_no, words, asked_after=("a_no", "b_yes")),
        ),
    )
    with pytest.raises(MorphError, match="follows several questions"):
        path_to("c_yes", tree)


def expected_table() -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    tail, probability = tail_and_truth(drawn())
    candidates = np.random.default_rng(2).random(len(tail)) < 0.7
    return expected_by_cut(tail, probability, candidates), tail, probability, candidates


def test_every_cut_expects_the_sum_of_its_galaxies_probabilities():
    table, tail, probability, candidates = expected_table()
    for row in table.iloc[::7].itertuples():
        sample = candidates & (tail >= row.cut)
        assert row.galaxies == sample.sum()
        assert row.expected == pytest.approx(probability[sample].sum())
        variance = (probability * (1 - probability))[sample].sum()
        assert row.expected_sd == pytest.approx(np.sqrt(variance))
        assert row.completeness == pytest.approx(
            probability[sample].sum() / probability.sum()
        )
        if row.galaxies:
            assert row.purity == pytest.approx(probability[sample].mean())


def test_expected_numbers_are_those_of_simulated_truths():
    table, tail, probability, candidates = expected_table()
    row = table[table["cut"] == 0.5].iloc[0]
    sample = candidates & (tail >= 0.5)
    truths = np.random.default_rng(0).random((4000, sample.sum())) < probability[sample]
    true = truths.sum(axis=1)
    assert true.mean() == pytest.approx(row.expected, rel=0.01)
    assert true.std() == pytest.approx(row.expected_sd, rel=0.05)
    inside = (true / sample.sum() >= row.purity_low) & (
        true / sample.sum() <= row.purity_high
    )
    assert inside.mean() == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize(
    "probability", [[0.9], [0.99, 0.98, 0.99], [0.2, 0.5, 0.9, 0.7, 0.6, 0.95]]
)
def test_of_a_few_galaxies_a_whole_number_has_the_answer(probability):
    given = np.array(probability)
    row = expected_by_cut(given, given, np.ones(len(given), bool), cuts=(0.1,)).iloc[0]
    mass = np.zeros(len(given) + 1)  # of every number that has it, by enumeration
    for truths in itertools.product((0, 1), repeat=len(given)):
        chance = np.where(truths, given, 1 - given).prod()
        mass[sum(truths)] += chance
    low, high = (int(np.argmax(mass.cumsum() >= end)) for end in (0.025, 0.975))
    assert row.purity_low == low / len(given)
    assert row.purity_high == high / len(given)


def test_galaxies_on_a_cut_are_in_its_sample():
    tail = np.array([0.5, 0.5, 0.49, 0.51])
    table = expected_by_cut(tail, tail, np.ones(4, bool), cuts=(0.5, 0.51))
    assert table["galaxies"].tolist() == [3, 1]


def test_unknown_galaxies_are_in_no_sample():
    tail = np.array([0.9, np.nan, 0.9])
    probability = np.array([0.8, 0.8, np.nan])
    table = expected_by_cut(tail, probability, np.ones(3, bool), cuts=(0.5,))
    assert table["galaxies"].tolist() == [1] and table["expected"][0] == 0.8


def test_the_lowest_cut_that_is_pure_enough_is_chosen():
    table, *_ = expected_table()
    row = cut_for_purity(table, 0.6)
    before = table[table["cut"] < row["cut"]]
    assert row["purity"] >= 0.6
    assert len(before) and (before["purity"] < 0.6).all()


def test_a_purity_that_cannot_be_reached_names_the_one_that_can():
    tail = np.array([0.95, 0.9, 0.4])
    table = expected_by_cut(tail, tail * 0.8, np.ones(3, bool))
    with pytest.raises(MorphError, match=r"purity of 99%.*is 76.0% with 1 galax"):
        cut_for_purity(table, 0.99)


def test_no_candidates_are_said_to_be_none():
    tail = np.array([0.9])
    table = expected_by_cut(tail, tail, np.zeros(1, bool))
    with pytest.raises(MorphError, match="no galaxies are left"):
        cut_for_purity(table, 0.5)
    assert np.isnan(table["purity"]).all()


def votes(first: tuple, edge: tuple, bar: tuple) -> np.ndarray:
    row = np.zeros((1, len(GZD5.labels)))
    row[0, 0:3], row[0, 3:5], row[0, STRONG : STRONG + 3] = first, edge, bar
    return row


def by_label(counts: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip(GZD5.labels, counts.T, strict=True))


@pytest.mark.parametrize(
    ("counts", "truth"),
    [
        (votes((5, 35, 0), (2, 33), (20, 5, 8)), 1),
        (votes((5, 35, 0), (2, 33), (10, 5, 18)), 0),
        (votes((5, 35, 0), (2, 33), (5, 1, 2)), np.nan),  # 8 votes on the bar
        (votes((5, 35, 0), (30, 5), (3, 1, 1)), 0),  # edge-on, surely
        (votes((35, 5, 0), (0, 5), (5, 0, 0)), 0),  # smooth, surely
        (votes((2, 5, 0), (0, 5), (5, 0, 0)), np.nan),  # 7 votes in all
        (votes((0, 40, 0), (0, 40), (20, 20, 0)), 0),  # exactly half is not more
        (votes((20, 20, 0), (0, 40), (40, 0, 0)), 0),
        (votes((0, 0, 0), (0, 0), (0, 0, 0)), np.nan),
    ],
)
def test_votes_say_yes_no_or_too_few(counts, truth):
    found = true_from_votes(by_label(counts), "bar_strong", GZD5)
    np.testing.assert_array_equal(found, [truth])


def test_votes_measure_purity_and_completeness_by_counting():
    tail = np.array([0.9, 0.8, 0.7, 0.6, 0.3, 0.9])
    truth = np.array([1, 1, 0, 1, 1, np.nan])
    table = voted_by_cut(tail, truth, np.ones(6, bool), cuts=(0.5, 0.75))
    assert table["galaxies"].tolist() == [4, 2]
    assert table["right"].tolist() == [3, 2]
    np.testing.assert_allclose(table["purity"], [0.75, 1])
    np.testing.assert_allclose(table["completeness"], [0.75, 0.5])
    expected = stats.binomtest(3, 4).proportion_ci(method="wilson")
    assert (table["purity_low"][0], table["purity_high"][0]) == pytest.approx(expected)
    assert cut_for_purity(table, 0.9)["cut"] == 0.75


def test_calibrated_posteriors_and_votes_agree_on_the_purity():
    rng = np.random.default_rng(3)
    alpha = drawn(6000)
    tail, probability = tail_and_truth(alpha)
    counts = np.zeros_like(alpha)
    for question in GZD5.questions:
        columns = GZD5.columns(question)
        gamma = rng.standard_gamma(alpha[:, columns])
        share = gamma / gamma.sum(axis=1, keepdims=True)
        counts[:, columns] = rng.multinomial(2000, share)
    everyone = np.ones(len(tail), bool)
    expected = expected_by_cut(tail, probability, everyone, cuts=(0.6,))
    truth = true_from_votes(by_label(counts), "bar_strong", GZD5)
    voted = voted_by_cut(tail, truth, everyone, cuts=(0.6,))
    assert voted["purity"][0] == pytest.approx(expected["purity"][0], abs=0.03)
    assert voted["completeness"][0] == pytest.approx(
        expected["completeness"][0], abs=0.05
    )
