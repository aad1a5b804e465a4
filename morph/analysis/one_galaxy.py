"""All data of one galaxy in the catalogue."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from duckdb import DuckDBPyConnection

from morph.analysis import galaxy_posterior
from morph.catalogue.arrays import rows_of
from morph.catalogue.find_galaxy import similar_names
from morph.catalogue.release_table import TAIL_THRESHOLDS, LoadedRelease, query
from morph.errors import MorphError
from morph.posterior import dirichlet
from morph.posterior.measures import MEASURES
from morph.trees.decision_tree import DecisionTree, Question

INTERVAL_MASS = 0.9


@dataclass(frozen=True)
class AnswerPosterior:
    """One answer of one galaxy; None where unknown."""

    label: str
    words: str
    probability: float | None
    variance: float | None  # total variance, where there are several passes
    lower: float | None  # ends of the 90% interval
    upper: float | None
    votes: int | None
    above_half: float | None = None  # P(ρ > 0.5)


@dataclass(frozen=True)
class QuestionPosterior:
    """One question of one galaxy; None where unknown."""

    question: Question
    asked: float | None
    largest: str | None  # label
    measures: dict[str, float | None]  # by name, of those of a question
    answers: tuple[AnswerPosterior, ...]
    # Concentrations (P, A) of every pass.
    passes: np.ndarray | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Galaxy:
    """One galaxy of one release."""

    iauname: str
    source_id: str | None
    ra: float | None
    dec: float | None
    position_from: str | None
    physical: dict[str, float | None]
    questions: tuple[QuestionPosterior, ...]
    has_votes: bool
    passes: int  # of which each posterior is the equal mixture


def galaxy(
    con: DuckDBPyConnection, release: LoadedRelease, iauname: str, *, folder: Path
) -> Galaxy:
    """All data of one galaxy.

    Variances and 90% equal-tailed intervals are of the posterior, with several passes
    their equal mixture (`morph.posterior.dirichlet`). ``folder`` is that of the
    release, from which passes are read.

    Raises
    ------
    MorphError
        If the release has no galaxy of that name; the message has similar names.
    """
    columns = ", ".join(f'"{name}"' for name in sorted(release.columns))
    at = rows_of(con, release, [iauname]).get(iauname)
    if at is None:
        raise _unknown(con, release, iauname)
    sql = f"SELECT {columns} FROM {release.table} WHERE rowid = $at"
    rows = query(con, release, sql, {"at": at}).fetchall()
    row = dict(zip(sorted(release.columns), rows[0], strict=True))
    labels = release.tree.labels
    passes = galaxy_posterior.concentrations(con, release, folder, iauname, labels)
    votes = _votes(con, release, iauname)
    answers = _answers(row, release, passes, votes)
    return Galaxy(
        iauname,
        row.get("source_id"),
        row["ra"],
        row["dec"],
        row.get("position_from"),
        {name: row[name] for name in release.physical},
        tuple(
            _question(question, row, release.tree, passes, answers)
            for question in release.tree.questions
        ),
        bool(votes),
        release.passes,
    )


def _unknown(
    con: DuckDBPyConnection, release: LoadedRelease, iauname: str
) -> MorphError:
    similar = similar_names(con, release, iauname)
    hint = f"; similar names: {', '.join(similar)}" if similar else ""
    return MorphError(
        f"release {release.release_id} has no galaxy called {iauname!r}{hint}"
    )


def _answers(
    row: dict[str, Any],
    release: LoadedRelease,
    passes: np.ndarray | None,
    votes: dict[str, int],
) -> dict[str, AnswerPosterior]:
    """All answers by label; ``passes`` are (P, L) concentrations."""
    tails, answers = _tails(row, release, passes), {}
    for question in release.tree.questions:
        own = None if passes is None else passes[:, release.tree.columns(question)]
        for index, label in enumerate(question.labels):
            lower, upper = (
                (None, None)
                if own is None
                else galaxy_posterior.interval(own, index, INTERVAL_MASS)
            )
            answers[label] = AnswerPosterior(
                label,
                release.tree.words(label),
                row[f"{label}_probability"],
                row.get(f"{label}_total_variance", row.get(f"{label}_variance")),
                lower,
                upper,
                votes.get(label),
                tails.get(label),
            )
    return answers


def _question(
    question: Question,
    row: dict[str, Any],
    tree: DecisionTree,
    passes: np.ndarray | None,
    answers: dict[str, AnswerPosterior],
) -> QuestionPosterior:
    largest = row[f"{question.name}_answer"]
    return QuestionPosterior(
        question,
        row[f"{question.name}_asked"],
        None if largest is None else question.labels[largest],
        {
            measure.name: row.get(f"{question.name}_{measure.column}")
            for measure in MEASURES
            if not measure.of_answer
        },
        tuple(answers[label] for label in question.labels),
        None if passes is None else passes[:, tree.columns(question)],
    )


def _votes(
    con: DuckDBPyConnection, release: LoadedRelease, iauname: str
) -> dict[str, int]:
    """Votes by label; empty for a galaxy without votes."""
    if not release.has_votes:
        return {}
    labels = release.tree.labels
    columns = ", ".join(f'"{label}"' for label in labels)
    sql = f"SELECT {columns} FROM {release.votes_table} WHERE iauname = $iauname"
    rows = query(con, release, sql, {"iauname": iauname}).fetchall()
    return dict(zip(labels, rows[0], strict=True)) if rows else {}


def _tails(
    row: dict[str, Any], release: LoadedRelease, passes: np.ndarray | None
) -> dict[str, float]:
    """P(ρ > 0.5) of each label, averaged over passes."""
    labels = release.tree.labels
    if release.has_samples:
        half = TAIL_THRESHOLDS.index(0.5)
        return {label: float(row[f"{label}_tail"][half]) for label in labels}
    if passes is None:
        return {}
    tails = dirichlet.tail_probability(passes, release.tree, 0.5)[0].tolist()
    return dict(zip(labels, tails, strict=True))
