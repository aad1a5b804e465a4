"""Arrays with one row per galaxy and one column per answer, (N, L), and their sums."""

import numpy as np

from morph.posterior.tree import DecisionTree, Question


def checked_shape(values: np.ndarray, tree: DecisionTree, what: str) -> np.ndarray:
    """``values`` as float64, if they have a column for every answer of the tree.

    Raises
    ------
    ValueError
        If the shape is not (N, L); ``what`` names the array in the message.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 2 or values.shape[1] != len(tree.labels):
        raise ValueError(
            f"{what} has shape {values.shape}; expected (N, {len(tree.labels)}), one "
            "row per galaxy and one column per answer"
        )
    return values


def sum_by_question(values: np.ndarray, tree: DecisionTree) -> np.ndarray:
    """Sum over the answers of each question, (N, L) -> (N, Q)."""
    sums = [values[:, tree.columns(q)].sum(axis=1) for q in tree.questions]
    return np.column_stack(sums)


def by_answer(values: np.ndarray, tree: DecisionTree) -> np.ndarray:
    """Each question's value beside each of its answers, (N, Q) -> (N, L)."""
    return values.repeat([len(q.answers) for q in tree.questions], axis=1)


def reached_by_largest(
    answers: dict[str, np.ndarray], question: Question, tree: DecisionTree
) -> np.ndarray:
    """(N,) bool: galaxies led to a question by the largest answers of those above.

    ``answers`` holds, by question, the place of the largest answer; NaN or -1, where
    there is none, leads nowhere. `morph.selection.tree_conditions` has the SQL.
    """
    parents = tree.parents(question)
    if not parents:
        return np.ones(len(next(iter(answers.values()))), dtype=bool)
    ways = [
        np.isin(answers[above.name], [above.labels.index(label) for label in labels])
        & reached_by_largest(answers, above, tree)
        for above, labels in parents
    ]
    return np.any(ways, axis=0)
