"""Questions with two sides, such as a bar or none, on few labelled images.

The area under the ROC curve (AUC) is the probability that a galaxy of one side is
ranked above one of the other; it is 0.5 by chance, and needs no threshold.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from morph.trees.decision_tree import DecisionTree
from tests.research.pilots.scores import MASS

# The answers of one side; the other side has the rest, without those left out.
NO = {
    "smooth-or-featured": {"smooth"},
    "has-spiral-arms": {"no"},
    "bar": {"no"},
    "disk-edge-on": {"no"},
    "bulge-size": {"none"},
    "edge-on-bulge": {"none"},
    "merging": {"none"},
}
LEFT_OUT = {"artifact"}
_DRAWS, _FOLDS, _SHUFFLES, _LEAST = 2000, 5, 10, 3


@dataclass(frozen=True)
class Sides:
    """The labels of one question that are on a side."""

    rows: np.ndarray  # (n,) of a table of labels
    yes: np.ndarray  # (n,) bool


def sides(table: pd.DataFrame, question: str) -> Sides:
    """The labels of ``question`` in a table of `labelled.Labelled`."""
    answers = table["answers"].str.split("|").map(set)
    out = answers.map(lambda own: bool(own & LEFT_OUT))
    rows = np.flatnonzero((table["question"] == question) & ~out)
    yes = ~answers.iloc[rows].map(lambda own: own <= NO[question]).to_numpy(bool)
    return Sides(rows, yes)


def score(fractions: np.ndarray, question: str, tree: DecisionTree) -> np.ndarray:
    """(N,) odds of the side "yes" in predicted vote fractions (N, L)."""
    asked = tree.question(question)
    own = fractions[:, tree.columns(asked)]
    no = np.array([answer in NO[question] for answer in asked.answers])
    yes = np.array([answer not in NO[question] | LEFT_OUT for answer in asked.answers])
    return own[:, yes].sum(axis=1) / own[:, no].sum(axis=1).clip(1e-9)


def pairs(score: np.ndarray, yes: np.ndarray) -> np.ndarray:
    """(y, n) whether each "yes" is ranked above each "no"; 0.5 for equal scores."""
    above, below = score[yes][:, None], score[~yes][None]
    return (above > below) + 0.5 * (above == below)


def auc(score: np.ndarray, yes: np.ndarray) -> float:
    """The area under the ROC curve of scores (n,)."""
    return float(pairs(score, yes).mean())


def intervals(
    score: np.ndarray, plain: np.ndarray, yes: np.ndarray, *, seed: int = 0
) -> dict[str, tuple[float, float]]:
    """Bootstrap intervals of the AUC of two scores, and of their difference.

    Galaxies are drawn within each side, whose number was chosen. Each side gets one
    more galaxy that is ranked by chance, so that the interval of a perfect ranking of
    few galaxies does not end at 1 on both sides.
    """
    rng = np.random.default_rng(seed)
    drawn = []
    whole = [_with_chance(pairs(one, yes)) for one in (score, plain)]
    y, n = whole[0].shape
    for _ in range(_DRAWS):
        up = rng.multinomial(y, np.full(y, 1 / y)) / y
        down = rng.multinomial(n, np.full(n, 1 / n)) / n
        drawn.append([up @ one @ down for one in whole])
    own, other = np.array(drawn).T
    found = {"auc": own, "plain": other, "gain": own - other}
    ends = [(1 - MASS) / 2, (1 + MASS) / 2]
    return {name: tuple(np.quantile(one, ends)) for name, one in found.items()}


def _with_chance(pairs: np.ndarray) -> np.ndarray:
    return np.pad(pairs, ((0, 1), (0, 1)), constant_values=0.5)


def plain_score(measures: np.ndarray, yes: np.ndarray) -> np.ndarray:
    """(n,) scores of a logistic regression on measures other than shape (n, K).

    It learns from these labels, in cross-validation, which the network does not: so it
    has an advantage. Scores are ranks within each fold, and means over ten shuffles.
    """
    folds = min(_FOLDS, int(yes.sum()), int((~yes).sum()))
    if folds < _LEAST:
        return np.zeros(len(yes))
    regression = make_pipeline(StandardScaler(), LogisticRegression(C=1.0))
    total = np.zeros(len(yes))
    for seed in range(_SHUFFLES):
        split = StratifiedKFold(folds, shuffle=True, random_state=seed)
        total += cross_val_predict(
            regression, measures, yes, cv=split, method="decision_function"
        )
    return total
