"""Intervals for counts: scipy's distribution, and coverage where it is known."""

import numpy as np
import pytest
from scipy.stats import betabinom, dirichlet_multinomial, multinomial

from morph.evaluation import coverage
from morph.evaluation.coverage import (
    counts_inside,
    interval_coverage,
    mid_probability,
    vote_cost,
)
from morph.posterior.intervals import wilson
from morph.trees.decision_tree import GZD5

L = len(GZD5.labels)
FIRST = GZD5.columns(GZD5.questions[0])
BAR = GZD5.columns(GZD5.question("bar"))


def test_mid_probability_is_scipys_cumulative_less_half_a_step():
    alpha = np.array([[6.0, 3.0, 1.5], [1.2, 40.0, 2.0]])
    votes = np.array([[20, 11, 0], [0, 7, 30]])
    found = mid_probability(alpha, votes)
    for galaxy in range(2):
        for answer in range(3):
            own, total = alpha[galaxy, answer], alpha[galaxy].sum()
            count = betabinom(votes[galaxy].sum(), own, total - own)
            k = votes[galaxy, answer]
            expected = count.cdf(k) - count.pmf(k) / 2
            assert found[galaxy, answer] == pytest.approx(expected, abs=1e-9)


def drawn(alpha: np.ndarray, *, scale: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Posteriors told ``scale`` times surer than those that votes are drawn from."""
    rng = np.random.default_rng(0)
    votes, told = np.zeros((len(alpha), L)), np.ones((len(alpha), L))
    shares = rng.standard_gamma(alpha)
    votes[:, FIRST] = rng.multinomial(40, shares / shares.sum(axis=1, keepdims=True))
    told[:, FIRST] = scale * alpha
    return told, votes


@pytest.mark.parametrize(
    ("scale", "above"), [(1.0, 0.0), (1.5, -0.015), (20.0, -0.2), (0.1, 0.04)]
)
def test_only_an_exact_model_covers_what_it_should(scale, above):
    """Votes drawn from its posteriors; a bolder one covers less, a timid one more."""
    alpha = np.random.default_rng(1).uniform(1, 12, (4000, 3))
    table = interval_coverage(*drawn(alpha, scale=scale), GZD5)
    found = table.set_index(["question", "mass"]).loc[("smooth-or-featured", 0.9)]
    difference = found["coverage"] - found["exact"]
    if above == 0:
        assert abs(difference) < 3 * np.sqrt(0.9 * 0.1 / 8000)
    else:
        assert abs(difference) > abs(above) and difference * above > 0
    assert found["n"] == 12_000
    assert found["low"] <= found["coverage"] <= found["high"] <= found["low"] + 0.03


def test_an_exact_model_covers_more_or_less_than_the_mass_where_counts_are_few():
    """As for arm counts: most volunteers give one answer, and others are rare."""
    alpha = np.tile([30.0, 1, 1], (6000, 1))
    found = interval_coverage(*drawn(alpha), GZD5).set_index(["question", "mass"])
    for mass, low, high in ((0.5, 0.3, 0.4), (0.9, 0.92, 0.95)):
        row = found.loc[("smooth-or-featured", mass)]
        assert low < row["exact"] < high
        assert row["coverage"] == pytest.approx(row["exact"], abs=0.012)


def test_the_coverage_of_an_exact_model_is_summed_over_all_counts():
    alpha, votes = np.array([[6.0, 3.0, 1.5]]), np.array([[20, 11, 0]])
    masses = (0.5, 0.9)
    inside, probability = counts_inside(alpha, votes, masses=masses)
    for answer, own in enumerate(alpha[0]):
        count = betabinom(31, own, alpha.sum() - own)
        for place, mass in enumerate(masses):
            held = [
                k
                for k in range(32)
                if abs(count.cdf(k) - count.pmf(k) / 2 - 0.5) <= mass / 2
            ]
            assert inside[place, 0, answer] == (votes[0, answer] in held)
            summed = sum(count.pmf(k) for k in held)
            assert probability[place, 0, answer] == pytest.approx(summed, abs=1e-9)


def test_huge_counts_need_no_huge_memory(monkeypatch):
    """In parts, the result is the same."""
    random = np.random.default_rng(0)
    alpha, votes = random.uniform(1, 9, (40, 3)), random.integers(0, 60, (40, 3))
    whole = counts_inside(alpha, votes, masses=(0.9,))
    monkeypatch.setattr(coverage, "_CELLS_AT_ONCE", 1000)
    for one, other in zip(
        whole, counts_inside(alpha, votes, masses=(0.9,)), strict=True
    ):
        np.testing.assert_allclose(one, other)


def test_galaxies_with_few_votes_do_not_count():
    told, votes = drawn(np.full((5, 3), 4.0))
    votes[:3] = np.floor(votes[:3] / 4)
    table = interval_coverage(told, votes, GZD5).set_index("question")
    assert (table.loc["smooth-or-featured", "n"] == 2 * 3).all()
    assert table.loc["bar", ["coverage", "exact"]].isna().all(axis=None)


def test_the_two_counts_of_a_question_of_two_answers_are_one_trial():
    votes = np.zeros((30, L))
    votes[:, GZD5.labels.index("smooth-or-featured_featured-or-disk")] = 40
    edge = GZD5.columns(GZD5.question("disk-edge-on"))
    votes[:20, edge], votes[20:, edge] = (20, 20), (40, 0)
    told = np.full((30, L), 8.0)
    table = interval_coverage(told, votes, GZD5)
    found = table.set_index(["question", "mass"]).loc[("disk-edge-on", 0.9)]
    assert (found["n"], found["coverage"]) == (60, pytest.approx(2 / 3))
    low, high = wilson(20, 30)
    assert (found["low"], found["high"]) == pytest.approx((float(low), float(high)))


def test_cost_and_deviance_are_those_of_scipys_distributions():
    random = np.random.default_rng(0)
    alpha = random.uniform(1, 60, (50, len(GZD5.labels)))
    votes = random.integers(0, 9, alpha.shape)
    votes[::3, BAR] = 0  # nobody was asked: these galaxies do not count
    found = vote_cost(alpha, votes, GZD5).set_index("question").loc["bar"]
    rows = [i for i in range(len(alpha)) if votes[i, BAR].any()]
    cost, best = [], []
    for i in rows:
        own, total = votes[i, BAR], votes[i, BAR].sum()
        cost.append(-dirichlet_multinomial(alpha[i, BAR], total).logpmf(own))
        best.append(-multinomial(total, own / total).logpmf(own))
    assert found["n"] == len(rows)
    assert found["nats"] == pytest.approx(np.mean(cost))
    assert found["deviance"] == pytest.approx(2 * np.mean(np.subtract(cost, best)))


def test_ever_surer_of_the_votes_own_fractions_the_deviance_goes_to_zero():
    votes = np.zeros((1, len(GZD5.labels)))
    votes[0, BAR] = (6, 3, 1)
    deviances = [
        vote_cost(scale * (votes + 1e-6), votes, GZD5).set_index("question")["deviance"]
        for scale in (1, 100, 1e6)
    ]
    found = [one["bar"] for one in deviances]
    assert found[0] > found[1] > found[2] > 0
    assert found[2] == pytest.approx(0, abs=1e-3)
    assert np.isnan(deviances[0]["merging"])
