"""Read a published table, recognised by its columns, into the parts of a release."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from data.tables.downloads import concentrations_of, lost_passes, votes_of
from data.tables.galaxies import NO_CHOICES, Choices, Report, galaxies_of, read_who
from data.tables.kinds import (
    OF_TREE,
    UNKNOWN,
    Kind,
    as_chosen,
    label_columns,
    recognise,
)
from data.tables.positions import PLACEHOLDERS
from data.tables.posterior_values import concentrations, fractions
from data.tables.values import told_apart
from data.tables.vote_tables import (
    FRACTIONS_NOTE,
    OLDER_NOTE,
    VOTES_NOTE,
    count_columns,
    holds_votes,
    is_older_campaign,
    read_vote_table,
)
from data.tables.who_columns import WhoColumns, find_who
from morph.errors import UnreadableTable
from morph.posterior.vote_fractions import concentrations_of_votes
from morph.posterior.vote_priors import DEFAULT_PRIOR, PRIORS, Prior, prior_called
from morph.release.folder import posterior_columns
from morph.tables import Contents, Table
from morph.tables.column_names import ColumnNames
from morph.tables.units import column_to_unit
from morph.trees.decision_tree import DecisionTree
from morph.wording import Tell, nobody

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
    prior: Prior | None = None  # of posteriors that are votes and a prior


def read_published(
    table: Table,
    tree: DecisionTree,
    choices: Choices = NO_CHOICES,
    *,
    tell: Tell = nobody,
) -> Reading:
    """Recognise a table by its columns and read it into the parts of a release.

    Raises
    ------
    UnreadableTable
        If it is of no known kind, a value is impossible, or it contradicts itself; or
        a prior is chosen, and it is not of votes.
    """
    reading = _recognised(table, tree, choices, tell)
    if choices.prior and reading.prior is None:
        raise UnreadableTable(
            f"{table.name} is a table of {reading.posterior}s, and --prior is for "
            "tables of votes; leave out --prior, or add --as votes if they are votes"
        )
    return reading


def _recognised(
    table: Table, tree: DecisionTree, choices: Choices, tell: Tell
) -> Reading:
    columns = ColumnNames(table.name, table.columns)
    if holds_votes(columns, tree) and choices.values in ("", "votes"):
        return _from_votes(table, columns, tree, choices)
    kind = recognise(columns, tree)
    who = find_who(columns, table)
    by_label = dict(zip(tree.labels, label_columns(columns, kind, tree), strict=True))
    answers = list(by_label.values())
    found, contents = _read(table, who, answers, kind, choices, tell)
    cells, report = _plain(table, contents, by_label)
    if not choices.values:
        prior = PRIORS.get(choices.downloaded_prior)
        cells, kind, told = _computed(table, columns, tree, cells, kind, prior)
        report |= told
    values = choices.values or _values(table.name, cells, tree, kind)
    if values == "votes":
        return _from_votes(table, columns, tree, choices, by_label)
    if choices.values or f"{kind.posterior}s" != values:
        report["values"] = f"read as {values}"
    kind = as_chosen(kind, values)
    galaxies, told = found or galaxies_of(table, who, contents, choices)
    del contents  # whose numbers ``cells`` has
    names = galaxies["iauname"]
    tell("Checking answers", 0, 0)
    posteriors, samples, emptied = _posteriors(table.name, kind, cells, names, tree)
    described = {what: getattr(kind, what) for what in _OF_KIND}
    if kind.citation == OF_TREE:
        described |= {"citation": tree.citation or UNKNOWN, "licence": tree.licence}
    return Reading(
        **described,
        galaxies=galaxies,
        posteriors=posteriors,
        samples=samples,
        votes=votes_of(table, columns, tree, names),
        report=report | emptied | told | _left_out(table),
    )


def _read(
    table: Table,
    who: WhoColumns,
    answers: list[str],
    kind: Kind,
    choices: Choices,
    tell: Tell,
) -> tuple[tuple[pd.DataFrame, Report] | None, Contents]:
    """The galaxies and a report, or None if they are still to be made; the answers.

    If the answers are certainly fractions, and of Parquet, they are read after the
    galaxies are made, which takes less memory and no longer. Tables of votes may repeat
    a galaxy, so what other answers are is told before.
    """
    certain = kind.posterior == "fraction" and kind.suffix != "_probability"
    if table.format == "Parquet" and certain and choices.values in ("", "fractions"):
        tell("Reading names and positions", 0, 0)
        found = galaxies_of(table, who, read_who(table, who, []), choices)
        tell("Reading answers", 0, 0)
        return found, table.read(answers)
    tell("Reading galaxies and answers", 0, 0)
    return None, read_who(table, who, answers)


def _computed(
    table: Table,
    columns: ColumnNames,
    tree: DecisionTree,
    cells: dict[str, np.ndarray],
    kind: Kind,
    prior: Prior | None,
) -> tuple[dict[str, np.ndarray], Kind, Report]:
    """Concentrations where a download has only probabilities and variances."""
    in_download = kind.suffix == "_probability"
    found = None
    if in_download:
        found = concentrations_of(table, columns, tree, cells, prior=prior)
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
        report["answers such as -99 or -999, treated as missing"] = lost
    return cells, report


def _posteriors(
    table: str,
    kind: Kind,
    cells: dict[str, np.ndarray],
    names: pd.Series,
    tree: DecisionTree,
) -> tuple[pd.DataFrame, pd.DataFrame | None, Report]:
    """Posteriors, those of every pass if there are several, and a report.

    Fractions are taken out of ``cells``.
    """
    if kind.posterior == "concentration":
        return *concentrations(table, cells, names), {}
    posteriors, emptied = fractions(table, cells, tree, rescaled=kind.rescaled)
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
    published = labels is None
    labels = labels or count_columns(columns, tree) or None
    older = labels is None and is_older_campaign(columns, tree)
    debiased = published and labels and f"{tree.labels[0]}_debiased" in columns
    who = find_who(columns, table)
    galaxies, votes, report = read_vote_table(
        table, columns, who, tree, choices, labels
    )
    prior = prior_called(choices.prior or DEFAULT_PRIOR)
    counts = votes[list(tree.labels)].to_numpy()
    alpha = concentrations_of_votes(counts, tree, prior)
    posteriors = pd.DataFrame(alpha, columns=posterior_columns(tree, "concentration"))
    posteriors.insert(0, "iauname", votes["iauname"])
    volunteers = f"Galaxy Zoo volunteers, {'older' if older else tree.short} tree"
    note = VOTES_NOTE.format(prior=prior.words) + (OLDER_NOTE if older else "")
    return Reading(
        title=volunteers if published else "Table of votes",
        note=note + (FRACTIONS_NOTE if debiased else ""),
        citation=(published and tree.citation) or UNKNOWN,
        posterior="concentration",
        galaxies=galaxies,
        posteriors=posteriors,
        votes=votes,
        report=report | _left_out(table),
        licence=tree.licence if published else "",
        prior=prior,
    )
