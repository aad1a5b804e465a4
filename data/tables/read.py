"""Read a published table, recognised by its columns, into the parts of a release."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from data.tables.downloads import concentrations_of, lost_passes, votes_of
from data.tables.galaxies import NO_CHOICES, Choices, Report, galaxies_of, read_who
from data.tables.kinds import (
    CC_BY,
    GZ_DECALS,
    UNKNOWN,
    Kind,
    as_chosen,
    label_columns,
    recognise,
)
from data.tables.positions import PLACEHOLDERS
from data.tables.values import OF_PER_CENT, SUM_TOLERANCE, told_apart
from data.tables.vote_tables import (
    OLDER_NOTE,
    VOTES_NOTE,
    holds_votes,
    is_older_campaign,
    read_vote_table,
)
from data.tables.who_columns import find_who
from morph.errors import UnreadableTable
from morph.posterior.tree import DecisionTree, Question
from morph.posterior.vote_fractions import vote_fractions
from morph.release.folder import posterior_columns
from morph.tables import Contents, Table
from morph.tables.column_names import ColumnNames
from morph.tables.units import column_to_unit

_MOST_CONCENTRATION = 1e9  # what is larger stands for "unknown"
_NO_FRACTIONS = (
    "Are they concentrations or votes? Then add --as concentrations, or --as votes. "
    f"Are they per cent? {OF_PER_CENT}"
)
_OF_KIND = ("title", "note", "citation", "posterior", "licence")


@dataclass(frozen=True)
class Reading:
    """A recognised table as the parts of a release."""

    title: str
    note: str
    citation: str
    posterior: Literal["concentration", "fraction"]
    galaxies: pd.DataFrame
    posteriors: pd.DataFrame
    report: Mapping[str, Any]  # finding -> count
    samples: pd.DataFrame | None = None
    votes: pd.DataFrame | None = None
    licence: str = ""


def read_published(
    table: Table, tree: DecisionTree, choices: Choices = NO_CHOICES
) -> Reading:
    """Recognise a table by its columns and read it into the parts of a release.

    Raises
    ------
    UnreadableTable
        If it is of no known kind, a value is impossible, or it contradicts itself.
    """
    columns = ColumnNames(table.name, table.columns)
    if holds_votes(columns, tree) and choices.values in ("", "votes"):
        return _from_votes(table, columns, tree, choices)
    kind = recognise(columns, tree)
    who = find_who(columns, table)
    by_label = dict(zip(tree.labels, label_columns(columns, kind, tree), strict=True))
    contents = read_who(table, who, list(by_label.values()))
    cells, report = _plain(table, contents, by_label)
    if not choices.values:
        cells, kind, told = _computed(table, columns, tree, cells, kind)
        report |= told
    values = choices.values or _values(table.name, cells, tree, kind)
    if values == "votes":
        return _from_votes(table, columns, tree, choices, by_label)
    if choices.values or f"{kind.posterior}s" != values:
        report["values"] = f"read as {values}"
    kind = as_chosen(kind, values)
    galaxies, told = galaxies_of(table, who, contents, choices)
    names = galaxies["iauname"]
    posteriors, samples, emptied = _posteriors(table.name, kind, cells, names, tree)
    return Reading(
        **{what: getattr(kind, what) for what in _OF_KIND},
        galaxies=galaxies,
        posteriors=posteriors,
        samples=samples,
        votes=votes_of(table, columns, tree, names),
        report=report | emptied | told | _left_out(table),
    )


def _computed(
    table: Table,
    columns: ColumnNames,
    tree: DecisionTree,
    cells: dict[str, np.ndarray],
    kind: Kind,
) -> tuple[dict[str, np.ndarray], Kind, Report]:
    """Concentrations where a download has only probabilities and variances."""
    in_download = kind.suffix == "_probability"
    found = concentrations_of(table, columns, tree, cells) if in_download else None
    told = {"concentrations": "from probabilities and variances"} if found else {}
    cells, kind = found or (cells, kind)
    return cells, kind, told | lost_passes(columns, tree)


def _plain(
    table: Table, contents: Contents, by_label: Mapping[str, str]
) -> tuple[dict[str, np.ndarray], Report]:
    """Numbers without a unit, per cent as fractions, placeholders as NaN."""
    cells: dict[str, np.ndarray] = {}
    report: Report = {}
    lost = 0
    for label, column in by_label.items():
        given, unit = contents.numbers[column], table.units.get(column, "")
        unknown = np.isin(given, PLACEHOLDERS)
        lost += int(unknown.sum())
        given = np.where(unknown, np.nan, given) if unknown.any() else given
        cells[label] = column_to_unit(table.name, column, given, unit=unit, wanted="")
        if cells[label] is not given:
            report["answers"] = f"converted from {unit} to numbers"
    if lost:
        report["answers of -99, -999 or the like, taken as missing"] = lost
    return cells, report


def _posteriors(
    table: str,
    kind: Kind,
    cells: Mapping[str, np.ndarray],
    names: pd.Series,
    tree: DecisionTree,
) -> tuple[pd.DataFrame, pd.DataFrame | None, Report]:
    """Posteriors, those of every pass if there are several, and a report."""
    if kind.posterior == "concentration":
        return *_concentrations(table, cells, names), {}
    posteriors, emptied = _fractions(table, cells, tree)
    posteriors.insert(0, "iauname", names)
    return posteriors, None, emptied


def _values(
    table: str, cells: Mapping[str, np.ndarray], tree: DecisionTree, kind: Kind
) -> str:
    """What the numbers are, by the names of their columns and by their values."""
    if kind.posterior == "fraction":
        return "fractions"
    return told_apart(table, cells, tree, suffix=kind.suffix)


def _left_out(table: Table) -> dict[str, str]:
    return {"left out": "; ".join(table.left_out)} if table.left_out else {}


def _from_votes(
    table: Table,
    columns: ColumnNames,
    tree: DecisionTree,
    choices: Choices,
    labels: Mapping[str, str] | None = None,
) -> Reading:
    """Votes in the columns of ``labels``, else in those of a published table."""
    older = labels is None and is_older_campaign(columns, tree)
    who = find_who(columns, table)
    galaxies, votes, report = read_vote_table(
        table, columns, who, tree, choices, labels
    )
    fractions = vote_fractions(votes[list(tree.labels)].to_numpy(), tree)
    posteriors = pd.DataFrame(fractions, columns=posterior_columns(tree, "fraction"))
    posteriors.insert(0, "iauname", votes["iauname"])
    published = f"Galaxy Zoo volunteers, {'older tree' if older else 'GZD-5 tree'}"
    return Reading(
        title="Table of votes" if labels else published,
        note=VOTES_NOTE + (OLDER_NOTE if older else ""),
        citation=UNKNOWN if labels else GZ_DECALS,
        posterior="fraction",
        galaxies=galaxies,
        posteriors=posteriors,
        votes=votes,
        report=report | _left_out(table),
        licence="" if labels else CC_BY,
    )


def _concentrations(
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
    bad = ~((values > 0) & (values < _MOST_CONCENTRATION))
    if bad.any():
        first = np.unravel_index(int(np.argmax(bad)), bad.shape)
        advice = (
            "remove the galaxies without"
            if np.isnan(values[first])
            else "if they are no concentrations, say so: --as fractions, or --as votes"
        )
        raise UnreadableTable(
            f"{table} has {bad.sum():,} concentrations of {label} that are not "
            f"positive numbers (first: {values[first]} for {names[first[0]]}); "
            f"expected 0 < α < {_MOST_CONCENTRATION:g}: {advice}"
        )


def _fractions(
    table: str, cells: Mapping[str, np.ndarray], tree: DecisionTree
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Fractions; a question with some answers missing becomes NaN."""
    if any(numbers.ndim > 1 for numbers in cells.values()):
        raise UnreadableTable(
            f"{table} lists several numbers for every answer; fractions of passes are "
            "not loaded: keep their mean"
        )
    values = np.column_stack(list(cells.values())).astype(np.float64)
    outside = (values < -SUM_TOLERANCE) | (values > 1 + SUM_TOLERANCE)
    if outside.any():
        row, column = np.argwhere(outside)[0]
        raise UnreadableTable(
            f"{table} has {outside.sum():,} fractions outside 0 to 1 (first: "
            f"{values[row, column]} for {tree.labels[column]} in row {row + 1:,}). "
            f"{_NO_FRACTIONS}"
        )
    emptied = sum(
        _emptied(table, values, question, tree) for question in tree.questions
    )
    columns = posterior_columns(tree, "fraction")
    report = {"incomplete questions, set to empty": emptied} if emptied else {}
    return pd.DataFrame(values.clip(0, 1, out=values), columns=columns), report


def _emptied(
    table: str, values: np.ndarray, question: Question, tree: DecisionTree
) -> int:
    """Empty incomplete rows of a question, in place; their number.

    UnreadableTable if the fractions of another row do not sum to 1.
    """
    part = values[:, tree.columns(question)]
    half = np.isnan(part).any(axis=1) & ~np.isnan(part).all(axis=1)
    part[half] = np.nan
    wrong = np.abs(part.sum(axis=1) - 1) > SUM_TOLERANCE
    if wrong.any():
        row = int(np.argmax(wrong))
        raise UnreadableTable(
            f"{table} has {wrong.sum():,} galaxies whose fractions of {question.name} "
            f"do not sum to 1 (first: {part[row].sum():.3f} in row {row + 1:,}). "
            f"{_NO_FRACTIONS}"
        )
    return int(half.sum())
