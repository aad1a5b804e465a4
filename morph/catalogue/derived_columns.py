"""What is computed once, at load, from a release's posteriors.

Derived numbers are stored in four bytes; the concentrations themselves stay as the
file has them. An unknown number (a masked fraction) is NaN here and NULL in SQL.
"""

import numpy as np
import pyarrow as pa

from morph.catalogue.release_table import TAIL_THRESHOLDS
from morph.posterior import dirichlet
from morph.posterior.answer_arrays import by_answer
from morph.posterior.measures import MEASURES
from morph.tables import arrow_numbers
from morph.trees.decision_tree import DecisionTree

HALF_A_VOTE = 0.5  # so that rounding makes no vote and hides none


def from_concentrations(
    concentration: np.ndarray, tree: DecisionTree, *, prior: float | None = None
) -> dict[str, np.ndarray]:
    """Columns of one posterior per galaxy.

    Parameters
    ----------
    concentration : (N, L) array
        Dirichlet concentrations α > 0.
    prior : float, optional
        Of posteriors of votes, the concentration of an answer before any vote.
        Fractions and variances of a question without votes are unknown.

    Returns
    -------
    dict of (N,) float32 arrays
        ``_probability`` of every label; ``_answer``, ``_asked`` and ``_entropy`` of
        every question; measures of one pass.
    """
    probability = dirichlet.expected_probability(concentration, tree)
    measures = _measures(concentration, tree, of_passes=False)
    if prior is not None:
        unknown = _without_votes(concentration, tree, prior)
        probability[unknown] = np.nan
        for label, rows in zip(tree.labels, unknown.T, strict=True):
            measures[f"{label}_variance"][rows] = np.nan
    return {
        **from_probabilities(probability, tree),
        **_named("entropy", dirichlet.entropy(concentration, tree), tree),
        **measures,
    }


def from_probabilities(
    probability: np.ndarray, tree: DecisionTree
) -> dict[str, np.ndarray]:
    """Columns that need only the (N, L) expected vote fractions, NaN where unknown."""
    asked = np.minimum(dirichlet.asked_probability(probability, tree), 1)
    return {
        **_named("probability", probability, tree),
        **_named("asked", asked, tree),
        **_named("answer", _largest(probability, tree), tree),
    }


def from_samples(samples: np.ndarray, tree: DecisionTree) -> dict[str, np.ndarray]:
    """Columns of the equal mixture of several passes or ensemble members.

    Parameters
    ----------
    samples : (P, N, L) array
        Concentrations α > 0 of every pass.

    Returns
    -------
    dict of arrays
        (N,) float32: the mixture's ``_probability``, ``_asked``, ``_answer`` and
        measures of passes. (N, 9) float32: ``_tail``, P(ρ > t) at TAIL_THRESHOLDS.
    """
    tails = [dirichlet.mixture_tail(samples, tree, t) for t in TAIL_THRESHOLDS]
    stacked = np.stack(tails, axis=-1).astype(np.float32)  # (N, L, 9)
    return {
        **from_probabilities(dirichlet.mixture_mean(samples, tree), tree),
        **_measures(samples, tree, of_passes=True),
        **{f"{label}_tail": stacked[:, i] for i, label in enumerate(tree.labels)},
    }


def to_arrow(columns: dict[str, np.ndarray]) -> pa.Table:
    """Derived columns as Arrow: NaN becomes null, ``_answer`` a small integer."""
    return pa.table({name: _arrow(name, values) for name, values in columns.items()})


def _arrow(name: str, values: np.ndarray) -> pa.Array:
    if values.ndim == 2:
        flat = pa.array(np.ascontiguousarray(values).ravel())
        return pa.FixedSizeListArray.from_arrays(flat, values.shape[1])
    return arrow_numbers.to_arrow(
        values, pa.uint8() if name.endswith("_answer") else None
    )


def _without_votes(
    concentration: np.ndarray, tree: DecisionTree, prior: float
) -> np.ndarray:
    """(N, L) whether the answer's question has no votes, not even one."""
    answers = np.array([len(question.answers) for question in tree.questions])
    votes = dirichlet.total_concentration(concentration, tree) - prior * answers
    votes[:, [question.is_own for question in tree.questions]] = np.inf  # learnt
    return by_answer(votes < HALF_A_VOTE, tree)


def _largest(probability: np.ndarray, tree: DecisionTree) -> np.ndarray:
    """Number of the most probable answer to each question, NaN where one is unknown."""
    largest = dirichlet.largest_answer(probability, tree).astype(np.float32)
    for number, question in enumerate(tree.questions):
        # NaN as well if any is; an infinite one would be refused before.
        for answer in probability.T[tree.columns(question)]:
            largest[:, number] += 0 * answer
    return largest


def _measures(
    values: np.ndarray, tree: DecisionTree, *, of_passes: bool
) -> dict[str, np.ndarray]:
    columns = {}
    for measure in MEASURES:
        if measure.of_passes == of_passes:
            columns |= _named(measure.column, measure.compute(values, tree), tree)
    return columns


def _named(
    quantity: str, values: np.ndarray, tree: DecisionTree
) -> dict[str, np.ndarray]:
    """Columns of an (N, L) array of answers, or of an (N, Q) array of questions."""
    of_answers = values.shape[1] == len(tree.labels)
    names = tree.labels if of_answers else [q.name for q in tree.questions]
    columns = zip(names, values.astype(np.float32).T, strict=True)
    return {f"{name}_{quantity}": column for name, column in columns}
