"""Designing a sample: the cut on P(ρ > t) that makes it as pure as wanted.

A galaxy *truly has* an answer if more than t of all volunteers would give it, and more
than half of them each answer that leads to its question. The model's posteriors say how
probable that is for every galaxy; where volunteers voted, their votes say it too.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from morph.errors import MorphError
from morph.evaluation.coverage import LEAST_VOTES
from morph.posterior.intervals import beta_interval, wilson
from morph.posterior.tree import DecisionTree, Question
from morph.wording import percent

CUTS = tuple(np.arange(1, 100) / 100)  # the steps of the slider
GATE = 0.5


def path_to(label: str, tree: DecisionTree) -> list[tuple[Question, tuple[str, ...]]]:
    """Questions from the first to the label's own, each with the answers that lead on.

    Raises
    ------
    MorphError
        If several questions lead to the label's: their paths cannot be multiplied.
    """
    question = tree.question_of(label)
    path = [*tree.way_to(question), (question, (label,))]
    first, _ = path[0]
    if tree.parents(first):
        raise MorphError(
            f"{first.name} is asked after several questions, so a sample of "
            f"{tree.words(label)!r} cannot be designed"
        )
    return path


def true_from_votes(
    votes: Mapping[str, np.ndarray],
    label: str,
    tree: DecisionTree,
    *,
    threshold: float = 0.5,
    least_votes: int = LEAST_VOTES,
) -> np.ndarray:
    """Whether each galaxy has an answer by its votes: 1, 0, or NaN where they are few.

    A galaxy that fails a question with enough votes has not the answer, however few
    went further.

    Parameters
    ----------
    votes : mapping
        Label -> (N,) counts, of all answers of the questions in `path_to` ``label``.

    Returns
    -------
    (N,) float array
    """
    truth = np.ones(len(votes[label]))
    for question, labels in path_to(label, tree):
        total = np.sum([votes[one] for one in question.labels], axis=0)
        own = np.sum([votes[one] for one in labels], axis=0)
        limit = threshold if label in labels else GATE
        reached = truth == 1
        truth[reached & (own <= limit * total)] = 0
        truth[reached & ~(total >= least_votes)] = np.nan
    return truth


def expected_by_cut(
    tail: np.ndarray,
    probability: np.ndarray,
    candidates: np.ndarray,
    *,
    cuts: Sequence[float] = CUTS,
    mass: float = 0.95,
) -> pd.DataFrame:
    """What the posteriors expect of the sample P(ρ > t) >= cut, for every cut.

    Parameters
    ----------
    tail : (N,) array
        P(ρ > t) of the answer, the number that the cut is made on.
    probability : (N,) array
        That each galaxy truly has the answer, tree and all.
    candidates : (N,) bool array
        Galaxies that the rest of the selection, with its tree rule, lets through.

    Returns
    -------
    DataFrame
        By ``cut``: ``galaxies`` in the sample; ``expected`` of them to truly have the
        answer, the sum of their probabilities, and its standard deviation
        ``expected_sd`` (Poisson-binomial); ``purity``, expected / galaxies, with its
        interval ``purity_low`` to ``purity_high``; and ``completeness``, expected over
        what is expected in all N galaxies.
    """
    tail, probability = np.asarray(tail, float), np.asarray(probability, float)
    known = np.isfinite(tail) & np.isfinite(probability)
    member = np.where(known, probability, 0)
    sums = _sums_above(
        tail, candidates & known, cuts, np.ones_like(member), member, member**2
    )
    galaxies, expected, squares = sums
    variance = np.maximum(expected - squares, 0)
    some = np.where(galaxies > 0, galaxies, np.nan)
    low, high = beta_interval(expected / some, variance / some**2, mass=mass)
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
    mass: float = 0.95,
) -> pd.DataFrame:
    """What the votes say of the same samples, as far as galaxies have votes.

    Parameters
    ----------
    truth : (N,) array
        From `true_from_votes`; galaxies with NaN are left out.

    Returns
    -------
    DataFrame
        By ``cut``: ``galaxies`` with votes in the sample, how many are ``right``,
        their share ``purity`` with its Wilson interval ``purity_low`` to
        ``purity_high``, and ``completeness``, the share of all galaxies that have the
        answer by their votes, with ``completeness_low`` to ``completeness_high``.
    """
    tail, truth = np.asarray(tail, float), np.asarray(truth, float)
    known = np.isfinite(tail) & np.isfinite(truth)
    has = np.where(known, truth, 0)
    galaxies, right = _sums_above(
        tail, candidates & known, cuts, np.ones_like(has), has
    )
    low, high = wilson(right, galaxies, mass=mass)
    least, most = wilson(right, np.full_like(right, has.sum()), mass=mass)
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
    """The lowest cut whose sample reaches a purity: the largest such sample.

    Parameters
    ----------
    table : DataFrame
        From `expected_by_cut` or `voted_by_cut`.
    purity : float
        Wanted share of galaxies that truly have the answer, in [0, 1].

    Returns
    -------
    Series
        The row of that cut.

    Raises
    ------
    MorphError
        If no cut reaches it; says what can be reached.
    """
    filled = table[table["galaxies"] > 0]
    if not len(filled):
        raise MorphError("no galaxies are left for this sample; widen the filters")
    reached = filled[filled["purity"] >= purity]
    if len(reached):
        return reached.iloc[0]
    best = filled.loc[filled["purity"].idxmax()]
    number = int(best["galaxies"])
    raise MorphError(
        f"no cut reaches a purity of {percent(purity)}; the purest sample, P(ρ > t) ≥ "
        f"{best['cut']:.2f}, reaches {percent(best['purity'], 1)} with {number:,} "
        f"{'galaxy' if number == 1 else 'galaxies'}. Ask for less, or add other filters"
    )


def _sums_above(
    tail: np.ndarray, chosen: np.ndarray, cuts: Sequence[float], *values: np.ndarray
) -> list[np.ndarray]:
    """Sum of each value over the chosen galaxies with ``tail`` >= cut, by cut."""
    place = np.searchsorted(np.asarray(cuts), tail[chosen], side="right")
    sums = [np.bincount(place, v[chosen], minlength=len(cuts) + 1) for v in values]
    return [one[::-1].cumsum()[::-1][1:] for one in sums]
