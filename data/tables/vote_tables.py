"""Volunteer votes of Galaxy Zoo DECaLS, campaign 5 and campaigns 1 and 2."""

import numpy as np
import pandas as pd

from data.tables.galaxies import (
    WhoColumns,
    fill_from_names,
    physical_columns,
    positions_of,
    refuse_off_sky,
    texts_of,
)
from data.tables.votes import TOTAL, read_votes
from morph.errors import UnreadableTable
from morph.posterior.tree import DecisionTree
from morph.tables import Table
from morph.tables.column_names import ColumnNames

_TOTALS = (TOTAL, "_total")

# Columns of campaigns 1 and 2, which used an older tree.
_OLDER = ("bar_yes", "bulge-size_obvious", "how-rounded_completely", "merging_neither")
# The same question with one answer renamed (galaxy-datasets' label_metadata).
_OLDER_NAMES = {"how-rounded_round": "how-rounded_completely"}
# The same question, but without this answer.
_NOT_OFFERED = "spiral-arm-count_cant-tell"
# Different questions of the same name: bar yes/no, three bulges, other mergers.
_CHANGED = ("bar", "bulge-size", "merging")

VOTES_NOTE = (
    "Vote fractions of volunteers (k of N), no model and no uncertainties. A question "
    "without votes is empty."
)
OLDER_NOTE = (
    " Campaigns 1 and 2 used an older tree: its questions on the bar (yes or no), "
    "bulge size (three answers) and merging (other answers) differ from campaign 5 and "
    "are left out; its 'completely round' is loaded as 'round'; its arm count has no "
    "'can't tell'."
)


def holds_votes(columns: ColumnNames, tree: DecisionTree) -> bool:
    """True for vote counts: totals per question, and no concentrations."""
    totals = [f"{q.name}{end}" for q in tree.questions for end in _TOTALS]
    return (
        columns.count(totals) > 0
        and columns.count(tree.labels) > 0
        and not columns.has_all(f"{label}_concentration" for label in tree.labels)
    )


def is_older_campaign(columns: ColumnNames, tree: DecisionTree) -> bool:
    """True for a table of campaigns 1 and 2, which used another tree than ``tree``."""
    return columns.count(set(_OLDER) - set(tree.labels)) > 0


def read_vote_table(
    table: Table, columns: ColumnNames, who: WhoColumns, tree: DecisionTree
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, int | str]]:
    """Galaxies and counts per answer, in the same order, and a report.

    Raises
    ------
    UnreadableTable
        If the counts cannot be votes, or a subject is repeated.
    """
    wanted = _vote_columns(columns, tree)
    contents = table.read([*wanted.values(), *who.numbers], who.texts)
    rows = pd.DataFrame({ours: contents.numbers[c] for ours, c in wanted.items()})
    if is_older_campaign(columns, tree) and "spiral-arm-count_1" in rows:
        rows[_NOT_OFFERED] = rows["spiral-arm-count_1"] * 0  # NaN without votes
    ra, dec = positions_of(who, contents)
    names = {"iauname": texts_of(contents, who.iauname)}
    if who.survey_id:
        names["source_id"] = texts_of(contents, who.survey_id)
    physical, impossible = physical_columns(who, contents)
    rows = rows.assign(**names, ra=ra, dec=dec, **physical)
    refuse_off_sky(table.name, rows)
    try:
        votes, report = read_votes(rows, tree)
    except UnreadableTable as error:
        raise UnreadableTable(f"{table.name}: {error}") from error
    position_from = np.where(votes["ra"].isna(), "", "table").astype(object)
    galaxies = votes[["iauname", "ra", "dec"]].assign(position_from=position_from)
    if who.survey_id:
        galaxies["source_id"] = votes["source_id"].fillna("")
    galaxies = fill_from_names(galaxies).assign(**votes[list(physical)])
    report = {"votes": "; ".join(report.sentences())} | impossible
    return galaxies, votes[["iauname", *tree.labels]], report


def _vote_columns(columns: ColumnNames, tree: DecisionTree) -> dict[str, str]:
    """The tree's counts and totals -> the table's columns."""
    older = is_older_campaign(columns, tree)
    names = _OLDER_NAMES if older else {}
    theirs = {}
    for question in tree.questions:
        if older and question.name in _CHANGED:
            continue
        for label in question.labels:
            theirs[label] = columns.first((names.get(label, label),))
        totals = [f"{question.name}{end}" for end in _TOTALS]
        theirs[totals[0]] = columns.first(totals)
    return {ours: column for ours, column in theirs.items() if column}
