"""Accuracy on galaxies that volunteers are confident about, as the field reports it.

A question counts for a galaxy with more than 34 votes on it, one answer of which has
more than half of them (or more than 0.8: "confident"), as has each answer that leads
there. The model is right if its largest answer is the volunteers', and so is each
answer on its own way there (Walmsley et al. 2022, sect. 5; Ye et al. 2025).
"""

import numpy as np
import pandas as pd

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
    reached, sent = _reached(fractions, tree, threshold), _reached(probability, tree)
    rows = []
    for place, question in enumerate(tree.questions):
        columns = tree.columns(question)
        clear = np.nan_to_num(fractions[:, columns]).max(axis=1) > threshold
        counts = enough[:, place] & clear & reached[question.name]
        true = _largest(fractions[counts][:, columns])
        told = _largest(probability[counts][:, columns])
        told = np.where(sent[question.name][counts], told, -1)
        rows.append({"question": question.name} | _scores(true, told, question))
    return pd.DataFrame(rows)


def _reached(
    fractions: np.ndarray, tree: DecisionTree, threshold: float = 0.0
) -> dict[str, np.ndarray]:
    """Per question, (N,) whether the largest answers, all above it, lead there."""
    reached: dict[str, np.ndarray] = {}
    for question in tree.questions:
        found = np.full(len(fractions), not question.asked_after)
        for label in question.asked_after:
            parent = tree.question_of(label)
            own = np.nan_to_num(fractions[:, tree.columns(parent)])
            largest = own.argmax(axis=1) == parent.labels.index(label)
            clear = own.max(axis=1) > threshold
            found |= reached[parent.name] & largest & clear
        reached[question.name] = found
    return reached


def _largest(values: np.ndarray) -> np.ndarray:
    return np.nan_to_num(values).argmax(axis=1)


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
