"""Posterior predictive checks against the votes: interval coverage and deviance.

True vote fractions are unknown, so credible intervals cannot be tested directly. But
the posterior predicts how many of n volunteers give an answer, a beta-binomial count,
and that count is known.
"""

import numpy as np
import pandas as pd
from scipy.special import betaln, gammaln, xlogy

from morph.evaluation.vote_fraction_errors import asked_galaxies
from morph.posterior.answer_arrays import by_answer, checked_shape, sum_by_question
from morph.posterior.dirichlet import log_likelihood
from morph.posterior.intervals import wilson
from morph.trees.decision_tree import DecisionTree

_MASSES = (0.5, 0.8, 0.9)
LEAST_VOTES = 20  # counts with fewer are too coarse for intervals
_GALAXIES_AT_ONCE = 4096


def interval_coverage(
    concentration: np.ndarray, votes: np.ndarray, tree: DecisionTree
) -> pd.DataFrame:
    """Fraction of counts inside the model's equal-tailed beta-binomial intervals.

    Parameters
    ----------
    concentration : (N, L) array
        Dirichlet concentrations α > 0.
    votes : (N, L) array
        Counts of the same galaxies; a galaxy counts for a question that it reaches
        with at least ``LEAST_VOTES`` votes.

    Returns
    -------
    DataFrame
        A row per question and mass: ``question``, ``mass``, ``n`` answers of galaxies,
        ``coverage`` and its 95% Wilson interval ``low``, ``high``, in which a galaxy
        has one trial less than the question has answers, since its last count follows
        from the others. A count is inside if the middle of its step in the cumulative
        distribution is (mid-P), so that the mean coverage of a calibrated model is
        ``mass`` for any number of votes.
    """
    concentration = checked_shape(concentration, tree, "concentration")
    asked = asked_galaxies(votes, tree)
    rows = []
    for index, question in enumerate(tree.questions):
        columns = tree.columns(question)
        counts = votes[:, columns]
        kept = asked[:, index] & (counts.sum(axis=1) >= LEAST_VOTES)
        middle = mid_probability(concentration[kept][:, columns], counts[kept])
        free = 1 - 1 / len(question.answers)
        for mass in _MASSES:
            inside = np.abs(middle - 0.5) <= mass / 2
            low, high = wilson(inside.sum() * free, inside.size * free)
            rows.append(
                {
                    "question": question.name,
                    "mass": mass,
                    "n": inside.size,
                    "coverage": inside.mean() if inside.size else np.nan,
                    "low": float(low),
                    "high": float(high),
                }
            )
    return pd.DataFrame(rows)


def mid_probability(alpha: np.ndarray, votes: np.ndarray) -> np.ndarray:
    """P(K < k) + P(K = k) / 2 of each answer's count k, which is beta-binomial.

    ``alpha`` and ``votes`` are (N, A) concentrations and whole counts of one question.
    The result is uniform, apart from the steps, if the model is calibrated.
    """
    result = np.empty(votes.shape)
    for start in range(0, len(votes), _GALAXIES_AT_ONCE):
        rows = slice(start, start + _GALAXIES_AT_ONCE)
        result[rows] = _mid_probability(alpha[rows], votes[rows])
    return result


def _mid_probability(alpha: np.ndarray, votes: np.ndarray) -> np.ndarray:
    total = votes.sum(axis=1, keepdims=True)[..., None]  # (N, 1, 1)
    k = np.arange(votes.max(initial=0) + 1)  # (K,)
    a = alpha[..., None]
    b = alpha.sum(axis=1, keepdims=True)[..., None] - a
    rest = np.maximum(total - k, 0)
    log_mass = betaln(a + k, b + rest) - betaln(a, b)
    log_mass += gammaln(total + 1) - gammaln(k + 1) - gammaln(rest + 1)
    mass = np.where(k <= total, np.exp(log_mass), 0)
    below, at = k < votes[..., None], k == votes[..., None]
    return (mass * below).sum(axis=2) + (mass * at).sum(axis=2) / 2


def vote_cost(
    concentration: np.ndarray, votes: np.ndarray, tree: DecisionTree
) -> pd.DataFrame:
    """Mean negative log-likelihood and deviance of the votes on each question.

    Parameters
    ----------
    concentration, votes : (N, L) arrays
        Dirichlet concentrations α > 0, and counts of the same galaxies.

    Returns
    -------
    DataFrame
        A row per question: ``question``, ``n`` galaxies with votes on it, ``nats``
        (minus the Dirichlet-multinomial log-likelihood, with all constants) and
        ``deviance``, twice the difference from the saturated model, a multinomial at
        the fractions of the votes (McCullagh & Nelder 1989, sect. 2.3), so 0 at best.
        Means over galaxies, NaN where n is 0.
    """
    cost = -log_likelihood(concentration, votes, tree)
    above = 2 * (cost - _saturated(votes, tree))
    voted = sum_by_question(checked_shape(votes, tree, "votes"), tree) > 0
    number = voted.sum(axis=0)

    def mean(values: np.ndarray) -> np.ndarray:
        none = np.full(len(number), np.nan)
        return np.divide(values.sum(axis=0), number, out=none, where=number > 0)

    names = [question.name for question in tree.questions]
    return pd.DataFrame(
        {"question": names, "n": number, "nats": mean(cost), "deviance": mean(above)}
    )


def _saturated(votes: np.ndarray, tree: DecisionTree) -> np.ndarray:
    """Negative log-likelihood (N, Q) of the saturated model; 0 without votes."""
    votes = checked_shape(votes, tree, "votes")
    total = sum_by_question(votes, tree)
    fraction = votes / np.maximum(by_answer(total, tree), 1)
    answers = xlogy(votes, fraction) - gammaln(votes + 1)
    return -(gammaln(total + 1) + sum_by_question(answers, tree))
