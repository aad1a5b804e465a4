"""Evaluate a model on galaxies with known vote fractions."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from morph.errors import MorphError
from morph.evaluation.accuracy import MAJORITY, MORE_VOTES_THAN, confident_accuracy
from morph.evaluation.answer_errors import errors_by_answer, errors_by_question
from morph.evaluation.coverage import LEAST_VOTES, interval_coverage, vote_cost
from morph.evaluation.reliability_bins import in_bins_by_answer
from morph.evaluation.vote_fraction_errors import asked_galaxies, evaluate_fractions
from morph.home import cutouts_folder
from morph.images.store import CutoutStore, open_store
from morph.posterior.answer_arrays import by_answer
from morph.posterior.dirichlet import expected_probability
from morph.posterior.vote_fractions import total_votes, vote_fractions
from morph.runs.config_parts import EvaluateConfig
from morph.trees.decision_tree import DecisionTree
from training.apply.predict import Prediction
from training.network.checkpoints import FittedModel
from training.pixels.store_counts import store_counts


def evaluate(
    prediction: Prediction,
    store: CutoutStore,
    config: EvaluateConfig,
    card: FittedModel,
    tree: DecisionTree,
) -> dict[str, Any]:
    """Errors of each question on galaxies of a labelled store.

    Labels are the store's true fractions if it has them (simulated galaxies), else its
    vote fractions. The baseline is the mean vote fraction of the training set; a
    question with a smaller gain than ``morph.evaluation.vote_fraction_errors.LEARNT``
    is not learnt. If the store has votes, the tables of ``judge_by_votes`` are added.
    """
    rows = wanted_rows(store, config.half)
    predicted = pd.Index(prediction.names).get_indexer(store.names[rows])
    alpha = prediction.concentration[predicted]
    labels, truth = read_labels(store, rows, tree)
    table = evaluate_fractions(
        expected_probability(alpha, tree),
        truth,
        tree,
        constant=np.array([card.mean_fraction]),
    )
    by_votes = {}
    if _has(store, "votes"):
        by_votes = judge_by_votes(alpha, store_counts(store, tree)[rows], tree)
    return {
        "store": config.store,
        "half": config.half,
        "labels": labels,
        "galaxies": len(alpha),
        "mean_rmse": _mean(table["rmse"]),
        "mean_constant_rmse": _mean(table["constant_rmse"]),
        "questions": _records(table),
    } | by_votes


def judge_by_votes(
    alpha: np.ndarray, votes: np.ndarray, tree: DecisionTree
) -> dict[str, Any]:
    """Tables of `morph.evaluation` that compare (N, L) concentrations with counts.

    ``vote_errors`` has a row per question, ``answers`` one per answer, ``well_voted``
    the same for galaxies with more than 34 votes; ``nats`` is the loss per galaxy.
    """
    alpha, votes = alpha.astype(float), votes.astype(float)
    fraction = expected_probability(alpha, tree)
    answers = errors_by_answer(fraction, votes, tree)
    enough = asked_galaxies(votes, tree) & (total_votes(votes, tree) >= LEAST_VOTES)
    tables = {
        "majority": confident_accuracy(fraction, votes, tree, threshold=MAJORITY),
        "confident": confident_accuracy(fraction, votes, tree),
        "vote_errors": errors_by_question(answers),
        "answers": answers,
        "well_voted": errors_by_answer(
            fraction, votes, tree, more_votes_than=MORE_VOTES_THAN
        ),
        "coverage": interval_coverage(alpha, votes, tree),
        "nats": vote_cost(alpha, votes, tree),
        "reliability": in_bins_by_answer(
            fraction, vote_fractions(votes, tree), enough, tree
        ),
    }
    return {name: _records(table) for name, table in tables.items()}


def _mean(values: pd.Series) -> float | None:
    """Mean over questions that have galaxies; None if none has."""
    return float(values.mean()) if values.notna().any() else None


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows for JSON, with null for NaN."""
    return table.astype(object).where(table.notna(), None).to_dict("records")


def summary(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """An evaluation without its tables of answers and bins."""
    long = ("answers", "well_voted", "reliability")
    return {name: value for name, value in evaluation.items() if name not in long}


def not_learnt(evaluation: Mapping[str, Any]) -> tuple[str, ...]:
    """Questions predicted no better than by their mean vote fraction."""
    return tuple(q["question"] for q in evaluation["questions"] if not q["learnt"])


def wanted_rows(store: CutoutStore, half: str) -> np.ndarray:
    """Rows of the galaxies in one half of a store, or of all."""
    if half == "all":
        return np.arange(len(store.names))
    if "half" not in store.index.columns:
        raise MorphError(
            f"{store.folder.name} is not divided into halves; evaluate on "
            'half "all", or name a store made for evaluation'
        )
    rows = np.flatnonzero(store.index["half"] == half)
    if not len(rows):
        raise MorphError(
            f"{store.folder.name} has no galaxies in its {half} half; evaluate on half "
            '"all", or name another store'
        )
    return rows


def read_labels(
    store: CutoutStore, rows: np.ndarray, tree: DecisionTree
) -> tuple[str, np.ndarray]:
    """The kind of labels, "truth" or "votes", and the fractions (N, L) of ``rows``.

    From votes, fractions of questions with fewer than ``LEAST_VOTES`` votes are NaN.
    """
    if _has(store, "truth"):
        truth = pd.read_parquet(store.folder / "truth.parquet").set_index("iauname")
        names = store.names[rows]
        lacking = ~np.isin(names, truth.index)
        if lacking.any() or truth.index.has_duplicates:
            raise MorphError(
                f"truth.parquet of {store.folder.name} needs one row for each galaxy "
                f"({lacking.sum():,} of {len(names):,} lack one); make the store again"
            )
        return "truth", truth.loc[names, list(tree.labels)].to_numpy(dtype=float)
    if not _has(store, "votes"):
        raise MorphError(
            f"{store.folder.name} has neither true vote fractions (truth.parquet) nor "
            "votes (votes.parquet); name a labelled store"
        )
    votes = store_counts(store, tree)[rows]
    few = by_answer(total_votes(votes, tree) < LEAST_VOTES, tree)
    return "votes", np.where(few, np.nan, vote_fractions(votes, tree))


def _has(store: CutoutStore, what: str) -> bool:
    return (store.folder / f"{what}.parquet").is_file()


def refuse_seen_galaxies(root: Path, store: CutoutStore, seen: tuple[str, ...]) -> None:
    """Raise MorphError if ``store`` has galaxies of the training set."""
    for name in seen:
        folder = cutouts_folder(root, name)
        learnt = open_store(folder).names if folder.is_dir() else []
        shared = np.intersect1d(store.names, learnt)
        if len(shared):
            raise MorphError(
                f"{store.folder.name} shares {len(shared):,} galaxies with {name}, "
                f"which the model learnt from (first: {shared[0]}); "
                "evaluate it on other galaxies"
            )
