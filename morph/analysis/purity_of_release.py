"""Purity and completeness of samples of a release, from posteriors and votes."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from morph.analysis.purity import (
    GATE,
    expected_by_cut,
    path_to,
    true_from_votes,
    voted_by_cut,
)
from morph.catalogue.arrays import tail
from morph.catalogue.column_sql import expression
from morph.catalogue.in_memory.kept_arrays import kept
from morph.catalogue.release_table import LoadedRelease, query
from morph.release.kinds import kind_of
from morph.selection.certainty.certainty import Surest, Tail
from morph.selection.listing.selected_rows import rows
from morph.selection.selection import Selection


@dataclass(frozen=True)
class Design:
    """Purity and completeness for every cut on P(ρ > t) of an answer.

    ``expected`` (`expected_by_cut`) is from posteriors, ``voted`` (`voted_by_cut`) from
    votes, None without votes. Completeness is relative to the ``population``: galaxies
    within the photometric limits, regions and subsets of the selection, of which
    ``judged`` have enough votes.
    """

    population: int
    expected: pd.DataFrame
    judged: int
    voted: pd.DataFrame | None


@dataclass(frozen=True)
class Truth:
    """Whether galaxies truly have an answer, (N,) by row, whatever is selected.

    ``expected`` is its probability from posteriors (`true_probability`); ``voted`` is 1
    or 0 from votes, NaN with too few, and None without `judged_by_votes`.
    """

    expected: np.ndarray
    voted: np.ndarray | None


def judged_by_votes(release: LoadedRelease) -> bool:
    """Whether it has votes, and its posteriors are not made from them."""
    return release.has_votes and not kind_of(release.manifest).is_votes


def truth(
    con: DuckDBPyConnection, release: LoadedRelease, label: str, threshold: float
) -> Truth:
    """The part of `design` that does not depend on the selection, for caching."""
    judged = judged_by_votes(release)
    voted = _voted(con, release, label, threshold) if judged else None
    return Truth(true_probability(con, release, label, threshold), voted)


def design(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    label: str,
    threshold: float,
    *,
    known: Truth | None = None,
) -> Design:
    """Scan the cuts P(ρ > threshold) >= c of an answer within a selection.

    The selection's other filters and tree rule apply, as in `with_cut`. ``known`` is
    the answer's `truth`, computed where it is not given.

    Raises
    ------
    MorphError
        If the release has no posteriors, or several paths lead to the answer.
    """
    known = known or truth(con, release, label, threshold)
    # Without conditions on answers.
    everyone = rows(con, release, replace(selection, limits={}, certainty=()))
    tails, candidates = (
        values[everyone]
        for values in _tails(con, release, selection, Tail(label, threshold, 0.0))
    )
    expected = expected_by_cut(tails, known.expected[everyone], candidates)
    if known.voted is None:
        return Design(len(everyone), expected, 0, None)
    judged = known.voted[everyone]
    voted = voted_by_cut(tails, judged, candidates)
    return Design(len(everyone), expected, int(np.isfinite(judged).sum()), voted)


def with_cut(
    selection: Selection, label: str, threshold: float, cut: float
) -> Selection:
    """The selection with the cut P(ρ > threshold) >= cut on an answer.

    It replaces cuts on P(ρ > t) of the same answer, and percentages of the most
    certain, which would be of other galaxies for each cut.
    """
    kept = [
        condition
        for condition in selection.certainty
        if not isinstance(condition, Surest)
        and not (isinstance(condition, Tail) and condition.label == label)
    ]
    return replace(selection, certainty=(*kept, Tail(label, threshold, cut)))


def true_probability(
    con: DuckDBPyConnection, release: LoadedRelease, label: str, threshold: float
) -> np.ndarray:
    """Probability that each galaxy truly has an answer, tree included, (N,) by row.

    The product of P(ρ > threshold) and of P(ρ > 0.5) of the answers that lead to its
    question, as posteriors of different questions are independent.
    """
    probability = np.ones(release.galaxies)
    for _, labels in path_to(label, release.tree):
        limit = threshold if label in labels else GATE
        probability *= tail(con, release, labels, limit)
    return probability


def _tails(
    con: DuckDBPyConnection, release: LoadedRelease, selection: Selection, cut: Tail
) -> tuple[np.ndarray, np.ndarray]:
    """P(ρ > t), 0 for galaxies that fail another condition, and which pass, (N,).

    The ``cut`` is one that all galaxies pass.
    """
    selection = with_cut(selection, cut.label, cut.threshold, cut.at_least)
    name = f"{cut.label}_above_{cut.threshold:g}"
    sql = f"SELECT {expression(release, name)} FROM {release.table}"

    def of_release() -> np.ndarray:
        return np.ma.filled(query(con, release, sql).fetchnumpy()[name], 0.0)

    above = kept(release, ("above in SQL", name), of_release)
    candidates = np.zeros(release.galaxies, dtype=bool)
    candidates[rows(con, release, selection)] = True
    return np.where(candidates, above, 0.0), candidates


def _voted(
    con: DuckDBPyConnection, release: LoadedRelease, label: str, threshold: float
) -> np.ndarray:
    """(N,) whether each galaxy has the answer by its votes; NaN with too few."""
    path = path_to(label, release.tree)
    labels = [one for question, _ in path for one in question.labels]
    counts = ", ".join(f'votes."{one}"' for one in labels)
    sql = (
        f"SELECT ours.row, {counts} FROM {release.votes_table} AS votes JOIN "
        f"(SELECT rowid AS row, iauname FROM {release.table}) AS ours USING (iauname)"
    )
    columns = query(con, release, sql).fetchnumpy()
    votes = {one: columns[one].astype(float) for one in labels}
    voted = np.full(release.galaxies, np.nan)
    voted[columns["row"]] = true_from_votes(
        votes, label, release.tree, threshold=threshold
    )
    return voted
