"""What votes cost, against scipy's distributions."""

import numpy as np
import pytest
from scipy.stats import dirichlet_multinomial, multinomial

from morph.evaluation.deviance import vote_cost
from morph.posterior.tree import GZD5

BAR = GZD5.columns(GZD5.question("bar"))


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
