"""What volunteers' votes cost a model: their improbability, question by question."""

import numpy as np
import pandas as pd
from scipy.special import gammaln, xlogy

from morph.posterior.answer_arrays import by_answer, checked_shape, sum_by_question
from morph.posterior.dirichlet import log_likelihood
from morph.posterior.tree import DecisionTree


def vote_cost(
    concentration: np.ndarray, votes: np.ndarray, tree: DecisionTree
) -> pd.DataFrame:
    """Mean cost of a galaxy's votes on each question, and the deviance.

    Parameters
    ----------
    concentration, votes : (N, L) arrays
        Dirichlet concentrations α > 0, and counts of the same galaxies.

    Returns
    -------
    DataFrame
        A row per question: ``question``, ``n`` galaxies with votes on it, ``nats``
        (minus the Dirichlet-multinomial log-likelihood, all constants kept) and
        ``deviance``, twice what nats are above those of the saturated model, a
        multinomial at the fractions of the votes themselves (McCullagh & Nelder 1989,
        sect. 2.3): 0 is the best that any model could do. Means over galaxies, NaN
        where n is 0.
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
    """Cost (N, Q) of the votes at their own fractions; 0 where nobody voted."""
    votes = checked_shape(votes, tree, "votes")
    total = sum_by_question(votes, tree)
    share = votes / np.maximum(by_answer(total, tree), 1)
    answers = xlogy(votes, share) - gammaln(votes + 1)
    return -(gammaln(total + 1) + sum_by_question(answers, tree))
