"""The answer of each subject, how able each person is, and how easy each subject.

Whitehill et al. (2009): a vote is right with probability sigmoid(ability x easiness),
else any of the other answers. Ability and the logarithm of easiness have the prior
N(1, 1).
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit

from morph.crowd.votes import Votes


@dataclass(frozen=True)
class Glad:
    """The fitted model, of S subjects, P people and K answers."""

    posterior: np.ndarray  # (S, K)
    ability: np.ndarray  # (P,) 0 for a guess, negative for the wrong answer
    easiness: np.ndarray  # (S,) positive
    rounds: int


def glad(votes: Votes, *, rounds: int = 100, tolerance: float = 1e-5) -> Glad:
    """Fit the model by expectation maximisation, all answers equally likely before.

    It ends when no posterior changes by more than ``tolerance``.
    """
    people, subjects = len(votes.people), len(votes.subjects)
    point = np.ones(people + subjects)
    posterior = _expected(votes, point)
    change, done = np.inf, 0
    while change > tolerance and done < rounds:
        right = posterior[votes.subject, votes.answer]
        fitted = minimize(
            _objective,
            point,
            args=(votes, right),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": 50},
        )
        point = fitted.x
        before, posterior = posterior, _expected(votes, point)
        change = float(np.abs(posterior - before).max(initial=0))
        done += 1
    return Glad(posterior, point[:people], np.exp(point[people:]), done)


def _products(votes: Votes, point: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ability and easiness of each vote."""
    people = len(votes.people)
    return point[votes.person], np.exp(point[people:][votes.subject])


def _expected(votes: Votes, point: np.ndarray) -> np.ndarray:
    """(S, K) posterior of the answers of each subject."""
    ability, easiness = _products(votes, point)
    answers = len(votes.answers)
    wrong = log_expit(-ability * easiness) - np.log(answers - 1)
    logs = np.zeros((len(votes.subjects), answers))
    np.add.at(logs, votes.subject, wrong[:, None])
    gain = log_expit(ability * easiness) - wrong
    np.add.at(logs, (votes.subject, votes.answer), gain)
    logs -= logs.max(axis=1, keepdims=True)
    likely = np.exp(logs)
    return likely / likely.sum(axis=1, keepdims=True)


def _objective(
    point: np.ndarray, votes: Votes, right: np.ndarray
) -> tuple[float, np.ndarray]:
    """Minus the expected log posterior, and its gradient; ``right`` is P(right), (V,).

    Constants are left out.
    """
    people = len(votes.people)
    ability, easiness = _products(votes, point)
    product = ability * easiness
    told = right * log_expit(product) + (1 - right) * log_expit(-product)
    off = point - 1
    slope = right - expit(product)
    gradient = off.copy()
    np.add.at(gradient, votes.person, -slope * easiness)
    np.add.at(gradient, people + votes.subject, -slope * product)
    return float(0.5 * (off**2).sum() - told.sum()), gradient
