"""Reliability curves: vote fractions in bins of the expected fraction."""

import numpy as np
import pandas as pd
from scipy.special import ndtri

from morph.posterior.answer_arrays import by_answer
from morph.trees.decision_tree import DecisionTree

BINS = 10


def in_bins_by_answer(
    expected: np.ndarray, voted: np.ndarray, counting: np.ndarray, tree: DecisionTree
) -> pd.DataFrame:
    """``in_bins`` of every answer, with its ``label``, from (N, L) fractions.

    ``counting``, (N, Q) bool, are the galaxies that count for each question.
    """
    counting, tables = by_answer(counting, tree), []
    for column, label in enumerate(tree.labels):
        kept = counting[:, column]
        table = in_bins(expected[kept, column], voted[kept, column])
        tables.append(table.assign(label=label))
    return pd.concat(tables, ignore_index=True)


def in_bins(expected: np.ndarray, voted: np.ndarray) -> pd.DataFrame:
    """Mean vote fraction in equal bins of the expected fraction.

    Parameters
    ----------
    expected, voted : (N,) arrays
        Fractions in [0, 1]; galaxies with NaN are ignored.

    Returns
    -------
    DataFrame
        A row for each bin with galaxies: ``low``, ``high`` edges, ``galaxies``, the
        mean ``expected`` and ``voted`` fractions, and the 95% confidence interval of
        the mean voted fraction, ``voted_low`` to ``voted_high``, from the scatter of
        the galaxies by the normal approximation, too narrow for a few of them; NaN for
        a single one.
    """
    known = np.isfinite(expected) & np.isfinite(voted)
    expected, voted = expected[known].astype(float), voted[known].astype(float)
    number = np.minimum((expected * BINS).astype(int), BINS - 1)
    table = pd.DataFrame({"bin": number, "expected": expected, "voted": voted})
    grouped = table.groupby("bin")
    means = grouped.mean().assign(galaxies=grouped.size())
    half = ndtri(0.975) * grouped["voted"].sem(ddof=1)
    edges = means.index.to_numpy()
    return means.assign(
        low=edges / BINS,
        high=(edges + 1) / BINS,
        voted_low=(means["voted"] - half).clip(lower=0),
        voted_high=(means["voted"] + half).clip(upper=1),
    ).reset_index(drop=True)
