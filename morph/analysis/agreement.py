"""How far two releases agree about the same galaxies, and which ones moved most.

A question counts for the galaxies that both releases ask it with more than ``ASKED``.
Change is always from the reference to the release, in which the selection is made.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from morph.catalogue.columns import quoted
from morph.catalogue.release_table import LoadedRelease, query, reading
from morph.errors import MorphError
from morph.evaluation.coverage import LEAST_VOTES
from morph.evaluation.reliability_bins import in_bins
from morph.posterior.intervals import wilson
from morph.posterior.tree import Question
from morph.selection.conditions import where
from morph.selection.selection import Selection

ASKED = 0.5


@dataclass(frozen=True)
class Agreement:
    """How many selected galaxies both releases hold, and a table of the questions.

    ``questions``: ``question``, ``galaxies`` that both ask it, how many are
    ``agreeing``, their ``share`` and its Wilson interval ``low`` to ``high``; NaN
    without galaxies.
    """

    shared: int
    questions: pd.DataFrame


@dataclass(frozen=True)
class Answered:
    """What two releases say about one question, of the K galaxies both ask it.

    ``rows`` (K,) are those of the release, as in `morph.catalogue.arrays`; ``asked``
    (K,) is the smaller of the two probabilities asked. Vote fractions are (K, A); the
    places of the largest answers (K,).
    """

    question: Question
    rows: np.ndarray
    asked: np.ndarray
    reference: np.ndarray
    release: np.ndarray
    reference_largest: np.ndarray
    release_largest: np.ndarray

    @property
    def change(self) -> np.ndarray:
        """(K, A) change of each vote fraction."""
        return self.release - self.reference


def agreement(
    con: DuckDBPyConnection,
    reference: LoadedRelease,
    release: LoadedRelease,
    selection: Selection,
    *,
    mass: float = 0.95,
) -> Agreement:
    """Share of selected galaxies with the same largest answer, for each question."""
    questions = release.tree.questions
    needed = [f"{q.name}_{what}" for q in questions for what in ("asked", "answer")]
    counts = ", ".join(
        f"count(*) FILTER ({_both_ask(q)}), count(*) FILTER ({_both_ask(q)} "
        f'AND here."{q.name}_answer" = there."{q.name}_answer")'
        for q in questions
    )
    joined, parameters = _joined(reference, release, selection, needed)
    sql = f"SELECT count(*), {counts} FROM {joined}"
    with reading(reference):
        ((shared, *found),) = query(con, release, sql, parameters).fetchall()
    table = pd.DataFrame(
        {
            "question": [question.name for question in questions],
            "galaxies": found[::2],
            "agreeing": found[1::2],
        }
    )
    low, high = wilson(table["agreeing"], table["galaxies"], mass=mass)
    some = table["galaxies"] > 0
    share = table["agreeing"] / table["galaxies"].where(some)
    bounds = {"low": np.where(some, low, np.nan), "high": np.where(some, high, np.nan)}
    return Agreement(shared, table.assign(share=share, **bounds))


def answers_of_both(
    con: DuckDBPyConnection,
    reference: LoadedRelease,
    release: LoadedRelease,
    selection: Selection,
    question: Question,
) -> Answered:
    """Read what both releases say about one question, of the selected galaxies."""
    fractions = [f"{label}_probability" for label in question.labels]
    asked, answer = f"{question.name}_asked", f"{question.name}_answer"
    joined, parameters = _joined(
        reference, release, selection, [asked, answer, *fractions]
    )
    columns = ", ".join(
        f'{side}."{name}" AS "{side}_{name}"'
        for side in ("here", "there")
        for name in (answer, *fractions)
    )
    sql = (
        f'SELECT here.row, least(here."{asked}", there."{asked}") AS asked, {columns} '
        f"FROM {joined} WHERE {_both_ask(question)}"
    )
    with reading(reference):
        found = query(con, release, sql, parameters).fetchnumpy()

    def stacked(side: str) -> np.ndarray:
        return np.column_stack([found[f"{side}_{name}"] for name in fractions])

    return Answered(
        question,
        found["row"],
        found["asked"],
        stacked("there"),
        stacked("here"),
        found[f"there_{answer}"],
        found[f"here_{answer}"],
    )


def confusion(answered: Answered) -> pd.DataFrame:
    """Galaxies by their largest answer in the reference (rows) and the release."""
    labels = answered.question.labels
    answers = len(labels)
    cell = answered.reference_largest.astype(np.int64) * answers
    cell += answered.release_largest
    counts = np.bincount(cell, minlength=answers**2).reshape(answers, answers)
    return pd.DataFrame(counts, index=labels, columns=labels)


def in_cell(answered: Answered, reference: str, release: str) -> Answered:
    """The galaxies in one cell of the confusion matrix, given by its two labels."""
    labels = answered.question.labels
    inside = answered.reference_largest == labels.index(reference)
    inside &= answered.release_largest == labels.index(release)
    return Answered(
        answered.question,
        answered.rows[inside],
        answered.asked[inside],
        answered.reference[inside],
        answered.release[inside],
        answered.reference_largest[inside],
        answered.release_largest[inside],
    )


def change_by_label(answered: Answered) -> pd.DataFrame:
    """How vote fractions change, by label of the question.

    Returns
    -------
    DataFrame
        ``label``, ``galaxies``, the ``mean`` change, its standard ``error``, and the
        ``spread`` (standard deviation) of single galaxies; NaN without galaxies.
    """
    labels, galaxies = answered.question.labels, len(answered.rows)
    change = answered.change.astype(float)
    mean = spread = np.full(len(labels), np.nan)
    if galaxies:
        mean, spread = change.mean(axis=0), change.std(axis=0)
    return pd.DataFrame(
        {
            "label": labels,
            "galaxies": galaxies,
            "mean": mean,
            "error": spread / np.sqrt(max(galaxies, 1)),
            "spread": spread,
        }
    )


def change_histogram(answered: Answered, *, bins: int = 41) -> pd.DataFrame:
    """Galaxies by the change of a fraction: ``label``, ``low``, ``high``, ``galaxies``.

    The bins cover -1 to 1; an odd number of them has one in the middle for no change.
    """
    tables = []
    for label, change in zip(answered.question.labels, answered.change.T, strict=True):
        counts, edges = np.histogram(change, bins, (-1, 1))
        bounds = {"low": edges[:-1], "high": edges[1:]}
        tables.append(pd.DataFrame({"label": label, **bounds, "galaxies": counts}))
    return pd.concat(tables, ignore_index=True)


def moved_most(answered: Answered, *, count: int = 24) -> pd.DataFrame:
    """Galaxies whose answers changed most, the farthest first.

    The distance is the share of votes that would have to change hands, half the sum of
    absolute differences, times the smaller of the two probabilities asked.

    Returns
    -------
    DataFrame
        ``row`` and ``distance`` (0 to 1).
    """
    distance = np.abs(answered.change).sum(axis=1) / 2 * answered.asked
    first = np.lexsort((answered.rows, -distance))[:count]
    return pd.DataFrame({"row": answered.rows[first], "distance": distance[first]})


def reliability(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    judge: LoadedRelease,
    selection: Selection,
    question: Question,
    *,
    selected_in: LoadedRelease,
) -> pd.DataFrame:
    """What volunteers answered, in bins of what a release expects them to answer.

    Galaxies count that the selection leaves of ``selected_in``, and that have
    ``LEAST_VOTES`` on the question in the votes of ``judge``; both may be other
    releases of the same galaxies.

    Returns
    -------
    DataFrame
        See `morph.evaluation.reliability_bins.in_bins`, and ``label``.
    """
    condition, parameters = where(selection, selected_in)
    expected = [f"{label}_probability" for label in question.labels]
    here = ", ".join(quoted(release, name) for name in expected)
    total = " + ".join(f'votes."{label}"' for label in question.labels)
    fractions = ", ".join(
        f'votes."{label}" / ({total}) AS "{label}"' for label in question.labels
    )
    sql = (
        f"SELECT here.* EXCLUDE (iauname), {fractions} FROM "
        f"(SELECT iauname, {here} FROM {release.table}) AS here "
        f"JOIN {judge.votes_table} AS votes USING (iauname) "
        f"JOIN (SELECT iauname FROM {selected_in.table} WHERE {condition}) "
        f"USING (iauname) WHERE {total} >= $least_votes"
    )
    with reading(judge), reading(release):
        values = {**parameters, "least_votes": LEAST_VOTES}
        found = query(con, selected_in, sql, values).fetchnumpy()
    tables = [
        in_bins(found[name], found[label]).assign(label=label)
        for name, label in zip(expected, question.labels, strict=True)
    ]
    return pd.concat(tables, ignore_index=True)


def _joined(
    reference: LoadedRelease,
    release: LoadedRelease,
    selection: Selection,
    columns: list[str],
) -> tuple[str, dict]:
    """SQL of the selected galaxies ``here`` beside themselves ``there``."""
    if reference.tree != release.tree:
        raise MorphError(
            f"{reference.release_id} follows the tree {reference.tree.name}, "
            f"{release.release_id} {release.tree.name}: compare releases of one tree"
        )
    condition, parameters = where(selection, release)
    here = ", ".join(quoted(release, name) for name in columns)
    there = ", ".join(quoted(reference, name) for name in columns)
    return (
        f"(SELECT rowid AS row, iauname, {here} FROM {release.table} "
        f"WHERE {condition}) AS here "
        f"JOIN (SELECT iauname, {there} FROM {reference.table}) AS there "
        "USING (iauname)"
    ), parameters


def _both_ask(question: Question) -> str:
    """SQL: both releases ask the question, and know all of its answers."""
    name = question.name
    return " AND ".join(
        f'{side}."{name}_asked" > {ASKED} AND {side}."{name}_answer" IS NOT NULL'
        for side in ("here", "there")
    )
