"""Dirichlet posteriors of an ensemble."""

import numpy as np
import pytest
from numpy.polynomial.hermite_e import hermegauss
from scipy.stats import norm

from morph.learning.models.ranking import concentrations
from morph.learning.models.rating_model import rating_members


def test_the_mean_is_that_of_the_members_and_the_variances_are_theirs():
    rng = np.random.default_rng(0)
    members = rng.dirichlet([4.0, 2.0, 6.0], (4000, 3))  # (B, n, A), of one Dirichlet
    alpha = concentrations(members, 1000)
    total = alpha.sum(axis=1)
    assert alpha / total[:, None] == pytest.approx(members.mean(axis=0))
    mean = alpha / total[:, None]
    variance = (mean * (1 - mean)).sum(axis=1) / (total + 1)
    assert variance == pytest.approx(members.var(axis=0).sum(axis=1))
    assert total == pytest.approx([12, 12, 12], rel=0.1)


def test_the_sum_is_bounded_by_the_number_of_labels():
    same = np.full((8, 1, 2), [0.9, 0.1])
    assert concentrations(same, 30) == pytest.approx(np.array([[28.8, 3.2]]))
    opposite = np.array([[[0.999, 0.001]], [[0.001, 0.999]]])
    assert concentrations(opposite, 30).sum() == pytest.approx(1)


def test_weights_are_those_of_repeated_members():
    rng = np.random.default_rng(1)
    members = rng.dirichlet(np.ones(3), (3, 5))
    weighted = concentrations(members, 50, weights=np.array([0.5, 0.25, 0.25]))
    repeated = concentrations(members[[0, 0, 1, 2]], 50)
    assert weighted == pytest.approx(repeated)


def test_a_rating_is_the_process_plus_noise_rounded():
    mean, error, noise = np.array([3.2]), np.array([0.7]), 0.4
    members, weights = rating_members(mean, error, noise, np.arange(6.0))
    found = np.einsum("b,bna->na", weights, members)[0]
    rng = np.random.default_rng(2)
    drawn = rng.normal(3.2, 0.7, 400_000) + rng.normal(0, 0.4, 400_000)
    ratings = np.clip(np.round(drawn), 0, 5)
    shares = np.bincount(ratings.astype(int), minlength=6) / len(ratings)
    assert found == pytest.approx(shares, abs=0.004)
    at_node = members[4, 0, 3]  # the middle one is the mean itself
    expected = norm.cdf(3.5, 3.2, noise) - norm.cdf(2.5, 3.2, noise)
    assert hermegauss(9)[0][4] == 0
    assert at_node == pytest.approx(expected, rel=1e-3)
