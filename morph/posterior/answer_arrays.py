"""Arrays with one row per galaxy and one column per answer, (N, L)."""

import numpy as np

from morph.trees.decision_tree import DecisionTree, Question


def checked_shape(values: np.ndarray, tree: DecisionTree, what: str) -> np.ndarray:
    """``values`` as float64; ValueError, naming ``what``, if they are not (N, L)."""
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
    """Repeat the value of each question for its answers, (N, Q) -> (N, L)."""
    return values.repeat([len(q.answers) for q in tree.questions], axis=1)


def reached_by_largest(
    answers: dict[str, np.ndarray], question: Question, tree: DecisionTree
) -> np.ndarray:
    """(N,) bool: galaxies that reach a question by their most probable answers.

    ``answers`` has for every question the index of the most probable answer, NaN or -1
    if there is none. `morph.selection.tree_conditions` is the same in SQL.
    """
    parents = tree.parents(question)
    if not parents:
        return np.ones(len(next(iter(answers.values()))), dtype=bool)
    paths = [
        np.isin(answers[above.name], [above.labels.index(label) for label in labels])
        & reached_by_largest(answers, above, tree)
        for above, labels in parents
    ]
    return np.any(paths, axis=0)
