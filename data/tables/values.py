"""Tell fractions, concentrations and votes apart by their numbers."""

from collections.abc import Mapping
from typing import Literal

import numpy as np

from morph.errors import UnreadableTable
from morph.trees.decision_tree import DecisionTree

Values = Literal["fractions", "concentrations", "votes"]

# Published fractions are rounded to as few as two digits.
SUM_TOLERANCE = 0.03
_MOST = 0.9  # of the rows: what holds for so many was meant for all

_LOOKED_AT = 20_000  # rows; what is found is checked in all where they are read

OF_PER_CENT = "Divide them by 100, or declare their unit as %"
_PER_CENT = f", as percentages do ({OF_PER_CENT.lower()})"
_SOME_SUM_TO_1 = "questions whose numbers sum to 1, and others whose numbers do not"
_ASK = "state which they are: --as fractions, --as concentrations or --as votes"


def told_apart(
    table: str, cells: Mapping[str, np.ndarray], tree: DecisionTree, *, suffix: str
) -> Values:
    """What the numbers of a table of posteriors are.

    Fractions of every question sum to 1, votes are whole numbers, and other positive
    numbers are concentrations, the only ones that may be lists of passes.

    Parameters
    ----------
    cells : mapping
        Numbers (N,) or (N, P) by label.
    suffix : str
        What follows the label in the names of the columns; "" says nothing of them.

    Raises
    ------
    UnreadableTable
        If the numbers are in doubt, or not what the columns are called.
    """
    if len({values.shape for values in cells.values()}) > 1:
        return "concentrations"  # refused where they are read
    step = max(1, len(cells[tree.labels[0]]) // _LOOKED_AT)
    values = np.stack([cells[label][::step] for label in tree.labels])
    sums = _shares_with_sum(values, tree, 1.0) or [0.0]
    given = values[np.isfinite(values)]
    whole = float((given % 1 == 0).mean()) if given.size else 0.0
    plain = values.ndim == 2 and not suffix
    if min(sums) >= _MOST:
        if min(sums) == 1 and plain and whole < 1:
            return "fractions"
        what = "numbers that sum to 1 in every question, as vote fractions do"
    elif not given.size or (suffix and max(sums) < _MOST):
        return "concentrations"
    elif suffix:
        what = _SOME_SUM_TO_1
    elif min(_shares_with_sum(values, tree, 100.0), default=0.0) >= _MOST:
        what = f"numbers that sum to 100 in every question{_PER_CENT}"
    elif whole == 1 and plain:
        return "votes"
    elif whole >= _MOST:
        what = f"whole numbers in {whole:.0%} of its cells, as votes are"
    elif given.min() >= 0 and given.max() <= 1:
        what = "numbers from 0 to 1 that do not sum to 1 in every question"
    elif max(sums) >= _MOST:
        what = _SOME_SUM_TO_1
    elif max(_shares_with_sum(values, tree, 100.0), default=0.0) >= _MOST:
        what = f"numbers that sum to 100 in a question{_PER_CENT}"
    elif plain and _some_are_counts(values, tree):
        what = "whole numbers in some questions, as votes are, and others in the rest"
    else:
        return "concentrations"
    named = f"columns called <label>{suffix}" if suffix else "the columns of answers"
    raise UnreadableTable(f"{table} has {what}, in {named}; {_ASK}")


def _some_are_counts(values: np.ndarray, tree: DecisionTree) -> bool:
    """Whether all numbers of a question are whole, and not all are alike (a prior)."""
    for question in tree.questions:
        cells = values[tree.columns(question)]
        cells = cells[np.isfinite(cells)]
        if cells.size > 1 and (cells % 1 == 0).all() and np.ptp(cells) > 0:
            return True
    return False


def _shares_with_sum(
    values: np.ndarray, tree: DecisionTree, wanted: float
) -> list[float]:
    """Of each question that has some, the share of complete rows with this sum."""
    shares = []
    for question in tree.questions:
        sums = values[tree.columns(question)].sum(axis=0)
        complete = np.isfinite(sums)
        right = np.abs(sums[complete] - wanted) <= SUM_TOLERANCE * wanted
        shares += [float(right.mean())] if right.size else []
    return shares
