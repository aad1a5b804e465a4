"""Do a model's intervals for the votes hold as many galaxies as they promise?

The true vote fraction is unknown, so intervals of the posterior cannot be held against
it. But the posterior also says how many of n volunteers will give an answer: a
beta-binomial count, which is known.
"""

import numpy as np
import pandas as pd
from scipy.special import betaln, gammaln

from morph.evaluation.vote_fraction_errors import ASKED, asked_galaxies
from morph.posterior.answer_arrays import checked_shape
from morph.posterior.intervals import wilson
from morph.posterior.tree import DecisionTree

MASSES = (0.5, 0.8, 0.9)
LEAST_VOTES = 20  # with fewer, a count is too coarse to fall inside or outside
_GALAXIES_AT_ONCE = 4096


def interval_coverage(
    concentration: np.ndarray,
    votes: np.ndarray,
    tree: DecisionTree,
    *,
    masses: tuple[float, ...] = MASSES,
) -> pd.DataFrame:
    """Share of counts inside the model's equal-tailed beta-binomial intervals.

    Parameters
    ----------
    concentration : (N, L) array
        Dirichlet concentrations α > 0.
    votes : (N, L) array
        Counts of the same galaxies; a question counts where it has ``LEAST_VOTES``
        and was asked.

    Returns
    -------
    DataFrame
        A row per question and mass: ``question``, ``mass``, ``n`` answers of galaxies,
        ``coverage`` and its 95% Wilson interval ``low``, ``high``, in which a galaxy
        is worth one trial less than the question has answers: its last count follows
        from the others (trials inside are rounded to whole ones). A count lies inside
        if the middle of its step in the cumulative distribution does (mid-P), so that
        an honest model is at ``mass`` on average, however few the votes.
    """
    concentration = checked_shape(concentration, tree, "concentration")
    asked = asked_galaxies(votes, tree, ASKED)
    rows = []
    for place, question in enumerate(tree.questions):
        columns = tree.columns(question)
        counts = votes[:, columns]
        kept = asked[:, place] & (counts.sum(axis=1) >= LEAST_VOTES)
        middle = mid_probability(concentration[kept][:, columns], counts[kept])
        free = 1 - 1 / len(question.answers)
        for mass in masses:
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

    Parameters
    ----------
    alpha, votes : (N, A) arrays
        Concentrations and whole counts of one question.

    Returns
    -------
    (N, A) array
        In [0, 1]; uniform, but for the steps, if the model is right.
    """
    found = np.empty(votes.shape)
    for start in range(0, len(votes), _GALAXIES_AT_ONCE):
        rows = slice(start, start + _GALAXIES_AT_ONCE)
        found[rows] = _mid_probability(alpha[rows], votes[rows])
    return found


def _mid_probability(alpha: np.ndarray, votes: np.ndarray) -> np.ndarray:
    total = votes.sum(axis=1, keepdims=True)[..., None]  # (N, 1, 1)
    k = np.arange(votes.max(initial=0) + 1)  # (K,)
    own = alpha[..., None]
    other = alpha.sum(axis=1, keepdims=True)[..., None] - own
    rest = np.maximum(total - k, 0)
    log_mass = betaln(own + k, other + rest) - betaln(own, other)
    log_mass += gammaln(total + 1) - gammaln(k + 1) - gammaln(rest + 1)
    mass = np.where(k <= total, np.exp(log_mass), 0)
    below, at = k < votes[..., None], k == votes[..., None]
    return (mass * below).sum(axis=2) + (mass * at).sum(axis=2) / 2
