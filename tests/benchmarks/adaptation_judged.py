"""Evaluate finished runs on the true fractions of one half of the overlap."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from morph.evaluation.vote_fraction_errors import ASKED
from morph.home import cutouts_folder
from morph.images.store import open_store
from morph.posterior.dirichlet import asked_probability, expected_probability
from morph.runs.run_files import read_json
from morph.trees.decision_tree import GZD5
from training.apply.evaluate import read_labels, wanted_rows
from training.apply.predict import read_prediction

MASS = 0.9  # of the intervals whose coverage is measured
RESAMPLES = 1000
QUESTIONS = tuple(question.name for question in GZD5.questions)


@dataclass(frozen=True)
class Judged:
    """One prediction with models of S seeds, on N galaxies and Q questions."""

    squared: np.ndarray  # (S, N, Q) mean over answers; NaN if not asked
    confident: np.ndarray  # (2, Q) galaxies with confident votes; those correct
    coverage: np.ndarray  # (3, Q) counts; in their interval; those of an exact model

    @property
    def rmse(self) -> np.ndarray:
        """(S, Q) root mean square error of the vote fractions."""
        return np.sqrt(np.nanmean(self.squared, axis=1))

    def resampled(self) -> np.ndarray:
        """(B, S) mean error of the questions in B bootstrap samples of galaxies.

        Samples are the same for all predictions of the same galaxies.
        """
        galaxies = self.squared.shape[1]
        rng = np.random.default_rng(galaxies)
        even = np.full(galaxies, 1 / galaxies)
        times = rng.multinomial(galaxies, even, RESAMPLES).astype(float)
        counts = times @ ~np.isnan(self.squared[0])
        sums = np.nan_to_num(self.squared)
        return np.stack(
            [np.sqrt((times @ own) / counts).mean(axis=1) for own in sums], axis=1
        )


def judge(folders: list[Path], survey: str, half: str) -> Judged:
    """The runs of ``folders``, one per seed, on the overlap in images of ``survey``."""
    root = folders[0].parent.parent
    names, truth = _truth(root, survey, half)
    found = [read_json(folder / "evaluation.json") for folder in folders]
    return Judged(
        squared=np.stack([_squared(folder, names, truth) for folder in folders]),
        confident=_confident(found),
        coverage=_coverage(found),
    )


def constant(folders: list[Path], half: str) -> Judged:
    """Predict each answer's mean fraction over the source's votes for every galaxy."""
    root = folders[0].parent.parent
    _, truth = _truth(root, "bmz", half)
    cards = [read_json(folder / "checkpoints" / "model.json") for folder in folders]
    constants = [np.array([card["mean_fraction"]]) for card in cards]
    squared = np.stack([_errors(share, truth) for share in constants])
    questions = len(QUESTIONS)
    return Judged(squared, np.zeros((2, questions)), np.zeros((3, questions)))


def _truth(root: Path, survey: str, half: str) -> tuple[np.ndarray, np.ndarray]:
    """Names (N,) and true fractions (N, L) of the test galaxies."""
    store = open_store(cutouts_folder(root, f"overlap-{survey}"))
    rows = wanted_rows(store, half)
    return store.names[rows], read_labels(store, rows, GZD5)[1]


def _squared(folder: Path, names: np.ndarray, truth: np.ndarray) -> np.ndarray:
    prediction = read_prediction(folder / "evaluated")
    rows = pd.Index(prediction.names).get_indexer(names)
    share = expected_probability(prediction.concentration[rows], GZD5)
    return _errors(share, truth)


def _errors(share: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """(N, Q) squared errors, those that `evaluate_fractions` averages."""
    squared = (share - truth) ** 2
    by_question = np.stack(
        [squared[:, GZD5.columns(q)].mean(axis=1) for q in GZD5.questions], axis=1
    )
    asked = asked_probability(truth, GZD5) > ASKED
    return np.where(asked, by_question, np.nan)


def _confident(found: list[dict[str, Any]]) -> np.ndarray:
    """Galaxies that volunteers agree on, and those classified correctly."""
    return sum(
        np.array([[row[key] for row in each["confident"]] for key in ("n", "right")])
        for each in found
    )


def _coverage(found: list[dict[str, Any]]) -> np.ndarray:
    """Counts; those in the central 90 % intervals; those expected of an exact model."""
    total = np.zeros((3, len(QUESTIONS)))
    for each in found:
        rows = [row for row in each["coverage"] if row["mass"] == MASS]
        n = np.array([row["n"] for row in rows], dtype=float)
        share, exact = (
            np.array([row[name] or 0.0 for row in rows])
            for name in ("coverage", "exact")
        )
        total += [n, n * share, n * exact]
    return total
