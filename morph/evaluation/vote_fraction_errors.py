"""Errors of predicted vote fractions relative to true ones, by question."""

import numpy as np
import pandas as pd

from morph.posterior.dirichlet import asked_probability
from morph.posterior.tree import DecisionTree
from morph.posterior.vote_fractions import vote_fractions

ASKED = 0.5  # a galaxy counts for a question that it reaches with more than this
LEARNT = 0.10  # smallest skill of a learnt question, relative to the mean fraction


def rmse_by_question(
    predicted: np.ndarray,
    truth: np.ndarray,
    tree: DecisionTree,
    *,
    asked_threshold: float = ASKED,
) -> np.ndarray:
    """Root mean square error of the vote fractions of each question.

    The mean is over the answers of the question and the galaxies that reach it, by
    their true fractions, with a probability above ``asked_threshold``.

    Parameters
    ----------
    predicted, truth : (N, L) arrays
        Vote fractions in [0, 1]; ``predicted`` may be one row, (1, L), for all.
    asked_threshold : float
        Probability asked, in [0, 1].

    Returns
    -------
    (Q,) array
        NaN for a question that no galaxy reaches.

    Raises
    ------
    ValueError
        If the shapes do not match each other or the tree.
    """
    squared = (_fitting(predicted, truth) - truth) ** 2
    counting = _counting(truth, tree, asked_threshold)
    return np.sqrt(_mean_by_question(squared, counting, tree))


def rmse_error_by_question(
    predicted: np.ndarray,
    truth: np.ndarray,
    tree: DecisionTree,
    *,
    asked_threshold: float = ASKED,
) -> np.ndarray:
    """Standard error of `rmse_by_question`, (Q,), from the scatter of the galaxies.

    The standard error of the mean square, propagated to its root; NaN for fewer than
    two galaxies or no error.
    """
    squared = (_fitting(predicted, truth) - truth) ** 2
    counting = _counting(truth, tree, asked_threshold)
    errors = np.full(len(tree.questions), np.nan)
    for index, question in enumerate(tree.questions):
        means = squared[counting[:, index], tree.columns(question)].mean(axis=1)
        if len(means) > 1 and means.any():
            spread = means.std(ddof=1) / np.sqrt(len(means))
            errors[index] = spread / (2 * np.sqrt(means.mean()))
    return errors


def mae_by_question(
    predicted: np.ndarray,
    truth: np.ndarray,
    tree: DecisionTree,
    *,
    asked_threshold: float = ASKED,
) -> np.ndarray:
    """Mean absolute error of the vote fractions, (Q,), as in `rmse_by_question`."""
    off = np.abs(_fitting(predicted, truth) - truth)
    return _mean_by_question(off, _counting(truth, tree, asked_threshold), tree)


def mean_fractions(
    truth: np.ndarray, tree: DecisionTree, *, asked_threshold: float = ASKED
) -> np.ndarray:
    """The constant prediction: mean fractions of galaxies that reach the question.

    Parameters
    ----------
    truth : (N, L) array
        Vote fractions in [0, 1], NaN without votes.

    Returns
    -------
    (1, L) array
        Equal fractions for a question that no galaxy reaches.
    """
    counting = _counting(truth, tree, asked_threshold)
    constant = np.empty((1, len(tree.labels)))
    for index, question in enumerate(tree.questions):
        asked = truth[counting[:, index], tree.columns(question)]
        even = 1 / len(question.answers)
        constant[:, tree.columns(question)] = asked.mean(axis=0) if len(asked) else even
    return constant


def asked_galaxies(
    votes: np.ndarray, tree: DecisionTree, asked_threshold: float = ASKED
) -> np.ndarray:
    """Galaxies that reach each question and have votes on it, from (N, L) counts.

    Returns
    -------
    (N, Q) bool array
    """
    return _counting(vote_fractions(votes, tree), tree, asked_threshold)


def galaxies_by_question(
    truth: np.ndarray, tree: DecisionTree, *, asked_threshold: float = ASKED
) -> np.ndarray:
    """Number of galaxies that count for each question, (Q,) integers."""
    return _counting(truth, tree, asked_threshold).sum(axis=0)


def evaluate_fractions(
    predicted: np.ndarray,
    truth: np.ndarray,
    tree: DecisionTree,
    *,
    constant: np.ndarray,
    asked_threshold: float = ASKED,
) -> pd.DataFrame:
    """Errors of each question, compared with always predicting ``constant``.

    Parameters
    ----------
    predicted, truth : (N, L) arrays
        Vote fractions in [0, 1].
    constant : (1, L) array
        One fraction per answer for all galaxies, see `mean_fractions`.

    Returns
    -------
    DataFrame
        A row per question: ``question``, ``n`` galaxies, ``rmse`` and its standard
        error ``rmse_error``, ``mae``, ``constant_rmse``, ``skill`` = 1 − rmse /
        constant_rmse, and ``learnt``, whether the skill reaches ``LEARNT``. Where n is
        0 the numbers are NaN and learnt is False.
    """
    limit = {"asked_threshold": asked_threshold}
    rmse = rmse_by_question(predicted, truth, tree, **limit)
    reference = rmse_by_question(constant, truth, tree, **limit)
    # Where the constant has no error there is nothing to learn: no division by zero.
    skill = 1 - np.divide(
        rmse, reference, out=np.full_like(rmse, np.nan), where=reference > 0
    )
    return pd.DataFrame(
        {
            "question": [question.name for question in tree.questions],
            "n": galaxies_by_question(truth, tree, **limit),
            "rmse": rmse,
            "rmse_error": rmse_error_by_question(predicted, truth, tree, **limit),
            "mae": mae_by_question(predicted, truth, tree, **limit),
            "constant_rmse": reference,
            "skill": skill,
            "learnt": skill >= LEARNT,
        }
    )


def _counting(truth: np.ndarray, tree: DecisionTree, threshold: float) -> np.ndarray:
    """Galaxies that reach each question and have known fractions, (N, Q) bool."""
    asked = asked_probability(np.nan_to_num(truth), tree) > threshold
    known = [~np.isnan(truth[:, tree.columns(q)]).any(axis=1) for q in tree.questions]
    return asked & np.column_stack(known)


def _mean_by_question(
    errors: np.ndarray, counting: np.ndarray, tree: DecisionTree
) -> np.ndarray:
    """Mean of (N, L) errors over each question's answers and counting galaxies."""
    means = np.full(len(tree.questions), np.nan)
    for index, question in enumerate(tree.questions):
        if counting[:, index].any():
            means[index] = errors[counting[:, index], tree.columns(question)].mean()
    return means


def _fitting(predicted: np.ndarray, truth: np.ndarray) -> np.ndarray:
    predicted = np.asarray(predicted, dtype=float)
    if predicted.shape not in (truth.shape, (1, *truth.shape[1:])):
        raise ValueError(
            f"predicted has shape {predicted.shape}; expected {truth.shape} like the "
            "truth, or one row for all galaxies"
        )
    return predicted
