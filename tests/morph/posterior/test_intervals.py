"""Intervals against scipy, published values and coverage."""

import numpy as np
import pytest
from scipy import stats

from morph.posterior.intervals import beta_interval, wilson


@pytest.mark.parametrize(
    ("counted", "trials"), [(0, 10), (1, 10), (8, 10), (10, 10), (263, 300), (7, 7)]
)
@pytest.mark.parametrize("mass", [0.68, 0.95])
def test_wilson_is_scipys(counted, trials, mass):
    expected = stats.binomtest(counted, trials).proportion_ci(mass, method="wilson")
    low, high = wilson(counted, trials, mass=mass)
    np.testing.assert_allclose([low, high], expected, atol=1e-12)


def test_wilson_of_a_worked_example():
    low, high = wilson(81, 263)  # Newcombe 1998, table I
    np.testing.assert_allclose([low, high], [0.2553, 0.3662], atol=5e-5)


def test_fractions_of_trials_are_rounded_not_cut():
    np.testing.assert_array_equal(wilson(7 * 3 * (1 / 3), 9.6), wilson(7, 10))
    np.testing.assert_array_equal(wilson(2.9999999999, 3.0), wilson(3, 3))


def test_nothing_counted_of_nothing_may_be_anything():
    low, high = wilson(np.array([0, 3]), np.array([0, 4]))
    assert (low[0], high[0]) == (0, 1) and 0 < low[1] < 0.75 < high[1] < 1


def test_beta_interval_of_a_betas_own_moments_is_its_interval():
    for a, b in ((6, 4), (1.5, 30), (200, 3)):
        beta = stats.beta(a, b)
        low, high = beta_interval(beta.mean(), beta.var(), mass=0.9)
        np.testing.assert_allclose([low, high], beta.interval(0.9), rtol=1e-9)


def test_a_mean_without_variance_is_its_own_interval_and_nan_stays_nan():
    low, high = beta_interval(np.array([0.3, 0.0, 1.0, np.nan]), np.zeros(4))
    np.testing.assert_array_equal(low, [0.3, 0, 1, np.nan])
    np.testing.assert_array_equal(high, low)
