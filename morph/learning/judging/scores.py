"""Scores of predictions on galaxies that the model was not fitted to, with intervals.

Each score is computed for many weights of the galaxies at once: equal ones for the
value, and those of bootstrap draws of groups for its 95% interval.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from morph.evaluation.answer_scores import at_each_value, drawn_weights, roc_of_one
from morph.learning.judging.evaluation_results import Estimate

DRAWS, MASS = 500, 0.95


def weights_of(groups: np.ndarray, *, seed: int, draws: int = DRAWS) -> np.ndarray:
    """Weights (1 + draws, n): ones, and how often each draw has the group."""
    places = np.unique(groups, return_inverse=True)[1]
    return drawn_weights(places.max() + 1, seed=seed, draws=draws)[:, places]


def estimate(values: np.ndarray) -> Estimate:
    """The value (the first) and the interval of the others; draws without one do not
    count.
    """
    tail = (1 - MASS) / 2
    known = values[1:][np.isfinite(values[1:])]
    if not np.isfinite(values[0]) or 2 * len(known) < len(values) - 1:
        return Estimate(float(values[0]), np.nan, np.nan)
    low, high = np.quantile(known, [tail, 1 - tail])
    return Estimate(float(values[0]), float(low), float(high))


def accuracy(probability: np.ndarray, given: np.ndarray, weights: np.ndarray):
    """Fraction of galaxies (W,) whose most probable answer is the one given."""
    right = probability.argmax(axis=1) == given
    return weights @ right / weights.sum(axis=1)


def balanced_accuracy(probability: np.ndarray, given: np.ndarray, weights: np.ndarray):
    """Mean over the answers of the fraction that is predicted right (W,)."""
    right = probability.argmax(axis=1) == given
    parts = []
    for answer in np.unique(given):
        has = given == answer
        with np.errstate(invalid="ignore"):
            parts.append((weights[:, has] @ right[has]) / weights[:, has].sum(axis=1))
    return np.mean(parts, axis=0)


def average_precision(
    score: np.ndarray, has: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Mean precision (W,) at the galaxies with the answer, from the largest score."""
    yes, no = at_each_value(-score, has, weights)
    found, shown = np.cumsum(yes, axis=1), np.cumsum(yes + no, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(shown > 0, found / shown, 0)
        return (precision * yes).sum(axis=1) / yes.sum(axis=1)


def over_answers(
    of: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray],
    probability: np.ndarray,
    given: np.ndarray,
    weights: np.ndarray,
) -> np.ndarray:
    """The mean over answers of a score of one answer against all others (W,)."""
    answers = range(probability.shape[1])
    if len(answers) == 2:  # the second one mirrors the first
        answers = range(1)
    parts = [of(probability[:, one], given == one, weights) for one in answers]
    return np.mean(parts, axis=0)


def rmse(predicted: np.ndarray, given: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Root mean squared error (W,) of ratings."""
    return (weights @ (predicted - given) ** 2 / weights.sum(axis=1)) ** 0.5


ROC = partial(over_answers, roc_of_one)
PRECISION = partial(over_answers, average_precision)
