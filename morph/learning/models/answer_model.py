"""Logistic regression on features, and an ensemble that measures its uncertainty.

The strength of the ridge penalty is the one with the smallest log loss in a
cross-validation, and so is the temperature by which the probabilities are calibrated
(Guo et al. 2017). The members of the ensemble are fitted with random weights of the
galaxies (the Bayesian bootstrap, Rubin 1981).
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.linear_model import LogisticRegression

from morph.learning.models.folds import folds

STRENGTHS = tuple(10.0**power for power in range(-4, 2))  # C of scikit-learn
MEMBERS = 16
_INNER_FOLDS = 4
_TEMPERATURES = (0.2, 5.0)
LEAST_PROBABILITY = 1e-4  # of an answer; also of one that a fold lacks


@dataclass(frozen=True)
class AnswerModel:
    """``weights`` (B, K, A) and ``bias`` (B, A) of the members' logits."""

    weights: np.ndarray
    bias: np.ndarray
    strength: float
    temperature: float

    def members(self, x: np.ndarray) -> np.ndarray:
        """Probabilities (B, n, A) of the answers, by each member; ``x`` is (n, K)."""
        logits = np.matmul(x, self.weights) + self.bias[:, None]
        logits /= self.temperature
        logits -= logits.max(axis=-1, keepdims=True)
        np.exp(logits, out=logits)
        return floored(logits / logits.sum(axis=-1, keepdims=True))

    def probabilities(self, x: np.ndarray) -> np.ndarray:
        """Mean (n, A) of the members."""
        return self.members(x).mean(axis=0)


def fit_answers(
    x: np.ndarray,
    given: np.ndarray,
    groups: np.ndarray,
    *,
    answers: int,
    seed: int,
    members: int = MEMBERS,
) -> AnswerModel:
    """The model of n galaxies with features ``x`` (n, K) and answers (n,)."""
    strength, logits = _strongest(x, given, groups, answers, seed)
    temperature = _temperature(logits, given)
    rng = np.random.default_rng(seed)
    places = np.unique(groups, return_inverse=True)[1]
    number = places.max() + 1
    fitted = []
    for _ in range(members):
        weights = number * rng.dirichlet(np.ones(number))[places]
        fitted.append(_fit(x, given, answers, strength, weights))
    weights, bias = zip(*fitted, strict=True)
    return AnswerModel(np.stack(weights), np.stack(bias), strength, temperature)


def fit_once(
    x: np.ndarray, given: np.ndarray, *, answers: int, strength: float
) -> AnswerModel:
    """One member, of a known strength, not calibrated."""
    weights, bias = _fit(x, given, answers, strength, None)
    return AnswerModel(weights[None], bias[None], strength, 1.0)


def log_loss(logits: np.ndarray, given: np.ndarray, temperature: float = 1) -> float:
    """Mean of -ln p of the answers given, in nats per galaxy."""
    logs = log_softmax(logits / temperature, axis=1)
    least = np.log(LEAST_PROBABILITY)
    return float(-np.maximum(logs[np.arange(len(given)), given], least).mean())


def floored(probability: np.ndarray) -> np.ndarray:
    """No answer is impossible: probabilities of at least `LEAST_PROBABILITY`."""
    least = np.maximum(probability, LEAST_PROBABILITY)
    return least / least.sum(axis=-1, keepdims=True)


def _strongest(
    x: np.ndarray, given: np.ndarray, groups: np.ndarray, answers: int, seed: int
) -> tuple[float, np.ndarray]:
    """The strength with the smallest log loss, and its logits of unseen galaxies."""
    parts = list(folds(given, groups, number=_INNER_FOLDS, seed=seed))
    best = (np.inf, STRENGTHS[0], np.zeros((len(given), answers)))
    for strength in STRENGTHS:
        logits = np.empty((len(given), answers))
        for fit, test in parts:
            weights, bias = _fit(x[fit], given[fit], answers, strength, None)
            logits[test] = x[test] @ weights + bias
        loss = log_loss(logits, given)
        if loss < best[0]:
            best = (loss, strength, logits)
    return best[1], best[2]


def _fit(
    x: np.ndarray,
    given: np.ndarray,
    answers: int,
    strength: float,
    weights: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Weights (K, A) and bias (A,); an answer that nobody gave is very improbable."""
    there = np.unique(given)
    coefficients = np.zeros((x.shape[1], answers))
    bias = np.full(answers, np.log(LEAST_PROBABILITY))
    bias[there] = 0
    if len(there) == 1:
        return coefficients, bias
    model = LogisticRegression(C=strength, max_iter=1000, tol=1e-4)
    model.fit(x, given, sample_weight=weights)
    if len(there) == 2:  # scikit-learn has the logit of the second one only
        coefficients[:, there[1]], bias[there[1]] = model.coef_[0], model.intercept_[0]
    else:
        coefficients[:, there], bias[there] = model.coef_.T, model.intercept_
    return coefficients, bias


def _temperature(logits: np.ndarray, given: np.ndarray) -> float:
    ends = np.log(_TEMPERATURES)
    found = minimize_scalar(
        lambda power: log_loss(logits, given, np.exp(power)),
        bounds=tuple(ends),
        method="bounded",
        options={"xatol": 0.01},
    )
    return float(np.exp(found.x))
