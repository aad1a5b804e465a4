"""Variance of the probability that a galaxy reaches a question."""

from collections.abc import Iterable, Mapping
from itertools import product

import numpy as np

from morph.trees.decision_tree import DecisionTree, Question
from morph.trees.ways import Way


def labels_on_the_way(question: Question, tree: DecisionTree) -> tuple[str, ...]:
    """The answers that lead to a question, of which `asked_variance` needs moments."""
    steps = (step for way in tree.ways(question) for step in way)
    return tuple(dict.fromkeys(label for _, labels in steps for label in labels))


def asked_variance(
    probability: Mapping[str, np.ndarray],
    variance: Mapping[str, np.ndarray],
    question: Question,
    tree: DecisionTree,
) -> np.ndarray | float:
    """Variance of P(reached), the sum over the ways of products of vote fractions.

    Questions are independent Dirichlets with Σα = ρ̂ (1 − ρ̂) / σ² − 1, so that sums S
    and S' over answers of one question have E[S S'] = (Σα E[S] E[S'] + C) / (Σα + 1),
    with C the expected sum over their common answers.

    Parameters
    ----------
    probability, variance : mappings of (N,) arrays
        ρ̂ and σ² of the `labels_on_the_way`. Of several passes, the total variance: a
        Dirichlet then stands for their mixture.

    Returns
    -------
    (N,) array
        0 for a question that is always asked; NaN where a moment is.
    """
    ways = tree.ways(question)
    if not any(ways):
        return 0.0

    def mean(labels: Iterable[str]) -> np.ndarray | float:
        return sum(probability[label].astype(float) for label in labels)

    def square(one: Way, other: Way) -> np.ndarray | float:
        """E[P P'] of the probabilities of two ways."""
        value, others = 1.0, {above.name: labels for above, labels in other}
        for above, labels in one:
            theirs = others.pop(above.name, None)
            if theirs is None:
                value = value * mean(labels)
                continue
            part = probability[labels[0]].astype(float)
            total = part * (1 - part) / variance[labels[0]] - 1
            common = mean(label for label in labels if label in theirs)
            value = value * (total * mean(labels) * mean(theirs) + common) / (total + 1)
        for labels in others.values():
            value = value * mean(labels)
        return value

    first = sum(np.prod([mean(labels) for _, labels in way], axis=0) for way in ways)
    second = sum(square(*pair) for pair in product(ways, ways))
    return np.maximum(second - first**2, 0)
