"""Purity and completeness of samples cut on P(ρ > t).

A galaxy *truly has* an answer if its vote fraction, of all volunteers, exceeds t, and
that of the answers leading to its question exceeds 0.5. Posteriors give the probability
of this for every galaxy, as well as they are calibrated; votes give an estimate where
there are any. Intervals from posteriors take galaxies and questions as independent, and
do not include errors of the calibration.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from morph.errors import MorphError
from morph.evaluation.coverage import LEAST_VOTES
from morph.posterior.intervals import FEW, beta_interval, wilson
from morph.trees.decision_tree import DecisionTree, Question
from morph.wording import percent

CUTS = tuple(np.arange(1, 100) / 100)  # the steps of the slider
GATE = 0.5


def path_to(label: str, tree: DecisionTree) -> list[tuple[Question, tuple[str, ...]]]:
    """Questions from the first to the label's, each with the answers that lead on.

    Raises
    ------
    MorphError
        If several questions lead to the label's, so there is no single path.
    """
    question = tree.question_of(label)
    path = [*tree.way_to(question), (question, (label,))]
    first, _ = path[0]
    if len(tree.ways(first)) > 1:
        raise MorphError(
            f"“{first.title}” follows several questions, so the purity of "
            f"“{tree.words(label)}” cannot be computed; choose another answer"
        )
    return path


def true_from_votes(
    votes: Mapping[str, np.ndarray],
    label: str,
    tree: DecisionTree,
    *,
    threshold: float = 0.5,
) -> np.ndarray:
    """Whether each galaxy has an answer by its votes: 1, 0, or NaN for too few, (N,).

    A galaxy that fails a question with enough votes does not have the answer. Fractions
    of a few dozen votes are noisy, so galaxies near the threshold may be on the wrong
    side. ``votes`` maps the labels of all questions in `path_to` ``label`` to (N,)
    counts.
    """
    truth = np.ones(len(votes[label]))
    for question, labels in path_to(label, tree):
        total = np.sum([votes[one] for one in question.labels], axis=0)
        own = np.sum([votes[one] for one in labels], axis=0)
        limit = threshold if label in labels else GATE
        reached = truth == 1
        truth[reached & (own <= limit * total)] = 0
        truth[reached & ~(total >= LEAST_VOTES)] = np.nan
    return truth


def expected_by_cut(
    tail: np.ndarray,
    probability: np.ndarray,
    candidates: np.ndarray,
    *,
    cuts: Sequence[float] = CUTS,
) -> pd.DataFrame:
    """Expected properties of the sample P(ρ > t) >= cut, for every cut.

    Parameters
    ----------
    tail : (N,) array
        P(ρ > t) of the answer, to which the cut applies.
    probability : (N,) array
        Probability that each galaxy truly has the answer, tree included.
    candidates : (N,) bool array
        Galaxies that pass the rest of the selection.

    Returns
    -------
    DataFrame
        By ``cut``: ``galaxies`` in the sample; the ``expected`` number that truly have
        the answer and its standard deviation ``expected_sd`` (Poisson-binomial);
        ``purity``, expected / galaxies, with its interval ``purity_low`` to
        ``purity_high``, of whole galaxies in samples of fewer than FEW; and
        ``completeness``, expected over its sum for all N galaxies.
    """
    tail, probability = np.asarray(tail, float), np.asarray(probability, float)
    known = np.isfinite(tail) & np.isfinite(probability)
    member = np.where(known, probability, 0)
    galaxies, expected, squares = _sums_above(
        tail, candidates & known, cuts, np.ones_like(member), member, member**2
    )
    variance = np.maximum(expected - squares, 0)
    some = np.where(galaxies > 0, galaxies, np.nan)
    low, high = beta_interval(expected / some, variance / some**2)
    for i in np.flatnonzero((galaxies > 0) & (galaxies < FEW)):
        sample = candidates & known & (tail >= cuts[i])
        low[i], high[i] = _whole_galaxies(member[sample])
    return pd.DataFrame(
        {
            "cut": cuts,
            "galaxies": galaxies.astype(np.int64),
            "expected": expected,
            "expected_sd": np.sqrt(variance),
            "purity": expected / some,
            "purity_low": low,
            "purity_high": high,
            "completeness": expected / (member.sum() or np.nan),
        }
    )


def voted_by_cut(
    tail: np.ndarray,
    truth: np.ndarray,
    candidates: np.ndarray,
    *,
    cuts: Sequence[float] = CUTS,
) -> pd.DataFrame:
    """Properties of the same samples from votes, of galaxies that have them.

    Parameters
    ----------
    truth : (N,) array
        From `true_from_votes`; galaxies with NaN are left out.

    Returns
    -------
    DataFrame
        By ``cut``: ``galaxies`` with votes in the sample; those that are ``right``;
        their fraction ``purity`` with its Wilson interval ``purity_low`` to
        ``purity_high``; and ``completeness``, the fraction selected of all galaxies
        with the answer, with ``completeness_low`` to ``completeness_high``.
    """
    tail, truth = np.asarray(tail, float), np.asarray(truth, float)
    known = np.isfinite(tail) & np.isfinite(truth)
    has = np.where(known, truth, 0)
    galaxies, right = _sums_above(
        tail, candidates & known, cuts, np.ones_like(has), has
    )
    low, high = wilson(right, galaxies)
    least, most = wilson(right, np.full_like(right, has.sum()))
    return pd.DataFrame(
        {
            "cut": cuts,
            "galaxies": galaxies.astype(np.int64),
            "right": right.astype(np.int64),
            "purity": right / np.where(galaxies > 0, galaxies, np.nan),
            "purity_low": low,
            "purity_high": high,
            "completeness": right / (has.sum() or np.nan),
            "completeness_low": least,
            "completeness_high": most,
        }
    )


def cut_for_purity(table: pd.DataFrame, purity: float) -> pd.Series:
    """The row of the lowest cut that reaches a purity, with the largest sample.

    ``table`` is from `expected_by_cut` or `voted_by_cut`; ``purity`` is the required
    fraction of galaxies that truly have the answer, in [0, 1].

    Raises
    ------
    MorphError
        If no cut reaches it; the message has the highest purity.
    """
    filled = table[table["galaxies"] > 0]
    if filled.empty:
        raise MorphError("no galaxies are left for this sample; relax the filters")
    reached = filled[filled["purity"] >= purity]
    if len(reached):
        return reached.iloc[0]
    best = filled.loc[filled["purity"].idxmax()]
    number = int(best["galaxies"])
    raise MorphError(
        f"no cut reaches a purity of {percent(purity)}; the highest, for P(ρ > t) ≥ "
        f"{best['cut']:.2f}, is {percent(best['purity'], 1)} with {number:,} "
        f"{'galaxy' if number == 1 else 'galaxies'}. Lower the minimum "
        "purity or add filters"
    )


def _whole_galaxies(probability: np.ndarray) -> tuple[float, float]:
    """Interval of the fraction that truly has the answer, (K,) probabilities, exactly.

    Of a few galaxies a whole number has it, so the interval is wider than that of a
    continuous distribution with the same variance: of one galaxy, 0 to 1.
    """
    counts = np.ones(1)
    for chance in probability:
        counts = np.convolve(counts, [1 - chance, chance])
    low, high = np.searchsorted(counts.cumsum(), (0.025, 0.975)) / len(probability)
    return float(low), float(high)


def _sums_above(
    tail: np.ndarray, chosen: np.ndarray, cuts: Sequence[float], *values: np.ndarray
) -> list[np.ndarray]:
    """Sum of each value over the chosen galaxies with ``tail`` >= cut, by cut."""
    index = np.searchsorted(np.asarray(cuts), tail[chosen], side="right")
    sums = [np.bincount(index, v[chosen], minlength=len(cuts) + 1) for v in values]
    return [one[::-1].cumsum()[::-1][1:] for one in sums]
