"""Check the numbers of a table of concentrations or of fractions."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import pandas as pd

from data.tables.positions import PLACEHOLDERS
from data.tables.values import OF_PER_CENT, SUM_TOLERANCE
from morph.errors import UnreadableTable
from morph.release.folder import (
    MOST_CONCENTRATION,
    is_concentration,
)
from morph.tables import Table
from morph.tables.units import column_to_unit
from morph.trees.decision_tree import DecisionTree, Question

Kept = TypeVar("Kept")

_BLOCK_ROWS = 100_000  # that are checked at once
_OUTSIDE = "outside"  # beside the names of questions
_NO_FRACTIONS = (
    "If they are concentrations or votes, add --as concentrations or --as votes; if "
    f"they are percentages: {OF_PER_CENT.lower()}"
)


def plain(
    table: Table, numbers: Mapping[str, np.ndarray], by_label: Mapping[str, str]
) -> tuple[dict[str, np.ndarray], dict[str, int | str]]:
    """Numbers without a unit, per cent as fractions, placeholders as NaN; a report."""
    cells: dict[str, np.ndarray] = {}
    report: dict[str, int | str] = {}
    lost = 0
    for label, column in by_label.items():
        given, unit = numbers[column], table.units.get(column, "")
        if (given <= max(PLACEHOLDERS)).any():
            unknown = np.isin(given, PLACEHOLDERS)
            lost += int(unknown.sum())
            given = np.where(unknown, np.nan, given) if unknown.any() else given
        cells[label] = column_to_unit(table.name, column, given, unit=unit, wanted="")
        if cells[label] is not given:
            report["answers"] = f"converted from {unit} to numbers"
    if lost:
        report["answers such as -99 or -999, treated as missing"] = lost
    return cells, report


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


def in_memory(columns: Sequence[str], blocks: Iterable[np.ndarray]) -> pd.DataFrame:
    """The rows of all blocks (M, C)."""
    parts = [block.T for block in blocks]
    values = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
    return pd.DataFrame(values.T, columns=list(columns), copy=False)


def sliced(cells: Mapping[str, np.ndarray]) -> Iterator[dict[str, np.ndarray]]:
    """Columns as blocks of rows."""
    for start in range(0, len(next(iter(cells.values()))), _BLOCK_ROWS):
        block = slice(start, start + _BLOCK_ROWS)
        yield {label: values[block] for label, values in cells.items()}


@dataclass(frozen=True)
class _Wrong:
    """How many numbers are wrong in the blocks read so far, and the first of them."""

    number: int
    row: int
    value: float
    label: str = ""

    def before(self, later: "_Wrong") -> "_Wrong":
        return replace(self, number=self.number + later.number)


def fractions(
    table: str,
    blocks: Iterable[Mapping[str, np.ndarray]],
    tree: DecisionTree,
    *,
    rescaled: bool = False,
    kept: Callable[[Sequence[str], Iterable[np.ndarray]], Kept],
) -> tuple[Kept, dict[str, int]]:
    """Fractions; NaN for a question with some answers missing, or that all are 0.

    ``rescaled`` divides those of a question by their sum, which need not be 1.
    ``kept`` takes the names of columns, and the fractions (M, L) of one block of rows
    after another: those of 8.7 million galaxies are 2.4 GB, too much to hold. All rows
    are read before a wrong one is refused, so that all are counted.
    """
    report: Counter[str] = Counter()
    wrong: dict[str, _Wrong] = {}

    def checked() -> Iterator[np.ndarray]:
        start = 0
        for cells in blocks:
            values, emptied, faults = _checked(table, cells, tree, rescaled)
            report.update(emptied)
            for what, fault in faults.items():
                here = replace(fault, row=start + fault.row)
                wrong[what] = wrong[what].before(here) if what in wrong else here
            start += len(values)
            yield values

    whole = kept([f"{label}_fraction" for label in tree.labels], checked())
    _refuse(table, wrong, tree)
    return whole, dict(+report)


def _checked(
    table: str, cells: Mapping[str, np.ndarray], tree: DecisionTree, rescaled: bool
) -> tuple[np.ndarray, Counter[str], dict[str, _Wrong]]:
    """Fractions (M, L) of a block, how many are changed, and what is wrong in it."""
    if any(numbers.ndim > 1 for numbers in cells.values()):
        raise UnreadableTable(
            f"{table} lists several numbers for every answer; fractions of single "
            "passes cannot be loaded: replace them by their mean"
        )
    report: Counter[str] = Counter()
    values = np.empty((len(tree.labels), len(cells[tree.labels[0]])))
    wrong = _outside(cells, tree)
    for question in tree.questions:
        part = values[tree.columns(question)]
        for answer, label in zip(part, question.labels, strict=True):
            answer[:] = cells[label]
        report += _emptied(part)
        if rescaled:
            report += _rescaled(part)
        wrong |= _other_sums(part, question)
        part.clip(0, 1, out=part)
    return values.T, report, wrong


def _outside(cells: Mapping[str, np.ndarray], tree: DecisionTree) -> dict[str, _Wrong]:
    """Numbers that are no fractions; the first by row, and then by answer."""
    first: list[_Wrong] = []
    for label in tree.labels:
        values = cells[label]
        outside = (values < -SUM_TOLERANCE) | (values > 1 + SUM_TOLERANCE)
        if outside.any():
            row = int(np.argmax(outside))
            first.append(_Wrong(int(outside.sum()), row, values[row], label))
    if not first:
        return {}
    earliest = min(first, key=lambda one: one.row)
    return {_OUTSIDE: replace(earliest, number=sum(one.number for one in first))}


def _refuse(table: str, wrong: Mapping[str, _Wrong], tree: DecisionTree) -> None:
    """UnreadableTable for what is wrong first: ranges, then sums of the questions."""
    if first := wrong.get(_OUTSIDE):
        raise UnreadableTable(
            f"{table} has {first.number:,} fractions outside 0 to 1 (first: "
            f"{first.value} for {first.label} in row {first.row + 1:,}). "
            f"{_NO_FRACTIONS}"
        )
    for question in tree.questions:
        if first := wrong.get(question.name):
            raise UnreadableTable(
                f"{table} has {first.number:,} galaxies whose fractions of "
                f"{question.name} do not sum to 1 (first: {first.value:.3f} in row "
                f"{first.row + 1:,}). {_NO_FRACTIONS}"
            )


def _emptied(part: np.ndarray) -> Counter[str]:
    """Empty galaxies of (A, N) that are incomplete or 0, in place; their numbers."""
    missing = sum(np.isnan(answer).astype(np.int8) for answer in part)
    half = (missing > 0) & (missing < len(part))
    nobody = np.all(part == 0, axis=0)
    if (empty := half | nobody).any():
        part[:, empty] = np.nan
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


def _other_sums(part: np.ndarray, question: Question) -> dict[str, _Wrong]:
    """Galaxies whose fractions (A, N) of a question do not sum to 1."""
    sums = part.sum(axis=0)
    wrong = np.abs(sums - 1) > SUM_TOLERANCE
    if not wrong.any():
        return {}
    row = int(np.argmax(wrong))
    return {question.name: _Wrong(int(wrong.sum()), row, sums[row])}
