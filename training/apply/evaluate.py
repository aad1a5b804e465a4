"""How well a model tells the vote fractions of galaxies whose answers are known."""

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
from morph.posterior.tree import DecisionTree
from morph.posterior.vote_fractions import total_votes, vote_fractions
from morph.runs.config_parts import EvaluateConfig
from training.apply.predict import Prediction
from training.network.checkpoints import FittedModel
from training.pixels.votes import store_counts


def evaluate(
    prediction: Prediction,
    store: CutoutStore,
    config: EvaluateConfig,
    card: FittedModel,
    tree: DecisionTree,
) -> dict[str, Any]:
    """Errors of each question on galaxies of a store whose answers are known.

    The labels are the store's true fractions where it has them (simulated galaxies
    do), else the fractions of its votes. The constant that the errors are held against
    is the mean vote fraction of the galaxies the model learnt from; a question that
    does not beat it by ``morph.evaluation.vote_fraction_errors.LEARNT`` is not learnt.
    Where the store has votes, the model is held against them too: see
    ``judge_by_votes``.
    """
    judged = wanted_rows(store, config.half)
    rows = pd.Index(prediction.names).get_indexer(store.names[judged])
    alpha = prediction.concentration[rows]
    labels, truth = read_labels(store, judged, tree)
    table = evaluate_fractions(
        expected_probability(alpha, tree),
        truth,
        tree,
        constant=np.array([card.mean_fraction]),
    )
    against_votes = {}
    if _has(store, "votes"):
        against_votes = judge_by_votes(alpha, store_counts(store, tree)[judged], tree)
    return {
        "store": config.store,
        "half": config.half,
        "labels": labels,
        "galaxies": len(alpha),
        "mean_rmse": _mean(table["rmse"]),
        "mean_constant_rmse": _mean(table["constant_rmse"]),
        "questions": _records(table),
    } | against_votes


def judge_by_votes(
    alpha: np.ndarray, votes: np.ndarray, tree: DecisionTree
) -> dict[str, Any]:
    """What (N, L) concentrations are worth against (N, L) counts.

    ``majority`` and ``confident`` are accuracies (`morph.evaluation.accuracy`);
    ``answers`` the errors of each answer and ``vote_errors`` of each question, the
    votes' own noise beside them, ``well_voted`` those of answers over galaxies with
    more than 34 votes (`morph.evaluation.answer_errors`); ``coverage`` that of the
    intervals for the counts (`morph.evaluation.coverage`), ``nats`` what a galaxy's
    votes cost (`morph.evaluation.coverage`), ``reliability`` the votes in bins of what
    was expected.
    """
    alpha, votes = alpha.astype(float), votes.astype(float)
    share = expected_probability(alpha, tree)
    answers = errors_by_answer(share, votes, tree)
    well_voted = errors_by_answer(share, votes, tree, more_votes_than=MORE_VOTES_THAN)
    known = asked_galaxies(votes, tree) & (total_votes(votes, tree) >= LEAST_VOTES)
    bins = in_bins_by_answer(share, vote_fractions(votes, tree), known, tree)
    tables = {
        "majority": confident_accuracy(share, votes, tree, threshold=MAJORITY),
        "confident": confident_accuracy(share, votes, tree),
        "vote_errors": errors_by_question(answers),
        "answers": answers,
        "well_voted": well_voted,
        "coverage": interval_coverage(alpha, votes, tree),
        "nats": vote_cost(alpha, votes, tree),
        "reliability": bins,
    }
    return {name: _records(table) for name, table in tables.items()}


def _mean(values: pd.Series) -> float | None:
    """Over the questions that have galaxies; None where none has."""
    return float(values.mean()) if values.notna().any() else None


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows for JSON: what is not a number is null."""
    return table.astype(object).where(table.notna(), None).to_dict("records")


def summary(evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """An evaluation without the tables that have rows for answers and bins."""
    long = ("answers", "well_voted", "reliability")
    return {name: found for name, found in evaluation.items() if name not in long}


def not_learnt(evaluation: Mapping[str, Any]) -> tuple[str, ...]:
    """Questions that are told no better than by their mean vote fraction."""
    return tuple(q["question"] for q in evaluation["questions"] if not q["learnt"])


def wanted_rows(store: CutoutStore, half: str) -> np.ndarray:
    """Rows of the galaxies in one half of a store, or of all of them.

    Raises
    ------
    MorphError
        If the store has no halves, or none of its galaxies are in this one.
    """
    if half == "all":
        return np.arange(len(store.names))
    if "half" not in store.index.columns:
        raise MorphError(
            f"{store.folder.name} is not cut in halves (the index column half); judge "
            'on half "all", or name a store that is made for judging'
        )
    rows = np.flatnonzero(store.index["half"] == half)
    if not len(rows):
        raise MorphError(
            f"{store.folder.name} has no galaxies in its {half} half; judge on half "
            '"all", or name another store'
        )
    return rows


def read_labels(
    store: CutoutStore, rows: np.ndarray, tree: DecisionTree
) -> tuple[str, np.ndarray]:
    """What the fractions of ``rows`` are known by, "truth" or "votes", and (N, L) them.

    By votes a question is known where ``LEAST_VOTES`` volunteers answered it; the
    others are NaN.

    Raises
    ------
    MorphError
        If the store has neither, or no truth of one of the galaxies.
    """
    if _has(store, "truth"):
        truth = pd.read_parquet(store.folder / "truth.parquet").set_index("iauname")
        names = store.names[rows]
        lacking = ~np.isin(names, truth.index)
        if lacking.any() or truth.index.has_duplicates:
            raise MorphError(
                f"the truth of {store.folder.name} has not one row for each galaxy "
                f"({lacking.sum():,} of {len(names):,} lack one); make the store again"
            )
        return "truth", truth.loc[names, list(tree.labels)].to_numpy(dtype=float)
    if not _has(store, "votes"):
        raise MorphError(
            f"{store.folder.name} has neither true vote fractions (truth.parquet) nor "
            "votes (votes.parquet); name a store whose answers are known"
        )
    votes = store_counts(store, tree)[rows]
    few = by_answer(total_votes(votes, tree) < LEAST_VOTES, tree)
    return "votes", np.where(few, np.nan, vote_fractions(votes, tree))


def _has(store: CutoutStore, what: str) -> bool:
    return (store.folder / f"{what}.parquet").is_file()


def refuse_seen_galaxies(root: Path, store: CutoutStore, seen: tuple[str, ...]) -> None:
    """Raise MorphError if ``store`` holds a galaxy that a model learnt from."""
    for name in seen:
        folder = cutouts_folder(root, name)
        known = open_store(folder).names if folder.is_dir() else []
        shared = np.intersect1d(store.names, known)
        if len(shared):
            raise MorphError(
                f"{store.folder.name} shares {len(shared):,} galaxies with {name}, "
                f"which the model learnt from (first: {shared[0]}); "
                "judge it on galaxies it has not seen"
            )
