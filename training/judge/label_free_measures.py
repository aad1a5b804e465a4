"""Measures of an adapted model that need no votes of the target.

A galaxy's morphology does not depend on the survey, so the adapted model's predictions
for target images should equal the source model's for source images: for each galaxy
imaged by both surveys, and on average at equal magnitude and size. See
`training.judge.model_selection`.
"""

import numpy as np
from scipy.special import xlogy
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from morph.posterior.answer_arrays import by_answer, sum_by_question
from morph.posterior.dirichlet import asked_probability, expected_probability
from morph.trees.decision_tree import DecisionTree

_FOLDS = 5
_NOBODY = 1e-9  # galaxies


def pair_disagreement(
    source: np.ndarray, target: np.ndarray, tree: DecisionTree
) -> np.ndarray:
    """RMS difference of the vote fractions of the same galaxies in two surveys.

    √(Σ_i a_iq |ρ_iq − ρ'_iq|² / A_q Σ_i a_iq) over the A_q answers of question q, with
    a_iq the probability that it is asked in the source: the error of the adapted model
    if the source's posteriors were true. From (N, L) concentrations of the source model
    for source images and of the adapted model for target images; (Q,) in [0, 1], NaN
    for a question that no galaxy reaches.
    """
    here, there = (expected_probability(alpha, tree) for alpha in (source, target))
    square = (here - there) ** 2
    return np.sqrt(_asked_means(square, asked_probability(here, tree), tree))


def conditional_shift(
    source: np.ndarray,
    target: np.ndarray,
    bins: tuple[np.ndarray, np.ndarray],
    tree: DecisionTree,
) -> np.ndarray:
    """RMS difference between the surveys of mean fractions at equal magnitude and size.

    The fraction of barred galaxies at a given magnitude and size is the same in every
    survey with the same selection. Root mean square, over bins and answers, of the
    difference of the mean fractions of galaxies that reach it; a bin is weighted by
    the harmonic mean of their numbers in the two surveys. From (N, L) and (M, L)
    concentrations and the `shared_bins`; (Q,) in [0, 1], NaN for a question that no
    galaxy reaches.
    """
    size = 1 + max(of_survey.max() for of_survey in bins)
    here, n = _bin_means(source, bins[0], size, tree)
    there, m = _bin_means(target, bins[1], size, tree)
    both = np.divide(n * m, n + m, where=n + m > 0, out=np.zeros_like(n))
    return np.sqrt(_asked_means((here - there) ** 2, both, tree))


def shared_bins(
    source: np.ndarray, target: np.ndarray, *, each: int = 2
) -> tuple[np.ndarray, np.ndarray]:
    """Bins of similar galaxies, with the same edges in both surveys.

    The edges of every property, such as magnitude and size, are its ``each``-quantiles
    over the source. (N, C) and (M, C) properties become (N,) and (M,) ints in
    [0, each^C).
    """
    bins = np.zeros(len(source), int), np.zeros(len(target), int)
    for here, there in zip(source.T, target.T, strict=True):
        edges = np.quantile(here, np.arange(1, each) / each)
        for numbers, values in zip(bins, (here, there), strict=True):
            numbers *= each
            numbers += np.searchsorted(edges, values, side="right")
    return bins


def separability(source: np.ndarray, target: np.ndarray) -> float:
    """AUC of a linear classifier that separates the surveys.

    Area under the ROC curve of a logistic regression on standardised values,
    cross-validated: 0.5 if the surveys cannot be separated, 1 if they always can (the
    proxy A-distance of Ben-David et al. 2007, as a rank statistic). From (N, D) and
    (M, D) features, or `log_fractions`; at least 5 rows each.
    """
    values = np.concatenate([source, target])
    survey = np.repeat([0, 1], [len(source), len(target)])
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=0)
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=200))
    odds = cross_val_predict(
        probe, values, survey, cv=folds, method="decision_function"
    )
    return float(roc_auc_score(survey, odds))


def log_fractions(alpha: np.ndarray, tree: DecisionTree) -> np.ndarray:
    """(N, L) logarithms of the expected fractions, for `separability`."""
    return np.log(expected_probability(alpha, tree))


def information(alpha: np.ndarray, tree: DecisionTree) -> np.ndarray:
    """Mutual information of galaxy and answer, in nats.

    H(E[ρ]) − E[H(ρ)], galaxies weighted by the probability of reaching the question:
    the objective of SHOT (Liang et al. 2020; a validator in Musgrave et al. 2022). True
    vote fractions are not certain, so it also rises in a collapse. From (N, L)
    concentrations; (Q,) from 0 to ln A, NaN for a question that no galaxy reaches.
    """
    fraction = expected_probability(alpha, tree)
    asked = asked_probability(fraction, tree)
    nats = np.full(len(tree.questions), np.nan)
    for i, question in enumerate(tree.questions):
        answers, weight = fraction[:, tree.columns(question)], asked[:, i]
        if weight.sum() > _NOBODY:
            weight = weight / weight.sum()
            nats[i] = _entropy(weight @ answers) - weight @ _entropy(answers)
    return nats


def _entropy(fraction: np.ndarray) -> np.ndarray:
    return -xlogy(fraction, fraction).sum(axis=-1)


def _bin_means(
    alpha: np.ndarray, bins: np.ndarray, size: int, tree: DecisionTree
) -> tuple[np.ndarray, np.ndarray]:
    """Mean fractions (B, L) of galaxies that reach it, and their number (B, Q)."""
    fraction = expected_probability(alpha, tree)
    asked = asked_probability(fraction, tree)
    member = (bins[:, None] == np.arange(size)).astype(float)
    count = member.T @ asked
    total = member.T @ (by_answer(asked, tree) * fraction)
    least = np.maximum(by_answer(count, tree), _NOBODY)
    return total / least, count


def _asked_means(
    values: np.ndarray, weight: np.ndarray, tree: DecisionTree
) -> np.ndarray:
    """(Q,) means of (N, L) values over answers and rows, with weights (N, Q)."""
    sums = (weight * sum_by_question(values, tree)).sum(axis=0)
    answers = np.array([len(question.answers) for question in tree.questions])
    total = weight.sum(axis=0)
    asked = total > _NOBODY
    means = np.full(len(tree.questions), np.nan)
    return np.divide(sums, answers * total, where=asked, out=means)
