"""Scores of predicted answers against known ones, with bootstrap intervals.

n galaxies are judged; a score is computed for W sets of weights of them at once: equal
ones, and how often each of the draws of a bootstrap has the galaxy.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

DRAWS, MASS = 1000, 0.95
_LEAST_PROBABILITY = 1e-6  # so that one sure mistake does not decide the log loss

SCORES = ("balanced_accuracy", "log_loss", "roc_auc")


@dataclass(frozen=True)
class Interval:
    """A value with its 95% interval; all NaN where it is not defined."""

    value: float
    low: float
    high: float


def drawn_weights(galaxies: int, *, seed: int, draws: int = DRAWS) -> np.ndarray:
    """(1 + draws, n) weights: ones, then how often each bootstrap draw has a galaxy."""
    even = np.full(galaxies, 1 / galaxies)
    drawn = np.random.default_rng(seed).multinomial(galaxies, even, draws)
    return np.vstack([np.ones(galaxies), drawn])


def score(
    name: str, probability: np.ndarray, given: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """(W,) one of SCORES of (n, K) probabilities; ``given`` (n,) are known answers."""
    known = {
        "balanced_accuracy": balanced_accuracy,
        "log_loss": log_loss,
        "roc_auc": roc_auc,
    }
    return known[name](probability, given, weights)


def balanced_accuracy(
    probability: np.ndarray, given: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """(W,) the fraction predicted right of each answer's galaxies, mean over answers.

    Answers that no galaxy of a draw has do not count. Of equally probable answers, the
    first is the predicted one.
    """
    right = probability.argmax(axis=1) == given
    parts = []
    for answer in np.unique(given):
        has = given == answer
        with np.errstate(invalid="ignore"):
            parts.append(weights[:, has] @ right[has] / weights[:, has].sum(axis=1))
    return np.nanmean(parts, axis=0)


def log_loss(
    probability: np.ndarray, given: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """(W,) mean of -ln of the probability of the known answer, in nats."""
    of_given = probability[np.arange(len(given)), given]
    nats = -np.log(np.clip(of_given, _LEAST_PROBABILITY, 1))
    return weights @ nats / weights.sum(axis=1)


def roc_auc(
    probability: np.ndarray, given: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """(W,) area under the ROC curve; of more than two answers, the mean over answers.

    Of one answer it is the chance that a galaxy with it gets a larger probability than
    one without, ties being half. NaN where all galaxies of a draw have one answer.
    """
    answers = range(probability.shape[1])
    parts = [roc_of_one(probability[:, k], given == k, weights) for k in answers]
    defined = np.isfinite(parts).any(axis=0)
    mean = np.full(len(weights), np.nan)
    mean[defined] = np.nanmean(np.array(parts)[:, defined], axis=0)
    return mean


def interval(values: np.ndarray) -> Interval:
    """The first of (W,) values, and the quantiles of the others that are defined."""
    drawn = values[1:][np.isfinite(values[1:])]
    if not np.isfinite(values[0]) or 2 * len(drawn) < len(values) - 1:
        return Interval(float("nan"), float("nan"), float("nan"))
    low, high = np.quantile(drawn, [(1 - MASS) / 2, (1 + MASS) / 2])
    return Interval(float(values[0]), float(low), float(high))


def mcnemar(one: np.ndarray, other: np.ndarray) -> tuple[int, int, float]:
    """Galaxies that only one of two methods has right, that only the other has, and p.

    ``one`` and ``other`` (n,) tell which are right. The exact two-sided test: whether
    each of these galaxies is as likely to be of either kind; 1 if there is none.
    """
    first, second = int((one & ~other).sum()), int((other & ~one).sum())
    if not first + second:
        return 0, 0, 1.0
    return first, second, float(binomtest(first, first + second).pvalue)


def roc_of_one(value: np.ndarray, has: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(W,) area under the ROC curve of values (n,) for those that ``has`` marks."""
    yes, no = at_each_value(value, has, weights)
    below = np.cumsum(no, axis=1) - no
    with np.errstate(invalid="ignore", divide="ignore"):
        pairs = yes.sum(axis=1) * no.sum(axis=1)
        return (yes * (below + no / 2)).sum(axis=1) / pairs


def at_each_value(
    value: np.ndarray, has: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(W, U) weights with and without the answer at each of U increasing values."""
    order = np.argsort(value, kind="stable")
    ordered = value[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    yes = np.add.reduceat((weights * has)[:, order], starts, axis=1)
    no = np.add.reduceat((weights * ~has)[:, order], starts, axis=1)
    return yes, no
