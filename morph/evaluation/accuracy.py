"""Accuracy on galaxies that volunteers are confident about, as the field reports it.

A question counts for a galaxy with more than 34 votes on it, one answer of which has
more than half of them (or more than 0.8: "confident"), as has each answer that leads
there. The model is right if its largest answer is the volunteers', and so is each
answer on its own way there (Walmsley et al. 2022, sect. 5; Ye et al. 2025).
"""

import numpy as np
import pandas as pd

from morph.posterior.answer_arrays import reached_by_largest
from morph.posterior.intervals import wilson
from morph.posterior.tree import DecisionTree, Question
from morph.posterior.vote_fractions import total_votes, vote_fractions

MAJORITY, CONFIDENT = 0.5, 0.8
MORE_VOTES_THAN = 34


def confident_accuracy(
    probability: np.ndarray,
    votes: np.ndarray,
    tree: DecisionTree,
    *,
    threshold: float = CONFIDENT,
    more_votes_than: int = MORE_VOTES_THAN,
) -> pd.DataFrame:
    """Accuracy, precision and F1 of each question's largest answer.

    Parameters
    ----------
    probability : (N, L) array
        Expected vote fractions.
    votes : (N, L) array
        Counts of the same galaxies.

    Returns
    -------
    DataFrame
        A row per question: ``question``, ``n`` galaxies, ``right`` of them,
        ``accuracy`` (equal to the recall weighted by class size) with its 95% Wilson
        interval ``low`` and ``high``, ``precision`` and ``f1``, weighted by class
        size. A galaxy that the model sends another way down the tree counts as
        answered wrongly, and as predicted to have none of the answers.
    """
    fractions = vote_fractions(votes, tree)
    enough = total_votes(votes, tree) > more_votes_than
    voted, predicted = _largest(fractions, tree, threshold), _largest(probability, tree)
    rows = []
    for place, question in enumerate(tree.questions):
        true, told = voted[question.name], predicted[question.name]
        counts = enough[:, place] & (true >= 0)
        counts &= reached_by_largest(voted, question, tree)
        told = np.where(reached_by_largest(predicted, question, tree), told, -1)
        scores = _scores(true[counts], told[counts], question)
        rows.append({"question": question.name} | scores)
    return pd.DataFrame(rows)


def _largest(
    fractions: np.ndarray, tree: DecisionTree, threshold: float = 0.0
) -> dict[str, np.ndarray]:
    """Per question, place of the largest answer, (N,); -1 where none is above."""
    found = {}
    for question in tree.questions:
        own = np.nan_to_num(fractions[:, tree.columns(question)])
        clear = own.max(axis=1) > threshold
        found[question.name] = np.where(clear, own.argmax(axis=1), -1)
    return found


def _scores(true: np.ndarray, told: np.ndarray, question: Question) -> dict[str, float]:
    answers = range(len(question.answers))
    size = np.array([(true == a).sum() for a in answers], dtype=float)
    predicted = np.array([(told == a).sum() for a in answers], dtype=float)
    right = np.array([((true == a) & (told == a)).sum() for a in answers], dtype=float)
    precision, recall = _share(right, predicted), _share(right, size)
    f1 = _share(2 * precision * recall, precision + recall)
    low, high = wilson(right.sum(), size.sum())
    return {
        "n": int(size.sum()),
        "right": int(right.sum()),
        "accuracy": _mean(recall, size),
        "low": float(low),
        "high": float(high),
        "precision": _mean(precision, size),
        "f1": _mean(f1, size),
    }


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, 0 where there is nothing to share."""
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)


def _mean(values: np.ndarray, weights: np.ndarray) -> float:
    return float(np.average(values, weights=weights)) if weights.any() else np.nan
