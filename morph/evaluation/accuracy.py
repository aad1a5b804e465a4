"""Accuracy of the most probable answer where volunteers are confident.

A galaxy counts for a question with more than 34 votes if one answer, and every answer
that leads to the question, has more than half of the votes (or more than 0.8:
"confident"). The model is correct if its most probable answers are the same along the
whole path (Walmsley et al. 2022, sect. 5; Ye et al. 2025).
"""

import numpy as np
import pandas as pd

from morph.posterior.answer_arrays import reached_by_largest
from morph.posterior.intervals import wilson
from morph.posterior.vote_fractions import total_votes, vote_fractions
from morph.trees.decision_tree import DecisionTree, Question

MAJORITY, CONFIDENT = 0.5, 0.8
MORE_VOTES_THAN = 34


def confident_accuracy(
    probability: np.ndarray,
    votes: np.ndarray,
    tree: DecisionTree,
    *,
    threshold: float = CONFIDENT,
) -> pd.DataFrame:
    """Accuracy, precision and F1 of the most probable answer to each question.

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
        size. If the predicted path does not reach the question, the galaxy counts as
        wrong, with none of the answers predicted.
    """
    fractions = vote_fractions(votes, tree)
    enough = total_votes(votes, tree) > MORE_VOTES_THAN
    voted, predicted = _largest(fractions, tree, threshold), _largest(probability, tree)
    rows = []
    for index, question in enumerate(tree.questions):
        true, answer = voted[question.name], predicted[question.name]
        counts = enough[:, index] & (true >= 0)
        counts &= reached_by_largest(voted, question, tree)
        answer = np.where(reached_by_largest(predicted, question, tree), answer, -1)
        scores = _scores(true[counts], answer[counts], question)
        rows.append({"question": question.name} | scores)
    return pd.DataFrame(rows)


def _largest(
    fractions: np.ndarray, tree: DecisionTree, threshold: float = 0.0
) -> dict[str, np.ndarray]:
    """Per question, index (N,) of the largest fraction, -1 if not above threshold."""
    largest = {}
    for question in tree.questions:
        values = np.nan_to_num(fractions[:, tree.columns(question)])
        clear = values.max(axis=1) > threshold
        largest[question.name] = np.where(clear, values.argmax(axis=1), -1)
    return largest


def _scores(
    true: np.ndarray, answer: np.ndarray, question: Question
) -> dict[str, float]:
    answers = np.arange(len(question.answers))
    size = (true[:, None] == answers).sum(axis=0)
    predicted = (answer[:, None] == answers).sum(axis=0)
    right = (true[answer == true, None] == answers).sum(axis=0)
    precision, recall = _ratio(right, predicted), _ratio(right, size)
    f1 = _ratio(2 * precision * recall, precision + recall)
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


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, 0 where whole is 0."""
    return np.divide(part, whole, out=np.zeros(whole.shape), where=whole > 0)


def _mean(values: np.ndarray, weights: np.ndarray) -> float:
    return float(np.average(values, weights=weights)) if weights.any() else np.nan


def cohens_kappa(counts: np.ndarray) -> tuple[float, float]:
    """Agreement beyond chance and its standard error, from an (A, A) matrix of counts.

    1 where all agree, 0 for as many as by chance with the same fractions of answers
    (Cohen 1960); its large-sample error is that of Fleiss, Cohen & Everitt (1969).
    NaN without galaxies, or where both give every galaxy the same one answer.
    """
    total = counts.sum()
    part = counts / (total or 1)
    here, there = part.sum(axis=0), part.sum(axis=1)
    agreeing, chance = np.trace(part), here @ there
    if not total or chance == 1:
        return np.nan, np.nan
    kappa = (agreeing - chance) / (1 - chance)
    weight = (there[:, None] + here[None, :]).T  # of a cell: its answers' fractions
    own = np.diag(part) @ (1 - np.diag(weight) * (1 - kappa)) ** 2
    others = part - np.diag(np.diag(part))
    variance = own + (1 - kappa) ** 2 * (others * weight**2).sum()
    variance -= (kappa - chance * (1 - kappa)) ** 2
    return float(kappa), float(np.sqrt(max(variance, 0) / total) / (1 - chance))
