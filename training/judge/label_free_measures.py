"""Measures of an adapted model that need no votes of the target.

A galaxy's morphology does not depend on the survey, so the predictions of a right model
for target images would equal those of a right model for source images: for each galaxy
imaged by both surveys, and on average at equal magnitude and size. Neither model is
right, so the measures can mislead (docs/model_choice.md). See
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
from training.judge.verdicts import sample_sums

_FOLDS = 5
_NOBODY = 1e-9  # galaxies


def pair_disagreement(
    source: np.ndarray,
    target: np.ndarray,
    tree: DecisionTree,
    times: np.ndarray | None = None,
) -> np.ndarray:
    """RMS difference of the vote fractions of the same galaxies in two surveys.

    √(Σ_i a_iq |ρ_iq − ρ'_iq|² / A_q Σ_i a_iq) over the A_q answers of question q, with
    a_iq the probability that it is asked in the source: the error of the adapted model
    if the source's fractions were true. From (N, L) concentrations of the source model
    for source images and of the adapted model for target images; (Q,) in [0, 1], NaN
    for a question that no galaxy reaches. With ``times`` (B, N), how often each galaxy
    is in each of B bootstrap samples, (B, Q).
    """
    here, there = (expected_probability(alpha, tree) for alpha in (source, target))
    asked = asked_probability(here, tree)
    square = asked * sum_by_question((here - there) ** 2, tree)
    sums, total = _summed(square, times), _summed(asked, times)
    return _unstacked(np.sqrt(_answer_means(sums, total, tree)), times)


def conditional_shift(
    source: np.ndarray,
    target: np.ndarray,
    bins: tuple[np.ndarray, np.ndarray],
    tree: DecisionTree,
    times: tuple[np.ndarray, np.ndarray] | None = None,
) -> np.ndarray:
    """RMS difference between the surveys of mean fractions at equal magnitude and size.

    The fraction of barred galaxies at a given magnitude and size is the same in every
    survey with the same selection. Root mean square, over bins and answers, of the
    difference of the mean fractions of galaxies that reach it; a bin is weighted by
    the harmonic mean of their numbers in the two surveys. From (N, L) and (M, L)
    concentrations and the `shared_bins`; (Q,) in [0, 1], NaN for a question that no
    galaxy reaches. With ``times``, (B, N) and (B, M) as in `pair_disagreement`, (B, Q).
    Two samples of one population differ as well: see `chance_shift`.
    """
    here, there, both = _both_means(source, target, bins, tree, times)
    square = _by_question((here - there) ** 2, tree)
    means = _answer_means((both * square).sum(axis=1), both.sum(axis=1), tree)
    return _unstacked(np.sqrt(means), None if times is None else times[0])


def chance_shift(
    source: np.ndarray,
    target: np.ndarray,
    bins: tuple[np.ndarray, np.ndarray],
    tree: DecisionTree,
) -> np.ndarray:
    """`conditional_shift` expected of two samples of one population, (Q,).

    From the variance of the fractions within a bin, over the number of galaxies that
    reach it, in either survey.
    """
    size = 1 + max(of_survey.max() for of_survey in bins)
    (n, near), (m, far) = (
        _variances(alpha, of_survey, size, tree)
        for alpha, of_survey in zip((source, target), bins, strict=True)
    )
    both, square = _harmonic(n, m), sum_by_question(near + far, tree)
    expected = _answer_means(
        (both * square).sum(axis=0)[None], both.sum(axis=0)[None], tree
    )
    return np.sqrt(expected)[0]


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


def _both_means(
    source: np.ndarray,
    target: np.ndarray,
    bins: tuple[np.ndarray, np.ndarray],
    tree: DecisionTree,
    times: tuple[np.ndarray, np.ndarray] | None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean fractions (B, K, L) of K bins in both surveys, and weights (B, K, Q)."""
    size = 1 + max(of_survey.max() for of_survey in bins)
    samples = (None, None) if times is None else times
    found = [
        _bin_means(alpha, of_survey, size, tree, own)
        for alpha, of_survey, own in zip((source, target), bins, samples, strict=True)
    ]
    (here, n), (there, m) = found
    return here, there, _harmonic(n, m)


def _harmonic(n: np.ndarray, m: np.ndarray) -> np.ndarray:
    return np.divide(n * m, n + m, where=n + m > 0, out=np.zeros_like(n))


def _bin_means(
    alpha: np.ndarray,
    bins: np.ndarray,
    size: int,
    tree: DecisionTree,
    times: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Mean fractions (B, K, L) of galaxies that reach it; their number (B, K, Q)."""
    fraction = expected_probability(alpha, tree)
    asked = asked_probability(fraction, tree)
    told = by_answer(asked, tree) * fraction
    count, total = (
        np.stack(
            [_summed(values * (bins == k)[:, None], times) for k in range(size)], axis=1
        )
        for values in (asked, told)
    )
    return total / np.maximum(_by_answer(count, tree), _NOBODY), count


def _by_question(values: np.ndarray, tree: DecisionTree) -> np.ndarray:
    """(B, K, Q) sums over answers of (B, K, L)."""
    sums = sum_by_question(values.reshape(-1, values.shape[-1]), tree)
    return sums.reshape(*values.shape[:2], -1)


def _by_answer(values: np.ndarray, tree: DecisionTree) -> np.ndarray:
    """(B, K, L) values of the answers' questions, from (B, K, Q)."""
    return values.repeat([len(q.answers) for q in tree.questions], axis=2)


def _variances(
    alpha: np.ndarray, bins: np.ndarray, size: int, tree: DecisionTree
) -> tuple[np.ndarray, np.ndarray]:
    """Galaxies (K, Q) that reach it, and the variances (K, L) of their means."""
    (mean,), (count,) = _bin_means(alpha, bins, size, tree, None)
    fraction = expected_probability(alpha, tree)
    asked = by_answer(asked_probability(fraction, tree), tree)
    square = (asked * (fraction - mean[bins])) ** 2
    total = np.stack([square[bins == k].sum(axis=0) for k in range(size)])
    return count, total / np.maximum(by_answer(count, tree), _NOBODY) ** 2


def _summed(values: np.ndarray, times: np.ndarray | None) -> np.ndarray:
    """(B, ·) sums over (N, ·) galaxies of each sample; of all galaxies, B is 1."""
    return values.sum(axis=0)[None] if times is None else sample_sums(times, values)


def _unstacked(values: np.ndarray, times: np.ndarray | None) -> np.ndarray:
    return values[0] if times is None else values


def _answer_means(
    sums: np.ndarray, total: np.ndarray, tree: DecisionTree
) -> np.ndarray:
    """(B, Q) means over answers and galaxies, of weighted sums and their weights."""
    answers = np.array([len(question.answers) for question in tree.questions])
    means = np.full(total.shape, np.nan)
    return np.divide(sums, answers * total, where=total > _NOBODY, out=means)
