"""What more labels would be worth, from fits to parts of those there are.

In each fold of a cross-validation the model is fitted to random parts of the other
galaxies, and judged on the fold. A straight line through the scores against the
logarithm of the number of labels gives what more would bring; it is not carried beyond
twice the number of labels.
"""

from collections.abc import Callable

import numpy as np
from sklearn.gaussian_process.kernels import Kernel

from morph.learning.judging import scores
from morph.learning.judging.evaluation_results import Curve, Estimate
from morph.learning.models.answer_model import fit_once
from morph.learning.models.folds import folds
from morph.learning.models.rating_model import fit_ratings
from morph.learning.training_labels import Problem

PARTS = (0.2, 0.35, 0.5, 0.7, 0.85, 1.0)  # of the galaxies that a fold is fitted to
LEAST = 8  # galaxies fitted to
MORE = 50
_REPEATS, _DRAWS = 3, 300


def learning_curve(
    problem: Problem,
    x: np.ndarray,
    groups: np.ndarray,
    *,
    strength: float,
    kernel: Kernel | None,
    seed: int,
) -> Curve:
    """Measure the curve of a problem; arrays are as for `evaluation.evaluate`.

    The ``strength`` of the penalty, or the ``kernel``, is that of the whole fit: it is
    not chosen again for each part.
    """

    def fitted(rows: np.ndarray, test: np.ndarray) -> np.ndarray:
        if problem.is_rating:
            model = fit_ratings(x[rows], problem.given[rows], seed=seed, kernel=kernel)
            return model.predict(x[test])[0]
        one = fit_once(
            x[rows],
            problem.given[rows],
            answers=len(problem.answers),
            strength=strength,
        )
        return one.probabilities(x[test])

    sizes, predicted = _of_parts(problem, groups, fitted, seed)
    weights = scores.weights_of(groups, seed=seed, draws=_DRAWS)
    of = scores.rmse if problem.is_rating else scores.ROC
    values = np.array(
        [
            np.mean([of(one, problem.given, weights) for one in repeats], axis=0)
            for repeats in predicted
        ]
    )  # (S, W)
    more = min(MORE, len(problem.given))
    gain: Estimate | None = None
    if len(sizes) >= 3:
        at = np.log2([len(problem.given), len(problem.given) + more])
        slopes = _slopes(np.log2(sizes), values)
        gain = scores.estimate(slopes * (at[1] - at[0]))
    name = "rmse" if problem.is_rating else "roc"
    measured = tuple(scores.estimate(row) for row in values)
    return Curve(name, tuple(sizes), measured, more, gain)


def _of_parts(
    problem: Problem,
    groups: np.ndarray,
    fitted: Callable[[np.ndarray, np.ndarray], np.ndarray],
    seed: int,
) -> tuple[list[int], list[list[np.ndarray]]]:
    """Mean numbers of galaxies fitted to, and for each the predictions of each repeat.

    The smaller parts of a repeat are in its larger ones. All answers are in each part
    that is kept.
    """
    rng = np.random.default_rng(seed)
    parts = list(folds(problem.strata, groups, seed=seed))
    orders = [[rng.permutation(fit) for _ in range(_REPEATS)] for fit, _ in parts]
    sizes, found = [], []
    answers = len(np.unique(problem.given))
    for part in PARTS:
        numbers = [round(part * len(fit)) for fit, _ in parts]
        chosen = [
            [order[:number] for order in repeats]
            for number, repeats in zip(numbers, orders, strict=True)
        ]
        lacking = not problem.is_rating and any(
            len(np.unique(problem.given[rows])) < answers
            for repeats in chosen
            for rows in repeats
        )
        if min(numbers) < LEAST or lacking:
            continue
        sizes.append(round(float(np.mean(numbers))))
        found.append(_repeats(problem, parts, chosen, fitted))
    return sizes, found


def _repeats(
    problem: Problem,
    parts: list[tuple[np.ndarray, np.ndarray]],
    chosen: list[list[np.ndarray]],
    fitted: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> list[np.ndarray]:
    number = len(problem.given)
    shape = (number,) if problem.is_rating else (number, len(problem.answers))
    found = [np.empty(shape) for _ in range(_REPEATS)]
    for (_, test), repeats in zip(parts, chosen, strict=True):
        for predicted, rows in zip(found, repeats, strict=True):
            predicted[test] = fitted(rows, test)
    return found


def _slopes(x: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Slopes (W,) of least-squares lines through (S, W) values at (S,) places."""
    centred = x - x.mean()
    return centred @ values / (centred @ centred)
