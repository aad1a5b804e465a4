"""Errors of the vote fraction of each answer, and the noise of the votes.

The mean absolute and root mean square errors by which Galaxy Zoo models are compared
(Walmsley et al. 2022, 2023) are relative to the fractions of a few dozen volunteers, so
they include the sampling noise of the votes.
"""

import numpy as np
import pandas as pd

from morph.evaluation.vote_fraction_errors import asked_galaxies
from morph.posterior.answer_arrays import by_answer
from morph.posterior.vote_fractions import total_votes, vote_fractions
from morph.trees.decision_tree import DecisionTree


def errors_by_answer(
    predicted: np.ndarray,
    votes: np.ndarray,
    tree: DecisionTree,
    *,
    more_votes_than: int = 1,
) -> pd.DataFrame:
    """Errors of predicted fractions relative to those of the votes, by answer.

    A galaxy counts for a question that it reaches, by its votes, with a probability
    above ``ASKED``, and that has more than ``more_votes_than`` votes: at
    least two, to estimate the noise.

    Parameters
    ----------
    predicted : (N, L) array
        Vote fractions in [0, 1].
    votes : (N, L) array
        Counts of the same galaxies.

    Returns
    -------
    DataFrame
        A row per answer: ``question``, ``label``, ``n`` galaxies, ``bias`` (mean of
        predicted − voted), ``mae``, ``rmse``, ``noise`` (root mean square error of the
        votes, with the variance (k/n)(1 − k/n)/(n − 1)) and ``corrected_rmse``, the
        root of rmse² − noise²: an estimate of the error relative to the fractions of
        infinitely many volunteers, set to 0 where the noise happens to be larger. NaN
        where n is 0. The absolute error is not corrected.
    """
    if more_votes_than < 1:
        raise ValueError(f"more_votes_than is {more_votes_than}; expected 1 or more")
    fractions, total = vote_fractions(votes, tree), total_votes(votes, tree)
    counting = by_answer(asked_galaxies(votes, tree) & (total > more_votes_than), tree)
    off = predicted - fractions
    variance = fractions * (1 - fractions)
    variance = variance / np.maximum(by_answer(total, tree) - 1, 1)
    rows = []
    for column, label in enumerate(tree.labels):
        kept = counting[:, column]
        errors = _errors(off[kept, column], variance[kept, column])
        question = tree.question_of(label).name
        rows.append({"question": question, "label": label} | errors)
    return pd.DataFrame(rows)


def errors_by_question(answers: pd.DataFrame) -> pd.DataFrame:
    """``errors_by_answer`` averaged over the answers of each question.

    Returns
    -------
    DataFrame
        A row per question, in order: ``question``, ``n``, ``mae``, ``rmse``,
        ``noise``, ``corrected_rmse``, from the mean of squares or absolute errors.
    """
    squares = answers.assign(rmse=answers["rmse"] ** 2, noise=answers["noise"] ** 2)
    grouped = squares.groupby("question", sort=False)
    table = grouped[["n", "mae", "rmse", "noise"]].mean().reset_index()
    left = np.sqrt(np.maximum(table["rmse"] - table["noise"], 0))
    return table.assign(
        n=table["n"].astype(int),
        rmse=np.sqrt(table["rmse"]),
        noise=np.sqrt(table["noise"]),
        corrected_rmse=left,
    )


def _errors(off: np.ndarray, variance: np.ndarray) -> dict[str, float]:
    """Errors of one answer over the (N,) galaxies that count for it."""
    names = ("bias", "mae", "rmse", "noise", "corrected_rmse")
    if not len(off):
        return {"n": 0} | dict.fromkeys(names, np.nan)
    square, noise = (off**2).mean(), variance.mean()
    left = max(square - noise, 0.0)
    values = (off.mean(), np.abs(off).mean(), *np.sqrt([square, noise, left]))
    return {"n": len(off)} | dict(zip(names, map(float, values), strict=True))
