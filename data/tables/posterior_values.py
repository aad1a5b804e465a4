"""Check the numbers of a table of concentrations or of fractions."""

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pandas as pd

from data.tables.values import OF_PER_CENT, SUM_TOLERANCE
from morph.errors import UnreadableTable
from morph.release.folder import (
    MOST_CONCENTRATION,
    is_concentration,
)
from morph.trees.decision_tree import DecisionTree, Question

_NO_FRACTIONS = (
    "If they are concentrations or votes, add --as concentrations or --as votes; if "
    f"they are percentages: {OF_PER_CENT.lower()}"
)


def concentrations(
    table: str, cells: Mapping[str, np.ndarray], names: pd.Series
) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Mean concentrations, and those of every pass if cells are lists."""
    shapes = {label: values.shape[1:] for label, values in cells.items()}
    if len(set(shapes.values())) > 1:
        few = min(shapes, key=lambda label: shapes[label])
        many = max(shapes, key=lambda label: shapes[label])
        raise UnreadableTable(
            f"{table} lists {_passes(shapes[few])} for {few} but "
            f"{_passes(shapes[many])} for {many}; expected the same number for every "
            "answer"
        )
    for label, values in cells.items():
        _check_concentrations(table, label, values, names)
    columns = {f"{label}_concentration": values for label, values in cells.items()}
    several = values.ndim == 2
    mean = {c: v.mean(axis=1) if several else v for c, v in columns.items()}
    posteriors = pd.DataFrame({"iauname": names} | mean)
    if not several or values.shape[1] == 1:
        return posteriors, None
    passes = values.shape[1]
    samples = {
        "iauname": names.repeat(passes).to_numpy(),
        "pass": np.tile(np.arange(passes, dtype=np.int16), len(names)),
    }
    # Models predict float32; 25 passes of float64 would waste memory.
    samples |= {c: v.ravel().astype(np.float32) for c, v in columns.items()}
    return posteriors, pd.DataFrame(samples)


def _passes(shape: tuple[int, ...]) -> str:
    return f"{shape[0]} passes" if shape else "one number"


def _check_concentrations(
    table: str, label: str, values: np.ndarray, names: pd.Series
) -> None:
    bad = ~is_concentration(values)
    if bad.any():
        first = np.unravel_index(int(np.argmax(bad)), bad.shape)
        advice = (
            "remove galaxies that have none"
            if np.isnan(values[first])
            else "if these are not concentrations, add --as fractions or --as votes"
        )
        raise UnreadableTable(
            f"{table} has {bad.sum():,} concentrations of {label} that are not "
            f"positive numbers (first: {values[first]} for {names[first[0]]}); "
            f"expected 0 < α <= {MOST_CONCENTRATION:g}: {advice}"
        )


def fractions(
    table: str,
    cells: dict[str, np.ndarray],
    tree: DecisionTree,
    *,
    rescaled: bool = False,
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Fractions; NaN for a question with some answers missing, or that all are 0.

    ``rescaled`` divides those of a question by their sum, which need not be 1.
    ``cells`` are taken out of their mapping: those of 8.7 million galaxies are 2.4 GB,
    too much to hold twice.
    """
    if any(numbers.ndim > 1 for numbers in cells.values()):
        raise UnreadableTable(
            f"{table} lists several numbers for every answer; fractions of single "
            "passes cannot be loaded: replace them by their mean"
        )
    _refuse_outside(table, cells, tree)
    report: Counter[str] = Counter()
    columns: dict[str, np.ndarray] = {}
    for question in tree.questions:
        part = np.stack([cells.pop(label) for label in question.labels])
        report += _emptied(part)
        if rescaled:
            report += _rescaled(part)
        _check_sums(table, part, question)
        part.clip(0, 1, out=part)
        columns |= dict(zip(question.labels, part, strict=True))
    named = {f"{label}_fraction": columns[label] for label in tree.labels}
    return pd.DataFrame(named, copy=False), dict(report)


def _refuse_outside(
    table: str, cells: Mapping[str, np.ndarray], tree: DecisionTree
) -> None:
    """UnreadableTable if a number is no fraction; it names the first row."""
    total, first = 0, None
    for number, label in enumerate(tree.labels):
        values = cells[label]
        outside = (values < -SUM_TOLERANCE) | (values > 1 + SUM_TOLERANCE)
        if outside.any():
            total += int(outside.sum())
            here = int(np.argmax(outside)), number
            first = here if first is None else min(first, here)
    if first is None:
        return
    row, label = first[0], tree.labels[first[1]]
    raise UnreadableTable(
        f"{table} has {total:,} fractions outside 0 to 1 (first: {cells[label][row]} "
        f"for {label} in row {row + 1:,}). {_NO_FRACTIONS}"
    )


def _emptied(part: np.ndarray) -> Counter[str]:
    """Empty galaxies of (A, N) that are incomplete or 0, in place; their numbers."""
    missing = sum(np.isnan(answer).astype(np.int8) for answer in part)
    half = (missing > 0) & (missing < len(part))
    nobody = (part == 0).all(axis=0)
    part[:, half | nobody] = np.nan
    return Counter(
        {
            "incomplete questions, set to empty": int(half.sum()),
            "questions with fractions of 0 for all answers, set to empty": int(
                nobody.sum()
            ),
        }
    )


def _rescaled(part: np.ndarray) -> Counter[str]:
    """Divide fractions (A, N) by their sums, in place; how many are far from 1."""
    sums = part.sum(axis=0)
    wrong = np.abs(sums - 1) > SUM_TOLERANCE
    part /= sums
    what = "questions whose fractions did not sum to 1, divided by their sum"
    return Counter({what: int(wrong.sum())})


def _check_sums(table: str, part: np.ndarray, question: Question) -> None:
    """UnreadableTable if fractions (A, N) of a question do not sum to 1."""
    wrong = np.abs(part.sum(axis=0) - 1) > SUM_TOLERANCE
    if wrong.any():
        row = int(np.argmax(wrong))
        raise UnreadableTable(
            f"{table} has {wrong.sum():,} galaxies whose fractions of {question.name} "
            f"do not sum to 1 (first: {part[:, row].sum():.3f} in row {row + 1:,}). "
            f"{_NO_FRACTIONS}"
        )
