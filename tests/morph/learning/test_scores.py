"""Scores against scikit-learn, and intervals against resampling by hand."""

import numpy as np
import pytest
from sklearn import metrics

from morph.learning.judging import scores

RNG = np.random.default_rng(3)
GIVEN = RNG.integers(0, 3, 60)
PROBABILITY = RNG.dirichlet(np.ones(3), 60).round(1)  # with ties
WEIGHTS = np.vstack([np.ones(60), RNG.integers(0, 4, (5, 60))])


@pytest.mark.parametrize("row", range(6))
def test_each_weighting_is_that_of_scikit_learn(row):
    weights = WEIGHTS[row]
    has = GIVEN == 1
    score = PROBABILITY[:, 1]
    assert scores.roc_of_one(score, has, WEIGHTS)[row] == pytest.approx(
        metrics.roc_auc_score(has, score, sample_weight=weights)
    )
    assert scores.average_precision(score, has, WEIGHTS)[row] == pytest.approx(
        metrics.average_precision_score(has, score, sample_weight=weights)
    )
    largest = PROBABILITY.argmax(axis=1)
    assert scores.accuracy(PROBABILITY, GIVEN, WEIGHTS)[row] == pytest.approx(
        metrics.accuracy_score(GIVEN, largest, sample_weight=weights)
    )
    assert scores.balanced_accuracy(PROBABILITY, GIVEN, WEIGHTS)[row] == pytest.approx(
        metrics.balanced_accuracy_score(GIVEN, largest, sample_weight=weights)
    )
    assert scores.ROC(PROBABILITY, GIVEN, WEIGHTS)[row] == pytest.approx(
        np.mean(
            [
                metrics.roc_auc_score(
                    one == GIVEN, PROBABILITY[:, one], sample_weight=weights
                )
                for one in range(3)
            ]
        )
    )
    assert scores.rmse(score, GIVEN, WEIGHTS)[row] == pytest.approx(
        metrics.root_mean_squared_error(GIVEN, score, sample_weight=weights)
    )


def test_a_draw_repeats_whole_groups():
    groups = np.array([4, 4, 9, 1, 9, 9])
    weights = scores.weights_of(groups, seed=1, draws=200)
    assert (weights[0] == 1).all()
    for one in np.unique(groups):
        members = weights[:, groups == one]
        assert (members == members[:, :1]).all()
    per_group = weights[1:, [0, 2, 3]].sum(axis=1)
    assert (per_group == 3).all()  # as many groups as there are


def test_an_interval_is_that_of_the_draws():
    values = np.concatenate([[0.5], np.arange(101) / 100, [np.nan]])
    found = scores.estimate(values)
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.025, 0.975))
    few = scores.estimate(np.array([0.5, 0.4, np.nan, np.nan]))
    assert few.value == 0.5 and np.isnan(few.low)
