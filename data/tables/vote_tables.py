"""Volunteers' votes as published: Galaxy Zoo DECaLS and Galaxy Zoo 2."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from data.tables.galaxies import (
    Choices,
    physical_columns,
    placed,
    read_who,
    refuse_lists,
)
from data.tables.kinds import COUNTS, label_columns
from data.tables.made_names import BORROWED, known_names
from data.tables.positions import PLACEHOLDERS
from data.tables.votes import TOTAL, read_votes
from data.tables.who_columns import WhoColumns
from morph.errors import UnreadableTable
from morph.posterior.vote_fractions import few_votes_words
from morph.tables import Table
from morph.tables.column_names import ColumnNames
from morph.trees.decision_tree import DecisionTree

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
    "Posteriors from volunteers' votes, no model: concentrations are counts plus the "
    "prior ({prior}). A question without votes is empty."
)
OLDER_NOTE = (
    " Campaigns 1 and 2 used an older tree: its questions on the bar (yes or no), "
    "bulge size (three answers) and merging (other answers) differ from campaign 5 and "
    "are left out; its 'completely round' is loaded as 'round'; its arm count has no "
    "'can't tell'."
)


FRACTIONS_NOTE = (
    " Each volunteer counts once: the weights, and the fractions beside the counts, "
    "are not loaded; --as fractions loads the debiased ones instead of the counts."
)


def count_columns(columns: ColumnNames, tree: DecisionTree) -> dict[str, str]:
    """Label -> the table's column of counts, none unless it has one for each."""
    found = label_columns(columns, COUNTS, tree)
    return {} if None in found else dict(zip(tree.labels, found, strict=True))


def holds_votes(columns: ColumnNames, tree: DecisionTree) -> bool:
    """True for counts of each answer, or totals per question and no concentrations."""
    if count_columns(columns, tree):
        return True
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
    table: Table,
    columns: ColumnNames,
    who: WhoColumns,
    tree: DecisionTree,
    choices: Choices,
    labels: Mapping[str, str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, int | str]]:
    """Galaxies and counts per answer, in the same order, and a report.

    ``labels`` are the table's columns of counts, if they are not called as usual.

    Raises
    ------
    UnreadableTable
        If the counts cannot be votes, or a subject is repeated.
    """
    wanted = dict(labels or _vote_columns(columns, tree))
    refuse_lists(table, list(wanted.values()))
    contents = read_who(table, who, list(wanted.values()))
    rows = pd.DataFrame({ours: contents.numbers[c] for ours, c in wanted.items()})
    unknown = rows.isin(PLACEHOLDERS)
    rows = rows.mask(unknown)
    older = labels is None and is_older_campaign(columns, tree)
    if older and "spiral-arm-count_1" in rows:
        rows[_NOT_OFFERED] = rows["spiral-arm-count_1"] * 0  # NaN without votes
    found, told = placed(table, who, contents, choices)
    _borrow_names(found, choices, told)
    physical, of_physical = physical_columns(table, who, contents)
    rows = rows.assign(**found, **physical)
    identified = bool((rows["source_id"] != "").any())
    if not identified:
        rows = rows.drop(columns="source_id")
    try:
        votes, report = read_votes(rows, tree)
    except UnreadableTable as error:
        raise UnreadableTable(f"{table.name}: {error}") from error
    galaxies = votes[["iauname", "ra", "dec", "position_from"]].copy()
    if identified:
        galaxies["source_id"] = votes["source_id"].fillna("")
    galaxies = galaxies.assign(**votes[list(physical)])
    words: dict[str, int | str] = {"votes": "; ".join(report.sentences())}
    counts, absent = votes[list(tree.labels)].to_numpy(), report.absent_questions
    if few := few_votes_words(counts, tree, apart_from=absent):
        words["warning"] = few
    if lost := int(unknown.to_numpy().sum()):
        words["counts of -99, -999 or the like, taken as missing"] = lost
    return galaxies, votes[["iauname", *tree.labels]], words | told | of_physical


def _borrow_names(
    found: pd.DataFrame, choices: Choices, told: dict[str, int | str]
) -> None:
    """Give nameless rows the names of published galaxies at their places."""
    nameless = (found["iauname"] == "") & found["ra"].notna()
    rows = np.flatnonzero(nameless.to_numpy())
    known = known_names(found, rows, choices.releases)
    if len(known):
        found.loc[known.index, "iauname"] = known
        told[BORROWED] = len(known)


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
