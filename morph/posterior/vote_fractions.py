"""Total votes of questions, vote fractions of answers, and posteriors from votes."""

from collections.abc import Collection

import numpy as np

from morph.posterior.answer_arrays import by_answer, checked_shape, sum_by_question
from morph.posterior.vote_priors import Prior
from morph.trees.decision_tree import DecisionTree

FEWER_THAN = 0.5  # votes per answer that leads to a question


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


def few_votes_words(
    votes: np.ndarray, tree: DecisionTree, *, apart_from: Collection[str] = ()
) -> str:
    """A warning of questions with far fewer votes than the answers that lead to them.

    Every volunteer who gives such an answer is asked the question next, so both numbers
    are about equal; a question with less than ``FEWER_THAN`` of them was another one,
    or was not asked. "" if there is none, ``apart_from`` questions of these names.
    ``votes`` are (N, L) counts.
    """
    by_label = dict(
        zip(tree.labels, np.sum(votes, axis=0, dtype=float).tolist(), strict=True)
    )
    found = []
    for question in tree.questions:
        own = sum(by_label[label] for label in question.labels)
        leading = sum(by_label[label] for label in question.asked_after)
        if own < FEWER_THAN * leading and question.name not in apart_from:
            found.append(
                f"{question.name} has {own:,.0f} votes, and {leading:,.0f} answers "
                "lead to it"
            )
    if not found:
        return ""
    return (
        f"{'; '.join(found)}: perhaps the volunteers were asked another version of "
        "the question. Draw no conclusions from its votes"
    )
