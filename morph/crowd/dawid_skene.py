"""The answer of each subject and the confusion matrix of each person, together.

Dawid & Skene (1979): expectation maximisation, begun at the vote fractions. With few
votes a prior for each person's matrix (``trusted``) keeps the fit from turning over,
so that most people would be wrong.
"""

from dataclasses import dataclass

import numpy as np

from morph.crowd.votes import Votes

_LEAST = 1e-10  # of a probability before its logarithm


@dataclass(frozen=True)
class DawidSkene:
    """The fitted model, of S subjects, P people and K answers."""

    posterior: np.ndarray  # (S, K)
    confusion: np.ndarray  # (P, K, K), P(vote | truth), truth along axis 1
    prior: np.ndarray  # (K,)
    rounds: int
    converged: bool


def dawid_skene(
    votes: Votes,
    *,
    added: float = 0.0,
    trusted: float = 0.0,
    known: np.ndarray | None = None,
    rounds: int = 200,
    tolerance: float = 1e-6,
) -> DawidSkene:
    """Fit the model to votes.

    Parameters
    ----------
    added : float
        Votes added to each cell of each confusion matrix: 0 as published, 1 as in SWAP.
    trusted : float
        Right votes added per true answer: with few votes, people are rather right.
    known : (S,) int array, optional
        The true answers that are known, -1 where not.
    rounds, tolerance
        At most so many rounds, until no posterior changes by more than the tolerance.
    """
    posterior = _with_known(votes.fractions, known)
    change, done = np.inf, 0
    while change > tolerance and done < rounds:
        prior, confusion = _maximised(votes, posterior, added, trusted)
        new = _with_known(_expected(votes, prior, confusion), known)
        change = float(np.abs(new - posterior).max(initial=0))
        posterior = new
        done += 1
    prior, confusion = _maximised(votes, posterior, added, trusted)
    return DawidSkene(posterior, confusion, prior, done, change <= tolerance)


def weighed(votes: Votes, *, known: np.ndarray | None = None) -> DawidSkene:
    """The model as the pages fit it, with a prior that few votes do not turn over."""
    return dawid_skene(votes, added=1.0, trusted=2.0, known=known)


def _maximised(
    votes: Votes, posterior: np.ndarray, added: float, trusted: float
) -> tuple[np.ndarray, np.ndarray]:
    """The prior of the answers, and the confusion matrices."""
    people, answers = len(votes.people), len(votes.answers)
    counts = np.zeros((people * answers, answers))  # (person, vote) by truth
    cells = votes.person * answers + votes.answer
    np.add.at(counts, cells, posterior[votes.subject])
    counts = counts.reshape(people, answers, answers).transpose(0, 2, 1) + added
    counts = counts + trusted * np.eye(answers)
    counts = np.maximum(counts, _LEAST)
    return posterior.mean(axis=0), counts / counts.sum(axis=2, keepdims=True)


def _expected(votes: Votes, prior: np.ndarray, confusion: np.ndarray) -> np.ndarray:
    """(S, K) posterior of the answers of each subject."""
    logs = np.tile(np.log(np.maximum(prior, _LEAST)), (len(votes.subjects), 1))
    told = np.log(confusion[votes.person, :, votes.answer])
    np.add.at(logs, votes.subject, told)
    logs -= logs.max(axis=1, keepdims=True)
    likely = np.exp(logs)
    return likely / likely.sum(axis=1, keepdims=True)


def _with_known(posterior: np.ndarray, known: np.ndarray | None) -> np.ndarray:
    if known is None:
        return posterior
    posterior = posterior.copy()
    rows = np.flatnonzero(known >= 0)
    posterior[rows] = 0
    posterior[rows, known[rows]] = 1
    return posterior
