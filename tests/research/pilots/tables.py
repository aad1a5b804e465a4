"""Rows of the pilots' tables."""

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd

from morph.posterior.intervals import wilson
from morph.trees.decision_tree import GZD5
from tests.research.pilots import scores

Row = dict[str, object]

# Questions of the goal; the others have few examples or answers that overlap.
FIVE = (
    "smooth-or-featured",
    "disk-edge-on",
    "bar",
    "has-spiral-arms",
    "how-rounded",
)


def by_question(table: pd.DataFrame, right: np.ndarray) -> list[Row]:
    """Balanced accuracy of each question, and the mean of the five of the goal."""
    names = [q.name for q in GZD5.questions if q.name in set(table["question"])]
    own = {name: (table["question"] == name).to_numpy() for name in names}
    groups = {name: (table[rows], right[rows]) for name, rows in own.items()}
    found = [_balanced_row(name, [group]) for name, group in groups.items()]
    if set(FIVE) <= set(groups):
        five = [groups[name] for name in FIVE]
        found.append(_balanced_row("mean of five", five))
    return found


def _balanced_row(name: str, groups: Sequence[tuple[pd.DataFrame, np.ndarray]]) -> Row:
    low, high = scores.balanced_interval(groups)
    return {
        "question": name,
        "labels": sum(len(right) for _, right in groups),
        "right": int(sum(right.sum() for _, right in groups)),
        "balanced accuracy": mean_of(scores.balanced_accuracy, groups),
        "low": rounded(low),
        "high": rounded(high),
        "chance": rounded(np.mean([scores.chance(t, GZD5) for t, _ in groups])),
    }


def mean_of(score, groups: Sequence[tuple[pd.DataFrame, np.ndarray]]) -> float:
    """A score's mean over questions."""
    return rounded(np.mean([score(table, right) for table, right in groups]))


def share_row(right: np.ndarray) -> Row:
    """The fraction correct, with a Wilson interval.

    ``right`` (N,) may be fractions for images judged several times; the interval is
    that of images judged once, slightly too wide.
    """
    low, high = wilson(np.array([right.sum()]), np.array([len(right)]))
    return {
        "N": len(right),
        "accuracy": rounded(right.mean()),
        "low": rounded(low[0]),
        "high": rounded(high[0]),
    }


def half_of(image: str) -> str:
    """ "tune" for pictures that choices were made on, "test" for the others.

    Others is all they are: scores of all pictures have been seen.
    """
    return "tune" if hashlib.sha256(image.encode()).digest()[0] % 2 == 0 else "test"


def rounded(value: float) -> float:
    """Round to four decimals."""
    return round(float(value), 4)
