"""Fit the models of a question, and answer it for all galaxies of a release."""

from collections.abc import Sequence

import numpy as np

from morph.learning.models import acquisition, rating_model
from morph.learning.models.answer_model import AnswerModel, fit_answers
from morph.learning.models.rating_model import RatingModel, fit_ratings
from morph.learning.training_labels import Problem

Model = AnswerModel | RatingModel

_BLOCK = 16_384
LEAST_TOTAL = 1.0  # of the concentrations of a question


def fit(problem: Problem, x: np.ndarray, groups: np.ndarray, *, seed: int) -> Model:
    """The model of a problem; ``x`` (n, K) and ``groups`` (n,) are of its galaxies."""
    if problem.is_rating:
        return fit_ratings(x, problem.given, seed=seed)
    return fit_answers(
        x, problem.given, groups, answers=len(problem.answers), seed=seed
    )


def rank(
    problems: Sequence[Problem], models: Sequence[Model], space: np.ndarray
) -> dict[str, np.ndarray]:
    """Posteriors and reasons to ask of all N galaxies with components ``space`` (N, K).

    Returns
    -------
    dict of float32 arrays
        ``alpha_0`` and so on (N, A): Dirichlet concentrations of each problem. The
        ways to choose of `asked_queue`, and ``mean`` of ratings, (N,): those of several
        problems are summed. NaN for a galaxy without features.
    """
    found: dict[str, np.ndarray] = {}
    for start in range(0, len(space), _BLOCK):
        block = np.asarray(space[start : start + _BLOCK], np.float64)
        known = np.isfinite(block[:, 0])
        for name, values in _of_block(problems, models, block[known]).items():
            if name not in found:
                shape = (len(space), *values.shape[1:])
                found[name] = np.full(shape, np.nan, np.float32)
            found[name][start : start + len(block)][known] = values
    return found


def concentrations(
    members: np.ndarray, labels: int, *, weights: np.ndarray | None = None
) -> np.ndarray:
    """Dirichlet concentrations (n, A) from probabilities (B, n, A) of members.

    The expected fraction of an answer is the mean probability of the members. The sum
    of the concentrations is the one whose variances, summed over the answers, are those
    among the members: members that agree give a narrow posterior. One label per galaxy
    tells nothing of how narrow it should be, so it is at most what as many votes as
    there are labels would give.

    ``labels`` is the number of labelled galaxies; ``weights`` (B,) of the members sum
    to 1, equal ones by default.
    """
    if weights is None:
        weights = np.full(len(members), 1 / len(members))
    mean = np.einsum("b,bna->na", weights, members)
    spread = np.einsum("b,bna->na", weights, (members - mean) ** 2).sum(axis=1)
    binomial = (mean * (1 - mean)).sum(axis=1)
    with np.errstate(divide="ignore"):
        total = binomial / spread - 1
    answers = members.shape[2]
    total = np.clip(np.nan_to_num(total, posinf=np.inf), LEAST_TOTAL, labels + answers)
    return mean * total[:, None]


def _of_block(
    problems: Sequence[Problem], models: Sequence[Model], x: np.ndarray
) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    for place, (problem, model) in enumerate(zip(problems, models, strict=True)):
        if isinstance(model, RatingModel):
            alpha, reasons = _rated(problem, model, x)
        else:
            alpha, reasons = _answered(problem, model, x)
        found[f"alpha_{place}"] = alpha
        for name, values in reasons.items():
            found[name] = found.get(name, 0) + values
    return found


def _answered(
    problem: Problem, model: AnswerModel, x: np.ndarray
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    members = model.members(x)
    mean = members.mean(axis=0)
    reasons = {
        "information": acquisition.mutual_information(members),
        "uncertainty": acquisition.entropy(mean),
        "margin": acquisition.margin(mean),
    }
    return concentrations(members, len(problem.given)), reasons


def _rated(
    problem: Problem, model: RatingModel, x: np.ndarray
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    mean, error = model.predict(x)
    ratings = np.array([float(answer) for answer in problem.answers])
    members, weights = rating_model.rating_members(mean, error, model.noise, ratings)
    best = float(problem.given.max())
    reasons = {
        "mean": mean,
        "error": error,
        "improvement": acquisition.expected_improvement(mean, error, best),
        "bound": acquisition.upper_bound(mean, error),
    }
    alpha = concentrations(members, len(problem.given), weights=weights)
    return alpha, reasons
