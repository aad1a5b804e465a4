"""Total votes of questions, vote fractions of answers, and posteriors from votes."""

import numpy as np

from morph.posterior.answer_arrays import by_answer, checked_shape, sum_by_question
from morph.posterior.vote_priors import Prior
from morph.trees.decision_tree import DecisionTree


def total_votes(votes: np.ndarray, tree: DecisionTree) -> np.ndarray:
    """Total votes on each question: (N, L) counts -> (N, Q) sums."""
    return sum_by_question(np.asarray(votes), tree)


def vote_fractions(votes: np.ndarray, tree: DecisionTree) -> np.ndarray:
    """Fraction of the votes on a question for each answer, k / N, (N, L) -> (N, L).

    It is NaN for questions without votes.
    """
    votes = checked_shape(votes, tree, "votes")
    totals = by_answer(total_votes(votes, tree), tree)
    unknown = np.full(votes.shape, np.nan)
    return np.divide(votes, totals, out=unknown, where=totals > 0)


def concentrations_of_votes(
    votes: np.ndarray, tree: DecisionTree, prior: Prior
) -> np.ndarray:
    """Concentrations (N, L) of the posteriors of (N, L) vote counts, k + a.

    ValueError if a count is negative or unknown.
    """
    votes = checked_shape(votes, tree, "votes")
    if not (votes >= 0).all():
        raise ValueError("votes are negative or unknown; expected counts of 0 or more")
    return votes + prior.per_answer
