"""Read a published table, recognised by its columns, into the parts of a release."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
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
from data.tables.posterior_values import (
    concentrations,
    fractions,
    in_memory,
    plain,
    sliced,
)
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
from morph.release.stored_rows import StoredRows, stored_rows
from morph.tables import Table
from morph.tables.column_names import ColumnNames
from morph.trees.decision_tree import DecisionTree
from morph.wording import Tell, nobody

_MOST_IN_MEMORY = 200_000  # galaxies whose fractions, 55 MB, are in memory
_OF_KIND = ("title", "note", "citation", "posterior", "licence")


@dataclass(frozen=True)
class Reading:
    """A recognised table as the parts of a release."""

    title: str
    note: str
    citation: str
    posterior: Literal["concentration", "fraction"]
    galaxies: pd.DataFrame
    posteriors: pd.DataFrame | StoredRows  # of the same rows as the galaxies
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
    if _are_certainly_fractions(table, kind, choices):
        parts = _by_block(table, who, by_label, kind, tree, choices, tell)
        return _reading(table, columns, tree, kind, *parts)
    tell("Reading galaxies and answers", 0, 0)
    contents = read_who(table, who, list(by_label.values()))
    cells, report = plain(table, contents.numbers, by_label)
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
    galaxies, told = galaxies_of(table, who, contents, choices)
    del contents  # whose numbers ``cells`` has
    tell("Checking answers", 0, 0)
    names = galaxies["iauname"]
    parts = _posteriors(table.name, kind, cells, names, tree, choices)
    posteriors, samples, emptied = parts
    report = report | emptied | told
    return _reading(table, columns, tree, kind, galaxies, posteriors, report, samples)


def _reading(
    table: Table,
    columns: ColumnNames,
    tree: DecisionTree,
    kind: Kind,
    galaxies: pd.DataFrame,
    posteriors: pd.DataFrame | StoredRows,
    report: Report,
    samples: pd.DataFrame | None = None,
) -> Reading:
    """The parts of a release, described as tables of this kind are."""
    described = {what: getattr(kind, what) for what in _OF_KIND}
    if kind.citation == OF_TREE:
        described |= {"citation": tree.citation or UNKNOWN, "licence": tree.licence}
    return Reading(
        **described,
        galaxies=galaxies,
        posteriors=posteriors,
        samples=samples,
        votes=votes_of(table, columns, tree, galaxies["iauname"]),
        report=report | _left_out(table),
    )


def _are_certainly_fractions(table: Table, kind: Kind, choices: Choices) -> bool:
    """Whether answers can be told without reading them; so of Parquet alone.

    Then they are read after the galaxies are made, and need not be in memory. Tables of
    votes may repeat a galaxy, so what other answers are is told before.
    """
    certain = kind.posterior == "fraction" and kind.suffix != "_probability"
    return table.format == "Parquet" and certain and choices.values in ("", "fractions")


def _by_block(
    table: Table,
    who: WhoColumns,
    by_label: Mapping[str, str],
    kind: Kind,
    tree: DecisionTree,
    choices: Choices,
    tell: Tell,
) -> tuple[pd.DataFrame, pd.DataFrame | StoredRows, Report]:
    """Galaxies, their fractions, which are read one block of rows at a time, a report.

    Fractions of many galaxies are on disk rather than in memory.
    """
    tell("Reading names and positions", 0, 0)
    galaxies, told = galaxies_of(table, who, read_who(table, who, []), choices)
    kind = as_chosen(kind, "fractions")
    report: Report = {}

    def blocks() -> Iterator[dict[str, np.ndarray]]:
        done = 0
        for numbers in table.read_blocks(list(by_label.values())):
            tell("Reading answers", done, len(galaxies))
            cells, found = plain(table, numbers, by_label)
            for what, one in found.items():
                report[what] = (
                    one + report.get(what, 0) if isinstance(one, int) else one
                )
            done += len(cells[tree.labels[0]])
            yield cells

    names = galaxies["iauname"]
    posteriors, emptied = _fractions(table.name, kind, blocks(), names, tree, choices)
    if choices.values:
        report["values"] = f"read as {choices.values}"
    return galaxies, posteriors, report | emptied | told


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


def _posteriors(
    table: str,
    kind: Kind,
    cells: dict[str, np.ndarray],
    names: pd.Series,
    tree: DecisionTree,
    choices: Choices,
) -> tuple[pd.DataFrame | StoredRows, pd.DataFrame | None, Report]:
    """Posteriors, those of every pass if there are several, and a report."""
    if kind.posterior == "concentration":
        return *concentrations(table, cells, names), {}
    blocks = sliced(cells)
    posteriors, emptied = _fractions(table, kind, blocks, names, tree, choices)
    return posteriors, None, emptied


def _fractions(
    table: str,
    kind: Kind,
    blocks: Iterator[dict[str, np.ndarray]],
    names: pd.Series,
    tree: DecisionTree,
    choices: Choices,
) -> tuple[pd.DataFrame | StoredRows, Report]:
    """Fractions in memory, or on disk where they are of many galaxies; a report."""
    many = len(names) > _MOST_IN_MEMORY and choices.scratch is not None
    keep = partial(stored_rows, choices.scratch) if many else in_memory
    posteriors, emptied = fractions(
        table, blocks, tree, rescaled=kind.rescaled, kept=keep
    )
    if not many:
        posteriors.insert(0, "iauname", names)
    return posteriors, emptied


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
