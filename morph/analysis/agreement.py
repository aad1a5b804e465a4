"""Agreement of two releases on the same galaxies, and of a release with votes.

A question counts for galaxies that reach it with probability above ``ASKED`` in both
releases. Changes are from the reference to the release, in which galaxies are selected.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from morph.catalogue.column_sql import quoted
from morph.catalogue.release_table import LoadedRelease, query, reading
from morph.errors import MorphError
from morph.evaluation.accuracy import cohens_kappa
from morph.evaluation.coverage import LEAST_VOTES
from morph.evaluation.reliability_bins import in_bins
from morph.posterior.intervals import wilson
from morph.selection.conditions import where
from morph.selection.selection import Selection
from morph.trees.decision_tree import Question

ASKED = 0.5


@dataclass(frozen=True)
class Agreement:
    """Number of selected galaxies in both releases, and agreement by question.

    ``questions``: ``question``, ``galaxies`` that reach it in both, the number
    ``agreeing``, their fraction ``share`` with its Wilson interval ``low`` to ``high``,
    and Cohen's ``kappa`` with its standard error ``kappa_error``; NaN without galaxies.
    """

    shared: int
    questions: pd.DataFrame


@dataclass(frozen=True)
class PairedAnswers:
    """Answers of two releases to one question, for K galaxies that reach it in both.

    ``rows`` (K,) are rows of the release; ``asked`` (K,) is the smaller probability
    that the question is asked. Vote fractions are (K, A); indices of the most probable
    answers (K,).
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
        """(K, A) changes of vote fractions."""
        return self.release - self.reference


def agreement(
    con: DuckDBPyConnection,
    reference: LoadedRelease,
    release: LoadedRelease,
    selection: Selection,
) -> Agreement:
    """Fraction of selected galaxies with the same most probable answer, by question."""
    questions = in_both(reference, release)
    needed = [f"{q.name}_{what}" for q in questions for what in ("asked", "answer")]
    numbers = ", ".join(
        f'histogram({len(q.answers)} * there."{q.name}_answer"::INTEGER + '
        f'here."{q.name}_answer"::INTEGER) FILTER ({_asked_in_both(q)})'
        for q in questions
    )
    joined, parameters = _joined(reference, release, selection, needed)
    sql = f"SELECT count(*), {numbers} FROM {joined}"
    with reading(reference):
        ((shared, *counts),) = query(con, release, sql, parameters).fetchall()
    matrices = [
        _matrix(found or {}, len(question.answers))
        for question, found in zip(questions, counts, strict=True)
    ]
    table = pd.DataFrame(
        {
            "question": [question.name for question in questions],
            "galaxies": [int(matrix.sum()) for matrix in matrices],
            "agreeing": [int(np.trace(matrix)) for matrix in matrices],
        }
    )
    kappas = [cohens_kappa(matrix) for matrix in matrices]
    table[["kappa", "kappa_error"]] = np.array(kappas, dtype=float)
    low, high = wilson(table["agreeing"], table["galaxies"])
    table = table.assign(
        share=table["agreeing"] / table["galaxies"], low=low, high=high
    )
    table.loc[table["galaxies"] == 0, ["share", "low", "high"]] = np.nan
    return Agreement(shared, table)


def in_both(reference: LoadedRelease, release: LoadedRelease) -> list[Question]:
    """The questions of both trees; those that were added for one may be of one only."""
    return [one for one in release.tree.questions if one in reference.tree.questions]


def answers_of_both(
    con: DuckDBPyConnection,
    reference: LoadedRelease,
    release: LoadedRelease,
    selection: Selection,
    question: Question,
) -> PairedAnswers:
    """Read the answers of both releases to one question, for the selected galaxies."""
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
        f"FROM {joined} WHERE {_asked_in_both(question)}"
    )
    with reading(reference):
        values = query(con, release, sql, parameters).fetchnumpy()
    old, new = (
        np.column_stack([values[f"{side}_{name}"] for name in fractions])
        for side in ("there", "here")
    )
    return PairedAnswers(
        question,
        values["row"],
        values["asked"],
        old,
        new,
        values[f"there_{answer}"],
        values[f"here_{answer}"],
    )


def confusion(answered: PairedAnswers) -> pd.DataFrame:
    """Galaxies by most probable answer in the reference (rows) and the release."""
    labels = answered.question.labels
    counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
    np.add.at(counts, (answered.reference_largest, answered.release_largest), 1)
    return pd.DataFrame(counts, index=labels, columns=labels)


