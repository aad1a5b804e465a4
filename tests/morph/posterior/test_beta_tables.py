"""Tabulated Beta tails against scipy, over and beyond the range."""

import numpy as np
import pytest
from scipy import stats

from morph.posterior import beta_tables


def spread(low: float, high: float, values: int = beta_tables.BULK) -> np.ndarray:
    """Pairs of parameters, even in their logarithms, (2, values)."""
    random = np.random.default_rng(0)
    return np.exp(random.uniform(np.log(low), np.log(high), (2, values)))


def sample(*arrays: np.ndarray) -> list[np.ndarray]:
    """Every 10th value: scipy needs seconds for all of them."""
    return [array[::10] for array in arrays]


@pytest.mark.parametrize("threshold", [0.01, 0.1, 0.5, 0.77, 0.99])
def test_tabulated_tails_are_within_tolerance_of_scipys(threshold):
    a, b = spread(beta_tables.LOW, beta_tables.HIGH)
    tail, a, b = sample(beta_tables.upper_tail(a, b, threshold), a, b)
    exact = stats.beta(a, b).sf(threshold)
    np.testing.assert_allclose(tail, exact, rtol=0, atol=beta_tables.TOLERANCE)


def test_parameters_beyond_the_table_are_scipys():
    a, b = spread(1e-3, 1e6)
    outside = (np.minimum(a, b) < beta_tables.LOW) | (
        np.maximum(a, b) > beta_tables.HIGH
    )
    tail = beta_tables.upper_tail(a, b, 0.3)[outside]
    exact = stats.beta(*sample(a[outside], b[outside]))
    np.testing.assert_allclose(tail[::10], exact.sf(0.3), rtol=1e-9, atol=1e-12)


def test_few_values_are_scipys():
    a, b = spread(1e-3, 1e6, 1000)
    exact = stats.beta(a, b)
    np.testing.assert_allclose(
        beta_tables.upper_tail(a, b, 0.3), exact.sf(0.3), rtol=1e-9, atol=1e-12
    )


def test_everything_lies_above_0_and_nothing_above_1():
    a, b = spread(beta_tables.LOW, beta_tables.HIGH)
    assert (beta_tables.upper_tail(a, b, 0.0) == 1).all()
    assert (beta_tables.upper_tail(a, b, 1.0) == 0).all()


def test_threads_keep_order_and_shape():
    values = np.arange(600_000.0).reshape(-1, 3)
    np.testing.assert_array_equal(beta_tables.in_threads(np.negative, values), -values)
    assert beta_tables.in_threads(np.negative, np.empty((0, 3))).shape == (0, 3)
