"""Read a published table, recognised by its columns, into the parts of a release."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from data.tables.galaxies import find_who, galaxies_of
from data.tables.kinds import CC_BY, GZ_DECALS, label_columns, recognise
from data.tables.vote_tables import (
    OLDER_NOTE,
    VOTES_NOTE,
    holds_votes,
    is_older_campaign,
    read_vote_table,
)
from morph.errors import UnreadableTable
from morph.posterior.tree import DecisionTree
from morph.posterior.vote_fractions import vote_fractions
from morph.release.folder import posterior_columns
from morph.tables import Table
from morph.tables.column_names import ColumnNames

# Published fractions are rounded to as few as two digits.
_SUM_TOLERANCE = 0.03


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


def read_published(table: Table, tree: DecisionTree) -> Reading:
    """Recognise a table by its columns and read it into the parts of a release.

    Raises
    ------
    UnreadableTable
        If it is of no known kind, or a value is impossible.
    """
    columns = ColumnNames(table.name, table.columns)
    if holds_votes(columns, tree):
        return _from_votes(table, columns, tree)
    kind = recognise(columns, tree)
    who = find_who(columns)
    by_label = dict(zip(tree.labels, label_columns(columns, kind, tree), strict=True))
    contents = table.read([*by_label.values(), *who.numbers], who.texts)
    galaxies, report = galaxies_of(table.name, who, contents)
    cells = {label: contents.numbers[column] for label, column in by_label.items()}
    if kind.posterior == "concentration":
        posteriors, samples = _concentrations(table.name, cells, galaxies["iauname"])
    else:
        posteriors, emptied = _fractions(table.name, cells, tree)
        posteriors.insert(0, "iauname", galaxies["iauname"])
        samples, report = None, report | emptied
    return Reading(
        title=kind.title,
        note=kind.note,
        citation=kind.citation,
        posterior=kind.posterior,
        galaxies=galaxies,
        posteriors=posteriors,
        samples=samples,
        report=report,
        licence=kind.licence,
    )


def _from_votes(table: Table, columns: ColumnNames, tree: DecisionTree) -> Reading:
    older = is_older_campaign(columns, tree)
    who = find_who(columns, id_is_enough=True)
    galaxies, votes, report = read_vote_table(table, columns, who, tree)
    fractions = vote_fractions(votes[list(tree.labels)].to_numpy(), tree)
    posteriors = pd.DataFrame(fractions, columns=posterior_columns(tree, "fraction"))
    posteriors.insert(0, "iauname", votes["iauname"])
    return Reading(
        title=f"Galaxy Zoo volunteers, {'older tree' if older else 'GZD-5 tree'}",
        note=VOTES_NOTE + (OLDER_NOTE if older else ""),
        citation=GZ_DECALS,
        posterior="fraction",
        galaxies=galaxies,
        posteriors=posteriors,
        votes=votes,
        report=report,
        licence=CC_BY,
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
    bad = ~(np.isfinite(values) & (values > 0))
    if bad.any():
        first = np.unravel_index(int(np.argmax(bad)), bad.shape)
        raise UnreadableTable(
            f"{table} has {bad.sum():,} concentrations of {label} that are not "
            f"positive numbers (first: {values[first]} for {names[first[0]]}); "
            "expected α > 0. Name columns of vote fractions <label>_fraction"
        )


def _fractions(
    table: str, cells: Mapping[str, np.ndarray], tree: DecisionTree
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Fractions; a question with some answers missing becomes NaN."""
    values = np.column_stack(list(cells.values())).astype(np.float64)
    outside = (values < -_SUM_TOLERANCE) | (values > 1 + _SUM_TOLERANCE)
    if outside.any():
        row, column = np.argwhere(outside)[0]
        raise UnreadableTable(
            f"{table} has {outside.sum():,} fractions outside 0 to 1 (first: "
            f"{values[row, column]} for {tree.labels[column]} in row {row + 1:,})"
        )
    emptied = 0
    for question in tree.questions:
        part = values[:, tree.columns(question)]
        half = np.isnan(part).any(axis=1) & ~np.isnan(part).all(axis=1)
        emptied += int(half.sum())
        part[half] = np.nan
        wrong = np.abs(part.sum(axis=1) - 1) > _SUM_TOLERANCE
        if wrong.any():
            row = int(np.argmax(wrong))
            raise UnreadableTable(
                f"{table} has {wrong.sum():,} galaxies whose fractions of "
                f"{question.name} do not sum to 1 (first: {part[row].sum():.3f} in "
                f"row {row + 1:,}). Are they concentrations or votes?"
            )
    columns = posterior_columns(tree, "fraction")
    report = {"incomplete questions, set to empty": emptied} if emptied else {}
    return pd.DataFrame(values.clip(0, 1, out=values), columns=columns), report