def in_cell(answered: PairedAnswers, reference: str, release: str) -> PairedAnswers:
    """The galaxies in one cell of the confusion matrix."""
    labels = answered.question.labels
    inside = answered.reference_largest == labels.index(reference)
    inside &= answered.release_largest == labels.index(release)
    parts = {name: part for name, part in vars(answered).items() if name != "question"}
    return replace(answered, **{name: part[inside] for name, part in parts.items()})


def change_by_label(answered: PairedAnswers) -> pd.DataFrame:
    """Mean and scatter of the change in vote fractions, by label.

    Columns are ``label``, ``galaxies``, the ``mean`` change, its standard ``error``,
    and the standard deviation ``spread``; NaN without galaxies.
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


def change_histogram(answered: PairedAnswers, *, bins: int = 41) -> pd.DataFrame:
    """Galaxies by the change of a fraction: ``label``, ``low``, ``high``, ``galaxies``.

    The bins cover -1 to 1; with an odd number, the central one is around no change.
    """
    tables = []
    for label, change in zip(answered.question.labels, answered.change.T, strict=True):
        counts, edges = np.histogram(change, bins, (-1, 1))
        bounds = {"low": edges[:-1], "high": edges[1:]}
        tables.append(pd.DataFrame({"label": label, **bounds, "galaxies": counts}))
    return pd.concat(tables, ignore_index=True)


def moved_most(answered: PairedAnswers, *, count: int = 24) -> pd.DataFrame:
    """Galaxies whose answers changed most, largest distance first.

    The ``distance`` (0 to 1) of each ``row`` is the total variation (half the sum of
    absolute differences) of the vote fractions, times the smaller probability that the
    question is asked.
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
    """Mean vote fractions in bins of the fractions that a release predicts.

    Galaxies selected in ``selected_in`` count if they have ``LEAST_VOTES`` on the
    question in ``judge``; both may be other releases of the same galaxies. Columns are
    ``label`` and those of `morph.evaluation.reliability_bins.in_bins`.
    """
    condition, parameters = where(selection, selected_in)
    expected = [f"{label}_probability" for label in question.labels]
    here = ", ".join(quoted(release, name) for name in expected)
    total = " + ".join(f'votes."{label}"' for label in question.labels)
    voted = ", ".join(
        f'votes."{label}" / ({total}) AS "{label}"' for label in question.labels
    )
    sql = (
        f"SELECT here.* EXCLUDE (iauname), {voted} FROM "
        f"(SELECT iauname, {here} FROM {release.table}) AS here "
        f"JOIN {judge.votes_table} AS votes USING (iauname) "
        f"JOIN (SELECT iauname FROM {selected_in.table} WHERE {condition}) "
        f"USING (iauname) WHERE {total} >= $least_votes"
    )
    with reading(judge), reading(release):
        values = {**parameters, "least_votes": LEAST_VOTES}
        fractions = query(con, selected_in, sql, values).fetchnumpy()
    tables = [
        in_bins(fractions[name], fractions[label]).assign(label=label)
        for name, label in zip(expected, question.labels, strict=True)
    ]
    return pd.concat(tables, ignore_index=True)


def _joined(
    reference: LoadedRelease,
    release: LoadedRelease,
    selection: Selection,
    columns: list[str],
) -> tuple[str, dict]:
    """SQL of the selected galaxies in the release (here) and the reference (there)."""
    if reference.tree.root != release.tree.root:
        raise MorphError(
            f"{reference.release_id} has the tree {reference.tree.name}, "
            f"{release.release_id} {release.tree.name}; compare releases "
            "with the same tree"
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


def _matrix(found: Mapping[int, int], answers: int) -> np.ndarray:
    """Counts (A, A) by answer in the reference and the release, from their codes."""
    flat = np.zeros(answers**2, dtype=np.int64)
    flat[list(found)] = list(found.values())
    return flat.reshape(answers, answers)


def _asked_in_both(question: Question) -> str:
    """SQL: the question is reached and its answers are known in both releases."""
    name = question.name
    return " AND ".join(
        f'{side}."{name}_asked" > {ASKED} AND {side}."{name}_answer" IS NOT NULL'
        for side in ("here", "there")
    )
