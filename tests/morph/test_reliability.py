"""Reliability: votes in bins of the expected fraction, against plain arithmetic."""

import numpy as np
import pytest

from morph.reliability import in_bins
from morph.reliability_figures import reliability_curves


def test_bins_hold_the_means_and_their_intervals():
    expected = np.array([0.02, 0.08, 0.55, 0.58, 1.0, np.nan])
    voted = np.array([0.0, 0.2, 0.5, 0.7, 0.9, 0.4])
    found = in_bins(expected, voted).set_index("low")
    assert found["galaxies"].to_dict() == {0.0: 2, 0.5: 2, 0.9: 1}
    middle = found.loc[0.5]
    assert (middle["expected"], middle["voted"]) == pytest.approx((0.565, 0.6))
    error = np.std([0.5, 0.7], ddof=1) / np.sqrt(2)
    assert middle["voted_high"] == pytest.approx(0.6 + 1.959964 * error)
    assert found.loc[0.0, "voted_low"] == 0  # cut at the end of the scale
    assert np.isnan(found.loc[0.9, "voted_low"])  # one galaxy has no scatter


def test_no_galaxies_have_no_bins():
    assert in_bins(np.array([np.nan]), np.array([0.5])).empty


def test_few_galaxies_are_hollow():
    rng = np.random.default_rng(1)
    expected = np.concatenate([rng.uniform(0, 0.1, 40), rng.uniform(0.5, 0.6, 5)])
    table = in_bins(expected, expected).assign(label="bar_strong")
    figure = reliability_curves({"one": (table, "#123456")}, {"bar_strong": "Strong"})
    _, curve = figure.data
    assert curve.marker.symbol == ("circle", "circle-open")
    np.testing.assert_allclose(curve.x, curve.y)
