"""Scores of a model on few labelled images, with intervals."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtri

from morph.trees.decision_tree import DecisionTree

MASS = 0.95
_DRAWS = 2000


def right_answers(
    table: pd.DataFrame, fractions: np.ndarray, usual: np.ndarray, tree: DecisionTree
) -> np.ndarray:
    """Whether a model is correct for each label.

    Examples are selected evenly among the answers, so a model's fraction is divided by
    the ``usual`` one of its training set: the Bayes choice for equally common answers.
    If the answers of a question's labels do not overlap ("strong|weak" and "no"),
    joined answers are treated as one.

    Parameters
    ----------
    table : DataFrame
        Columns question, answers and ``picture``, a row of ``fractions``.
    fractions : (N, L) array
        Predicted vote fractions of the images.
    usual : (L,) array
        Mean vote fractions of the training set, among galaxies asked.

    Returns
    -------
    (len(table),) bool array
    """
    right = np.zeros(len(table), dtype=bool)
    for name, rows in table.reset_index(drop=True).groupby("question").groups.items():
        question, own = tree.question(name), table.iloc[rows]
        columns = tree.columns(question)
        sets = _sets(own["answers"])
        if _overlap(sets):
            sets = [{answer} for answer in question.answers]
        member = np.array([[a in s for s in sets] for a in question.answers], float)
        found = fractions[own["picture"]][:, columns] @ member
        chosen = np.argmax(found / (usual[columns] @ member).clip(1e-6), axis=1)
        right[rows] = [
            sets[best] <= set(answers.split("|"))
            for best, answers in zip(chosen, own["answers"], strict=True)
        ]
    return right


def chance(table: pd.DataFrame, tree: DecisionTree) -> float:
    """Balanced accuracy of guessing, for the labels of one question."""
    sets = _sets(table["answers"])
    if not _overlap(sets):
        return 1 / len(sets)
    answers = len(tree.question(table["question"].iloc[0]).answers)
    return float(np.mean([len(s) / answers for s in sets]))


def _sets(answers: pd.Series) -> list[set[str]]:
    return [set(text.split("|")) for text in sorted(set(answers))]


def _overlap(sets: Sequence[set[str]]) -> bool:
    return len(set.union(*sets)) < sum(map(len, sets))


def balanced_accuracy(table: pd.DataFrame, right: np.ndarray) -> float:
    """Mean over the answers (of one question's labels) of the accuracy."""
    return float(pd.Series(right).groupby(table["answers"].to_numpy()).mean().mean())


def balanced_interval(
    groups: Sequence[tuple[pd.DataFrame, np.ndarray]], *, seed: int = 0
) -> tuple[float, float]:
    """Bootstrap interval of the mean balanced accuracy of several questions.

    Labels are resampled within each answer, whose number of examples was chosen.
    """
    rng = np.random.default_rng(seed)
    drawn = np.zeros(_DRAWS)
    for table, right in groups:
        parts = pd.Series(right).groupby(table["answers"].to_numpy())
        shares = [rng.binomial(len(p), _shrunk(p), _DRAWS) / len(p) for _, p in parts]
        drawn += np.mean(shares, axis=0) / len(groups)
    low, high = np.quantile(drawn, [(1 - MASS) / 2, (1 + MASS) / 2])
    return float(low), float(high)


def _shrunk(right: pd.Series) -> float:
    """The fraction correct, never exactly 0 or 1."""
    return (right.sum() + 0.5) / (len(right) + 1)


def paired_difference(
    before: np.ndarray, after: np.ndarray
) -> tuple[float, float, float]:
    """Fraction correct after minus before on the same labels, with McNemar's interval.

    Adjusted as Agresti & Min (2005): half a label is added to each of the four cells.
    If a label was judged several times, its mean is one observation.
    """
    n, z = len(before) + 2, ndtri((1 + MASS) / 2)
    change = np.asarray(after, float) - np.asarray(before, float)
    middle = change.sum() / n
    half = z * np.sqrt((change @ change + 1) / n - middle**2) / np.sqrt(n)
    return (
        float(change.mean()),
        float(max(middle - half, -1)),
        float(min(middle + half, 1)),
    )
