"""Errors of each answer's vote fraction, and what of them is the noise of few votes.

The mean absolute and root mean square errors by which Galaxy Zoo's models are compared
(Walmsley et al. 2022, 2023) hold predictions against the fractions of a few dozen
volunteers. Part of such an error is that of the volunteers.
"""

import numpy as np
import pandas as pd

from morph.evaluation.vote_fraction_errors import ASKED, asked_galaxies
from morph.posterior.answer_arrays import by_answer
from morph.posterior.tree import DecisionTree
from morph.posterior.vote_fractions import total_votes, vote_fractions


def errors_by_answer(
    predicted: np.ndarray,
    votes: np.ndarray,
    tree: DecisionTree,
    *,
    more_votes_than: int = 1,
    asked_threshold: float = ASKED,
) -> pd.DataFrame:
    """Errors of the fractions of each answer against those of the votes.

    A galaxy counts for a question that its votes say it was asked with more than
    ``asked_threshold``, and that it has more than ``more_votes_than`` votes on: at
    least two, for the noise to be known.

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
        predicted − voted), ``mae``, ``rmse``, ``noise`` (root mean square of the
        votes' own error, (k/n)(1 − k/n)/(n − 1) squared) and ``corrected_rmse``, what
        rmse² − noise² leaves: the error against the fractions that ever more
        volunteers would give, where it is less than 0 taken as 0. NaN where n is 0.
        The absolute error has no such correction: it is stated as it is.

    Raises
    ------
    ValueError
        If ``more_votes_than`` is below 1.
    """
    if more_votes_than < 1:
        raise ValueError(f"more_votes_than is {more_votes_than}; expected 1 or more")
    fractions, total = vote_fractions(votes, tree), total_votes(votes, tree)
    counting = asked_galaxies(votes, tree, asked_threshold) & (total > more_votes_than)
    off = predicted - fractions
    variance = fractions * (1 - fractions)
    variance = variance / np.maximum(by_answer(total, tree) - 1, 1)
    rows = []
    for place, question in enumerate(tree.questions):
        kept = counting[:, place]
        for label in question.labels:
            column = tree.labels.index(label)
            found = _errors(off[kept, column], variance[kept, column])
            rows.append({"question": question.name, "label": label} | found)
    return pd.DataFrame(rows)


def errors_by_question(answers: pd.DataFrame) -> pd.DataFrame:
    """``errors_by_answer`` with the answers of each question taken together.

    Returns
    -------
    DataFrame
        A row per question, in order: ``question``, ``n``, ``mae``, ``rmse``,
        ``noise``, ``corrected_rmse``; squares are averaged over the answers, absolute
        errors too.
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
    """Of one answer, over the (N,) galaxies that count for it."""
    names = ("bias", "mae", "rmse", "noise", "corrected_rmse")
    if not len(off):
        return {"n": 0} | dict.fromkeys(names, np.nan)
    square, noise = (off**2).mean(), variance.mean()
    left = max(square - noise, 0.0)
    values = (off.mean(), np.abs(off).mean(), *np.sqrt([square, noise, left]))
    return {"n": len(off)} | dict(zip(names, map(float, values), strict=True))
