"""How well a question was learnt, by nested cross-validation.

In each outer fold the whole fit is made again without its galaxies: also the strength
and the temperature are chosen inside. The same folds judge a model that knows size,
brightness and colour only; what a model of the images knows more is of the shape.
"""

from collections.abc import Callable, Mapping

import numpy as np

from morph.learning.judging import scores
from morph.learning.judging.evaluation_results import Estimate, Evaluation, Judged
from morph.learning.models.answer_model import fit_answers
from morph.learning.models.folds import folds
from morph.learning.models.rating_model import fit_ratings
from morph.learning.training_labels import Problem

LEAST_AT_RANDOM = 20  # galaxies that no model chose, to judge by them alone


def evaluate(
    problem: Problem,
    x: np.ndarray,
    groups: np.ndarray,
    *,
    plain: np.ndarray | None,
    at_random: np.ndarray,
    seed: int,
) -> Evaluation:
    """Judge the model of a problem; all arrays have its n galaxies.

    Parameters
    ----------
    x : (n, K) array
        Components of the features.
    groups : (n,) int array
        Galaxies of one group are in one fold.
    plain : (n, P) array, optional
        Size, brightness and colours, without unknown values.
    at_random : (n,) bool array
        Galaxies that no model chose.
    """
    predicted = predictions(problem, x, groups, seed=seed)
    weights = scores.weights_of(groups, seed=seed)
    number = len(problem.given)
    from_plain = None
    if plain is not None:
        from_plain = predictions(problem, plain, groups, seed=seed)
    enough = LEAST_AT_RANDOM <= at_random.sum() < number
    judged = []
    for name, of in _scores(problem).items():
        values = of(predicted, problem.given, weights)
        row = {"chance": _chance(name, problem)}
        if from_plain is not None:
            others = of(from_plain, problem.given, weights)
            row |= {
                "plain": scores.estimate(others),
                "more": scores.estimate(values - others),
            }
        if enough:
            some = of(
                predicted[at_random], problem.given[at_random], weights[:, at_random]
            )
            row["at_random"] = scores.estimate(some)
        judged.append(Judged(name, scores.estimate(values), **row))
    counts, by_answer = _by_answer(problem, predicted, weights)
    return Evaluation(
        tuple(judged), number, counts, by_answer, int(at_random.sum()) if enough else 0
    )


def predictions(
    problem: Problem, x: np.ndarray, groups: np.ndarray, *, seed: int
) -> np.ndarray:
    """Probabilities (n, A), or ratings (n,), of galaxies that were not fitted to."""
    shape = (len(x),) if problem.is_rating else (len(x), len(problem.answers))
    found = np.empty(shape)
    for fit, test in folds(problem.strata, groups, seed=seed):
        if problem.is_rating:
            model = fit_ratings(x[fit], problem.given[fit], seed=seed)
            found[test] = model.predict(x[test])[0]
        else:
            answers = fit_answers(
                x[fit],
                problem.given[fit],
                groups[fit],
                answers=len(problem.answers),
                seed=seed,
            )
            found[test] = answers.probabilities(x[test])
    return found


def _scores(problem: Problem) -> Mapping[str, Callable[..., np.ndarray]]:
    if problem.is_rating:
        return {"rmse": scores.rmse}
    return {
        "accuracy": scores.accuracy,
        "balanced": scores.balanced_accuracy,
        "roc": scores.ROC,
        "precision": scores.PRECISION,
    }


def _chance(name: str, problem: Problem) -> float:
    """The score of a model that knows the shares of the answers only."""
    given = problem.given
    if name == "rmse":
        return float(given.std())
    shares = np.bincount(given, minlength=len(problem.answers)) / len(given)
    judged = shares[:1] if len(shares) == 2 else shares
    of = {
        "accuracy": shares.max(),
        "balanced": 1 / len(shares),
        "roc": 0.5,
        "precision": judged.mean(),
    }
    return float(of[name])


def _by_answer(
    problem: Problem, predicted: np.ndarray, weights: np.ndarray
) -> tuple[dict[str, int], dict[str, Estimate]]:
    """Galaxies with each answer, and the average precision of each."""
    counts, found = {}, {}
    for place, answer in enumerate(problem.answers):
        value = float(answer) if problem.is_rating else place
        has = problem.given == value
        counts[answer] = int(has.sum())
        if not problem.is_rating:
            drawn = scores.average_precision(predicted[:, place], has, weights)
            found[answer] = scores.estimate(drawn)
    return counts, found
