"""Errors of predicted vote fractions relative to true ones, by question."""

import numpy as np
import pandas as pd

from morph.posterior.answer_arrays import sum_by_question
from morph.posterior.dirichlet import asked_probability
from morph.posterior.vote_fractions import vote_fractions
from morph.trees.decision_tree import DecisionTree

ASKED = 0.5  # a galaxy counts for a question that it reaches with more than this
LEARNT = 0.10  # smallest skill of a learnt question, relative to the mean fraction


def evaluate_fractions(
    predicted: np.ndarray,
    truth: np.ndarray,
    tree: DecisionTree,
    *,
    constant: np.ndarray,
) -> pd.DataFrame:
    """Errors of each question, compared with always predicting ``constant``.

    They are over the answers of the question and the galaxies that reach it, by their
    true fractions, with a probability above ``ASKED``.

    Parameters
    ----------
    predicted, truth : (N, L) arrays
        Vote fractions in [0, 1]; ``truth`` is NaN without votes.
    constant : (1, L) array
        One fraction per answer for all galaxies, see `mean_fractions`.

    Returns
    -------
    DataFrame
        A row per question: ``question``, ``n`` galaxies, ``rmse`` and its standard
        error ``rmse_error`` from the scatter of the galaxies, ``mae``,
        ``constant_rmse``, ``skill`` = 1 − rmse / constant_rmse, and ``learnt``, whether
        the skill reaches ``LEARNT``; of few galaxies, it may do so by chance. Where n
        is 0 the numbers are NaN and learnt is False.
    """
    if predicted.shape != truth.shape:
        raise ValueError(
            f"predicted has shape {predicted.shape}; expected {truth.shape} like truth"
        )
    counting = _counting(truth, tree)
    off, constant_off = predicted - truth, constant - truth
    rows = []
    for index, question in enumerate(tree.questions):
        kept = counting[:, index], tree.columns(question)
        errors = _errors(off[kept], constant_off[kept])
        rows.append({"question": question.name, "n": len(off[kept])} | errors)
    table = pd.DataFrame(rows)
    return table.assign(learnt=table["skill"] >= LEARNT)


def _errors(off: np.ndarray, constant_off: np.ndarray) -> dict[str, float]:
    """Errors of one question, from (n, A) differences."""
    names = ("rmse", "rmse_error", "mae", "constant_rmse", "skill")
    if not len(off):
        return dict.fromkeys(names, np.nan)
    by_galaxy = (off**2).mean(axis=1)
    rmse, reference = np.sqrt([by_galaxy.mean(), (constant_off**2).mean()])
    error = skill = np.nan
    if len(off) > 1 and rmse > 0:  # the error of the mean square, propagated
        error = by_galaxy.std(ddof=1) / np.sqrt(len(off)) / (2 * rmse)
    if reference > 0:  # else there is nothing to learn
        skill = 1 - rmse / reference
    values = (rmse, error, np.abs(off).mean(), reference, skill)
    return dict(zip(names, map(float, values), strict=True))


def mean_fractions(truth: np.ndarray, tree: DecisionTree) -> np.ndarray:
    """The constant prediction: mean fractions of galaxies that reach the question.

    ``truth`` are (N, L) vote fractions, NaN without votes. The result is (1, L), with
    equal fractions for a question that no galaxy reaches.
    """
    counting = _counting(truth, tree)
    constant = np.empty((1, len(tree.labels)))
    for index, question in enumerate(tree.questions):
        asked = truth[counting[:, index], tree.columns(question)]
        even = 1 / len(question.answers)
        constant[:, tree.columns(question)] = asked.mean(axis=0) if len(asked) else even
    return constant


def asked_galaxies(votes: np.ndarray, tree: DecisionTree) -> np.ndarray:
    """Galaxies that reach each question and have votes on it, (N, L) -> (N, Q) bool."""
    return _counting(vote_fractions(votes, tree), tree)


def _counting(truth: np.ndarray, tree: DecisionTree) -> np.ndarray:
    """Galaxies that reach each question and have known fractions, (N, Q) bool."""
    asked = asked_probability(np.nan_to_num(truth), tree) > ASKED
    return asked & (sum_by_question(np.isnan(truth), tree) == 0)
