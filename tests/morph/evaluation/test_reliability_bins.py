"""Votes in bins of the predicted fraction, against plain arithmetic."""

import numpy as np
import pytest

from morph.evaluation.reliability_bins import in_bins, in_bins_by_answer
from morph.figures.reliability_figures import reliability_curves
from morph.trees.decision_tree import GZD5


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


def test_every_answer_has_the_bins_of_the_galaxies_that_count():
    rng = np.random.default_rng(2)
    expected = rng.uniform(0, 1, (40, len(GZD5.labels)))
    voted = rng.uniform(0, 1, expected.shape)
    counting = rng.random((40, len(GZD5.questions))) < 0.7
    counting[:, -1] = False
    found = in_bins_by_answer(expected, voted, counting, GZD5)
    bar = GZD5.question("bar")
    kept = counting[:, GZD5.questions.index(bar)]
    column = GZD5.labels.index("bar_weak")
    own = found[found["label"] == "bar_weak"].drop(columns="label")
    alone = in_bins(expected[kept, column], voted[kept, column])
    np.testing.assert_array_equal(own, alone)
    assert own["galaxies"].sum() == kept.sum()
    assert set(found["label"]) == set(
        GZD5.labels[: GZD5.columns(GZD5.questions[-1]).start]
    )


def test_few_galaxies_are_hollow():
    rng = np.random.default_rng(1)
    expected = np.concatenate([rng.uniform(0, 0.1, 40), rng.uniform(0.5, 0.6, 5)])
    table = in_bins(expected, expected).assign(label="bar_strong")
    figure = reliability_curves({"one": (table, "#123456")}, {"bar_strong": "Strong"})
    _, curve = figure.data
    assert curve.marker.symbol == ("circle", "circle-open")
    np.testing.assert_allclose(curve.x, curve.y)
