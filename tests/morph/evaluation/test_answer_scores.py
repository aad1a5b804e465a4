"""Scores of answers against scikit-learn, counting by hand, and worked values."""

import numpy as np
import pytest
from sklearn import metrics

from morph.evaluation.answer_scores import (
    balanced_accuracy,
    drawn_weights,
    interval,
    log_loss,
    mcnemar,
    roc_auc,
)


def made(answers: int, galaxies: int = 40, seed: int = 0):
    """Probabilities with ties, and known answers that they tell something of."""
    rng = np.random.default_rng(seed)
    given = rng.integers(answers, size=galaxies)
    raw = rng.integers(1, 5, (galaxies, answers)).astype(float)
    raw[np.arange(galaxies), given] += 1
    return raw / raw.sum(axis=1, keepdims=True), given


@pytest.mark.parametrize("answers", [2, 3, 6])
def test_scores_are_those_of_scikit_learn_in_every_draw(answers):
    probability, given = made(answers)
    weights = drawn_weights(len(given), seed=3, draws=20)
    found = [f(probability, given, weights) for f in (balanced_accuracy, log_loss)]
    area = roc_auc(probability, given, weights)
    for draw, often in enumerate(weights.astype(int)):
        rows = np.repeat(np.arange(len(given)), often)
        one, known = probability[rows], given[rows]
        said = one.argmax(axis=1)
        assert found[0][draw] == pytest.approx(
            np.mean([(said[known == k] == k).mean() for k in np.unique(known)])
        )
        nats = metrics.log_loss(known, one, labels=range(answers))
        assert found[1][draw] == pytest.approx(nats)
        areas = [
            metrics.roc_auc_score(known == k, one[:, k])
            for k in range(answers)
            if 0 < (known == k).sum() < len(known)
        ]
        assert area[draw] == pytest.approx(np.mean(areas))


def test_draws_have_as_many_galaxies_as_there_are():
    weights = drawn_weights(7, seed=1, draws=50)
    assert (weights[0] == 1).all() and (weights.sum(axis=1) == 7).all()
    assert (drawn_weights(7, seed=1, draws=50) == weights).all()


def test_a_score_of_one_answer_alone_is_not_defined():
    probability, given = made(2)
    weights = drawn_weights(len(given), seed=0, draws=5)
    assert np.isnan(roc_auc(probability, np.zeros_like(given), weights)).all()
    assert np.isnan(interval(np.full(6, np.nan)).value)


def test_an_interval_is_the_middle_of_the_draws():
    values = np.concatenate([[0.4], np.linspace(0, 1, 1001)])
    found = interval(values)
    assert (found.value, found.low) == (0.4, pytest.approx(0.025))
    assert found.high == pytest.approx(0.975)


def test_mcnemar_is_a_coin_thrown_for_the_galaxies_that_differ():
    one = np.array([True] * 8 + [False] * 2 + [True] * 5)
    other = np.array([False] * 8 + [True] * 2 + [True] * 5)
    # Two-sided: P(X <= 2) + P(X >= 8) of ten throws, (1 + 10 + 45) * 2 / 1024.
    assert mcnemar(one, other) == (8, 2, pytest.approx(112 / 1024))
    assert mcnemar(one, one) == (0, 0, 1.0)
