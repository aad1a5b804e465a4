"""What frozen features say: logistic regression on the features of the first model."""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

STRENGTHS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)  # C of scikit-learn
_FOLDS = 5
_ROUNDS = 2000
_LEAST = 1e-6


def frozen_probability(
    features: np.ndarray, given: np.ndarray, asked: np.ndarray, answers: int
) -> tuple[np.ndarray, float]:
    """(M, K) probabilities of the K answers for features ``asked`` (M, D), and C.

    The regression learns from ``features`` (N, D) and the answers ``given`` (N,). Its
    strength has the smallest log loss in a cross-validation of these galaxies.
    """
    folds = _folds(given)
    losses = []
    for strength in STRENGTHS:
        nats = 0.0
        for fold in np.unique(folds):
            inside, out = folds != fold, folds == fold
            found = _fitted(features[inside], given[inside], features[out], answers)(
                strength
            )
            of_given = found[np.arange(out.sum()), given[out]]
            nats -= np.log(np.maximum(of_given, _LEAST)).sum()
        losses.append(nats)
    best = STRENGTHS[int(np.argmin(losses))]
    return _fitted(features, given, asked, answers)(best), best


def head_of_regression(
    features: np.ndarray, given: np.ndarray, answers: int
) -> tuple[np.ndarray, np.ndarray]:
    """(K, D) weights and (K,) biases whose sums are the regression's log odds.

    For features (N, D) as they are. They are 0 for answers that no galaxy was given;
    the strength is chosen as in `frozen_probability`.
    """
    weights, bias = np.zeros((answers, features.shape[1])), np.zeros(answers)
    known = np.unique(given)
    if len(known) < 2:
        return weights, bias
    _, strength = frozen_probability(features, given, features[:1], answers)
    scaler = StandardScaler().fit(features)
    regression = LogisticRegression(C=strength, max_iter=_ROUNDS)
    regression.fit(scaler.transform(features), given)
    slopes, starts = regression.coef_ / scaler.scale_, regression.intercept_
    starts = starts - slopes @ scaler.mean_
    if len(known) == 2:  # scikit-learn has the log odds of the second alone
        slopes, starts = (
            np.vstack([-slopes, slopes]) / 2,
            np.append(-starts, starts) / 2,
        )
    weights[known], bias[known] = slopes, starts
    return weights, bias


def _fitted(features: np.ndarray, given: np.ndarray, asked: np.ndarray, answers: int):
    """Strength -> (M, K) probabilities; 0 for answers that no galaxy was given."""

    def probability(strength: float) -> np.ndarray:
        found = np.zeros((len(asked), answers))
        known = np.unique(given)
        if len(known) == 1:
            found[:, known[0]] = 1.0
            return found
        regression = LogisticRegression(C=strength, max_iter=_ROUNDS)
        model = make_pipeline(StandardScaler(), regression).fit(features, given)
        found[:, known] = model.predict_proba(asked)
        return found

    return probability


def _folds(given: np.ndarray) -> np.ndarray:
    """(N,) the fold of each galaxy; those with an answer are spread over all."""
    order = np.argsort(given, kind="stable")
    folds = np.empty(len(given), np.int64)
    folds[order] = np.arange(len(given)) % _FOLDS
    return folds
