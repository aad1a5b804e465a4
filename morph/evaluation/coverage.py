"""Posterior predictive checks against the votes: interval coverage and deviance.

True vote fractions are unknown, so credible intervals cannot be tested directly. But
the posterior predicts how many of n volunteers give an answer, a beta-binomial count,
and that count is known.
"""

from collections.abc import Iterator, Sequence

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
_CELLS_AT_ONCE = 2_000_000  # galaxies times answers times possible counts


def interval_coverage(
    concentration: np.ndarray, votes: np.ndarray, tree: DecisionTree
) -> pd.DataFrame:
    """Fraction of counts inside the model's equal-tailed beta-binomial intervals.

    Compare it with ``exact``, not with ``mass``: counts are whole numbers, so that even
    an exact model's intervals contain more or less than ``mass`` of them.

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
        from the others; and ``exact``, the mean coverage if votes were drawn from these
        posteriors (`counts_inside`). NaN where n is 0.
    """
    concentration = checked_shape(concentration, tree, "concentration")
    asked = asked_galaxies(votes, tree)
    rows = []
    for index, question in enumerate(tree.questions):
        columns = tree.columns(question)
        counts = votes[:, columns]
        kept = asked[:, index] & (counts.sum(axis=1) >= LEAST_VOTES)
        alpha = concentration[kept][:, columns]
        both = counts_inside(alpha, counts[kept], masses=_MASSES)
        free = 1 - 1 / len(question.answers)
        for mass, inside, exact in zip(_MASSES, *both, strict=True):
            low, high = wilson(inside.sum() * free, inside.size * free)
            rows.append(
                {
                    "question": question.name,
                    "mass": mass,
                    "n": inside.size,
                    "coverage": inside.mean() if inside.size else np.nan,
                    "low": float(low),
                    "high": float(high),
                    "exact": exact.mean() if inside.size else np.nan,
                }
            )
    return pd.DataFrame(rows)


def counts_inside(
    alpha: np.ndarray, votes: np.ndarray, *, masses: Sequence[float]
) -> tuple[np.ndarray, np.ndarray]:
    """Which counts are inside their predictive intervals, and how probable that was.

    A count is inside the central interval of a mass if the middle of its step in the
    cumulative distribution is (mid-P). Its probability is the sum of P(K = k) over all
    counts k that are inside: the coverage of an exact model.

    Parameters
    ----------
    alpha, votes : (N, A) arrays
        Concentrations and whole counts of one question.
    masses : sequence of M floats
        Nominal probabilities of the intervals, in (0, 1).

    Returns
    -------
    inside : (M, N, A) bool array
    probability : (M, N, A) array
    """
    half = np.asarray(masses)[:, None, None] / 2
    inside = np.empty((len(masses), *votes.shape), dtype=bool)
    probability = np.empty(inside.shape)
    for rows in _in_parts(votes):
        mass, middle = _steps(alpha[rows], votes[rows])
        inside[:, rows] = np.abs(_at(middle, votes[rows]) - 0.5) <= half
        within = np.abs(middle - 0.5) <= half[..., None]
        probability[:, rows] = (mass * within).sum(axis=-1)
    return inside, probability


def mid_probability(alpha: np.ndarray, votes: np.ndarray) -> np.ndarray:
    """P(K < k) + P(K = k) / 2 of each answer's count k, which is beta-binomial.

    ``alpha`` and ``votes`` are (N, A) concentrations and whole counts of one question.
    Of an exact model the mean is 1/2. The result is not uniform: between 0 and 1 it
    takes one value per possible count.
    """
    result = np.empty(votes.shape)
    for rows in _in_parts(votes):
        _, middle = _steps(alpha[rows], votes[rows])
        result[rows] = _at(middle, votes[rows])
    return result


def _in_parts(votes: np.ndarray) -> Iterator[slice]:
    """Slices of galaxies whose possible counts fit into memory."""
    counts = int(votes.sum(axis=1).max(initial=0)) + 1
    galaxies = max(1, _CELLS_AT_ONCE // (counts * votes.shape[1]))
    for start in range(0, len(votes), galaxies):
        yield slice(start, start + galaxies)


def _steps(alpha: np.ndarray, votes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """P(K = k) and P(K < k) + P(K = k) / 2 of every possible count, (N, A, K) each."""
    total = votes.sum(axis=1, keepdims=True)[..., None]  # (N, 1, 1)
    k = np.arange(total.max(initial=0) + 1)  # (K,)
    a = alpha[..., None]
    b = alpha.sum(axis=1, keepdims=True)[..., None] - a
    rest = np.maximum(total - k, 0)
    log_mass = betaln(a + k, b + rest) - betaln(a, b)
    log_mass += gammaln(total + 1) - gammaln(k + 1) - gammaln(rest + 1)
    mass = np.where(k <= total, np.exp(log_mass), 0)
    return mass, mass.cumsum(axis=2) - mass / 2


def _at(middle: np.ndarray, votes: np.ndarray) -> np.ndarray:
    """The values (N, A) at the counts, of (N, A, K)."""
    return np.take_along_axis(middle, votes.astype(int)[..., None], axis=2)[..., 0]


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
