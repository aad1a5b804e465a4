"""Evaluate the finished runs of a pair on the galaxies with known fractions."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from morph.evaluation.vote_fraction_errors import ASKED
from morph.home import cutouts_folder, run_folder
from morph.images.store import open_store
from morph.posterior.dirichlet import asked_probability, expected_probability
from morph.runs.run_files import read_choice, read_json
from morph.trees.decision_tree import GZD5
from tests.benchmarks.adaptation_cases import most_sure
from tests.benchmarks.adaptation_methods import (
    CONSTANT,
    ORACLE,
    SOURCE,
    Method,
    source_run,
)
from training.apply.evaluate import read_labels, wanted_rows
from training.apply.predict import read_prediction
from training.pixels.store_counts import store_counts

MASS = 0.9  # of the intervals whose coverage is measured
RESAMPLES = 1000
QUESTIONS = tuple(question.name for question in GZD5.questions)


@dataclass(frozen=True)
class Judged:
    """One prediction with models of S seeds, on N galaxies and Q questions.

    ``sure`` are, for each seed, the question that is most too sure, and how many times;
    ``verdicts`` those of adaptations without votes.
    """

    squared: np.ndarray  # (S, N, Q) mean over answers; NaN if not asked
    confident: np.ndarray  # (2, Q) galaxies with confident votes; those correct
    coverage: np.ndarray  # (3, Q) counts; in their interval; those of an exact model
    sure: tuple[tuple[str, float], ...] = ()
    verdicts: tuple[str, ...] = ()

    @cached_property
    def rmse(self) -> np.ndarray:
        """(S, Q) root mean square error of the vote fractions."""
        return np.sqrt(np.nanmean(self.squared, axis=1))

    @cached_property
    def error(self) -> float:
        """Mean over the questions and the seeds."""
        return float(self.rmse.mean())

    @cached_property
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


Predictions = dict[str, Judged]  # of one pair, by name


def compared(
    home: Path, seeds: Sequence[int], methods: Sequence[Method], half: str
) -> Predictions:
    """Every prediction of a pair by its name; the oracle is last."""

    def folders(slug: str) -> list[Path]:
        return [run_folder(home, f"{slug}-{seed}") for seed in seeds]

    source = [run_folder(home, source_run(seed)) for seed in seeds]
    found = {
        CONSTANT: constant(source, half),
        SOURCE: judge(source, "test-source", half),
    }
    for method in methods:
        found[method.name] = judge(folders(method.slug), "test-target", half)
    return found | {ORACLE: judge(folders("oracle"), "test-target", half)}


def judge(folders: list[Path], store: str, half: str) -> Judged:
    """The runs of ``folders``, one per seed, on a store with known fractions."""
    names, truth, votes = _truth(folders[0].parent.parent, store, half)
    alphas = [_concentration(folder, names) for folder in folders]
    choices = [read_choice(folder) for folder in folders]
    found = [read_json(folder / "evaluation.json") for folder in folders]
    shares = [expected_probability(alpha, GZD5) for alpha in alphas]
    return Judged(
        squared=np.stack([_errors(share, truth) for share in shares]),
        confident=_confident(found),
        coverage=_coverage(found),
        sure=tuple(_sure(alpha, votes) for alpha in alphas),
        verdicts=tuple(c["verdict"] for c in choices if c is not None),
    )


def constant(folders: list[Path], half: str) -> Judged:
    """Predict each answer's mean fraction over the source's votes for every galaxy."""
    _, truth, _ = _truth(folders[0].parent.parent, "test-target", half)
    cards = [read_json(folder / "checkpoints" / "model.json") for folder in folders]
    constants = [np.array([card["mean_fraction"]]) for card in cards]
    squared = np.stack([_errors(share, truth) for share in constants])
    questions = len(QUESTIONS)
    return Judged(squared, np.zeros((2, questions)), np.zeros((3, questions)))


def _truth(
    home: Path, name: str, half: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Names (N,), true fractions (N, L) and votes (N, L) of the test galaxies."""
    store = open_store(cutouts_folder(home, name))
    rows = wanted_rows(store, half)
    truth = read_labels(store, rows, GZD5)[1]
    return store.names[rows], truth, store_counts(store, GZD5)[rows]


def _concentration(folder: Path, names: np.ndarray) -> np.ndarray:
    prediction = read_prediction(folder / "evaluated")
    rows = pd.Index(prediction.names).get_indexer(names)
    return prediction.concentration[rows].astype(float)


def _sure(alpha: np.ndarray, votes: np.ndarray) -> tuple[str, float]:
    try:
        question, times, _ = most_sure(alpha, votes)
    except ValueError:  # no question has galaxies enough
        return "", np.nan
    return question, times


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
