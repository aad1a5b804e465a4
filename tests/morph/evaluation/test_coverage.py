"""Intervals for counts: scipy's distribution, and coverage where it is known."""

import numpy as np
import pytest
from scipy.stats import betabinom, dirichlet_multinomial, multinomial

from morph.evaluation.coverage import interval_coverage, mid_probability, vote_cost
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
    shares = np.stack([rng.dirichlet(a) for a in alpha])
    votes[:, FIRST] = np.stack([rng.multinomial(40, p) for p in shares])
    told[:, FIRST] = scale * alpha
    return told, votes


@pytest.mark.parametrize(
    ("scale", "low", "high"), [(1.0, 0.88, 0.92), (20.0, 0.0, 0.75), (0.1, 0.97, 1.0)]
)
def test_an_honest_model_covers_what_it_says_a_bold_one_less(scale, low, high):
    alpha = np.random.default_rng(1).uniform(1, 12, (4000, 3))
    table = interval_coverage(*drawn(alpha, scale=scale), GZD5)
    found = table.set_index(["question", "mass"]).loc[("smooth-or-featured", 0.9)]
    assert low <= found["coverage"] <= high
    assert found["n"] == 12_000
    assert found["low"] <= found["coverage"] <= found["high"] <= found["low"] + 0.03


def test_galaxies_with_few_votes_do_not_count():
    told, votes = drawn(np.full((5, 3), 4.0))
    votes[:3] = np.floor(votes[:3] / 4)
    table = interval_coverage(told, votes, GZD5).set_index("question")
    assert (table.loc["smooth-or-featured", "n"] == 2 * 3).all()
    assert table.loc["bar", "coverage"].isna().all()


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
