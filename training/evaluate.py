"""How well a model tells the vote fractions of galaxies whose true ones are known."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from morph.confident import MAJORITY, confident_accuracy
from morph.cutouts import CutoutStore, open_store
from morph.dirichlet import expected_probability
from morph.errors import MorphError
from morph.home import cutouts_folder
from morph.metrics import evaluate_fractions
from morph.tree import DecisionTree
from morph.vote_intervals import interval_coverage
from morph.votes import total_votes
from training.checkpoints import FittedModel
from training.config import EvaluateConfig
from training.losses import dirichlet_multinomial_nll
from training.predict import Prediction
from training.votes import store_counts


def evaluate(
    prediction: Prediction,
    store: CutoutStore,
    config: EvaluateConfig,
    card: FittedModel,
    tree: DecisionTree,
) -> dict[str, Any]:
    """Errors of each question on one half of a store with known vote fractions.

    The constant they are held against is the mean vote fraction of the galaxies the
    model learnt from; a question that does not beat it by ``morph.metrics.LEARNT`` is
    not learnt. Where the store has votes as well, the model is held against them too:
    accuracy on galaxies that volunteers are confident about, coverage of its intervals
    for the counts, and what the votes cost it in nats.
    """
    truth = read_truth(store, config.half, tree)
    predicted = expected_probability(prediction.concentration, tree)
    rows = pd.Index(prediction.names).get_indexer(truth["iauname"])
    table = evaluate_fractions(
        predicted[rows],
        truth[list(tree.labels)].to_numpy(dtype=float),
        tree,
        constant=np.array([card.mean_fraction]),
    )
    against_votes = {}
    if (store.folder / "votes.parquet").is_file():
        counts = store_counts(store, tree)[store.index["half"] == config.half]
        found = prediction.concentration[_rows(prediction, store, config.half)]
        against_votes = judge_by_votes(found, counts, tree)
    return {
        "store": config.store,
        "half": config.half,
        "galaxies": len(truth),
        "mean_rmse": float(table["rmse"].mean()),
        "mean_constant_rmse": float(table["constant_rmse"].mean()),
        "questions": _records(table),
    } | against_votes


def judge_by_votes(
    alpha: np.ndarray, votes: np.ndarray, tree: DecisionTree
) -> dict[str, Any]:
    """What (N, L) concentrations are worth against (N, L) counts, question by question.

    ``majority`` and ``confident`` are accuracies (`morph.confident`), ``coverage`` that
    of the intervals for the counts (`morph.vote_intervals`), ``nats`` the mean cost of
    a galaxy's votes on the questions it has votes on.
    """
    share = expected_probability(alpha, tree)
    nats = dirichlet_multinomial_nll(
        torch.from_numpy(alpha), torch.from_numpy(votes), tree
    ).numpy()
    voted = total_votes(votes, tree) > 0
    cost = np.divide(
        nats.sum(axis=0),
        voted.sum(axis=0),
        where=voted.any(axis=0),
        out=np.full(len(tree.questions), np.nan),
    )
    names = [question.name for question in tree.questions]
    return {
        "majority": _records(
            confident_accuracy(share, votes, tree, threshold=MAJORITY)
        ),
        "confident": _records(confident_accuracy(share, votes, tree)),
        "coverage": _records(interval_coverage(alpha, votes, tree)),
        "nats": _records(pd.DataFrame({"question": names, "nats": cost})),
    }


def _rows(prediction: Prediction, store: CutoutStore, half: str) -> np.ndarray:
    """Where the galaxies of one half of the store stand in the prediction."""
    names = store.names[store.index["half"] == half]
    return pd.Index(prediction.names).get_indexer(names)


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows for JSON: what is not a number is null."""
    return table.astype(object).where(table.notna(), None).to_dict("records")


def not_learnt(evaluation: Mapping[str, Any]) -> tuple[str, ...]:
    """Questions that are told no better than by their mean vote fraction."""
    return tuple(q["question"] for q in evaluation["questions"] if not q["learnt"])


def read_truth(store: CutoutStore, half: str, tree: DecisionTree) -> pd.DataFrame:
    """iauname and true vote fractions of the galaxies in one half of a store.

    Raises
    ------
    MorphError
        If the store has no truth, no halves, or none in this half.
    """
    path = store.folder / "truth.parquet"
    if not path.is_file() or "half" not in store.index.columns:
        raise MorphError(
            f"{store.folder.name} has no true vote fractions (truth.parquet and the "
            "index column half); name a store that is made for judging"
        )
    truth = pd.read_parquet(path)[["iauname", *tree.labels]]
    wanted = store.index.loc[store.index["half"] == half, "iauname"]
    truth = truth[truth["iauname"].isin(wanted)]
    if truth.empty:
        raise MorphError(f"{store.folder.name} has no galaxies in its {half} half")
    return truth


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
