"""What a model says of a survey, held against what it should say, without one vote.

Galaxies are the same whoever takes their picture, so what an adapted model says of the
target's pictures should be what the source model says of the source's: galaxy by
galaxy where both surveys have seen it, and on average where magnitude and size are
alike. Each measure is a pure function; `training.judge.choice` decides by them.
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
from morph.posterior.tree import DecisionTree

_FOLDS = 5
_NOBODY = 1e-9  # galaxies that are asked


def pair_disagreement(
    source: np.ndarray, target: np.ndarray, tree: DecisionTree
) -> np.ndarray:
    """How differently two pictures of the same galaxies are told, in vote fractions.

    √(Σ_i a_iq |ρ_iq − ρ'_iq|² / A_q Σ_i a_iq) over the A_q answers of question q, with
    a_iq its probability to be asked by what is said of the source picture: the error of
    the adapted model, were the source's posteriors true.

    Parameters
    ----------
    source, target : (N, L) arrays
        Concentrations α > 0 of the galaxy of row i: the source model's of the source
        picture, the adapted model's of the target picture.

    Returns
    -------
    (Q,) array
        In [0, 1]; NaN for a question that nobody is asked.
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
    """How far mean fractions at equal magnitude and size differ between the surveys.

    What share of the galaxies of one brightness and size have a bar is the same in
    every survey, as long as the surveys choose their galaxies alike. Root mean square,
    over bins and answers, of the difference of the mean fractions of those asked; a
    bin counts by the harmonic mean of its galaxies asked in either survey.

    Parameters
    ----------
    source, target : (N, L) and (M, L) arrays
        Concentrations α > 0 of what each survey's model says of its own pictures.
    bins : (N,) and (M,) int arrays
        From `shared_bins`.

    Returns
    -------
    (Q,) array
        In [0, 1]; NaN for a question that nobody is asked.
    """
    size = 1 + max(own.max() for own in bins)
    here, n = _bin_means(source, bins[0], size, tree)
    there, m = _bin_means(target, bins[1], size, tree)
    both = np.divide(n * m, n + m, where=n + m > 0, out=np.zeros_like(n))
    return np.sqrt(_asked_means((here - there) ** 2, both, tree))


def shared_bins(
    source: np.ndarray, target: np.ndarray, *, each: int = 2
) -> tuple[np.ndarray, np.ndarray]:
    """Bins of galaxies that are alike, with the same edges in both surveys.

    Every quantity is cut at its ``each``-quantiles over the source.

    Parameters
    ----------
    source, target : (N, C) and (M, C) arrays
        What is known of the galaxies of either survey, such as magnitude and size.

    Returns
    -------
    (N,) and (M,) int arrays
        In [0, each^C).
    """
    places = np.zeros(len(source), int), np.zeros(len(target), int)
    for here, there in zip(source.T, target.T, strict=True):
        edges = np.quantile(here, np.arange(1, each) / each)
        for place, values in zip(places, (here, there), strict=True):
            place *= each
            place += np.searchsorted(edges, values, side="right")
    return places


def separability(source: np.ndarray, target: np.ndarray) -> float:
    """How well a linear classifier tells from which survey a galaxy was, as an AUC.

    Area under the ROC curve of a logistic regression on standardised values,
    cross-validated: 0.5 where the surveys cannot be told apart, 1 where they always can
    (the proxy A-distance of Ben-David et al. 2007, as a rank statistic).

    Parameters
    ----------
    source, target : (N, D) and (M, D) arrays
        Features, or `log_fractions`, of either survey's pictures; at least 5 rows each.
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
    """How sure each galaxy's answers are, against how varied all together: in nats.

    H(E[ρ]) − E[H(ρ)], galaxies by their chance to be asked: the mutual information of
    galaxy and answer that SHOT makes large (Liang et al. 2020; a validator in Musgrave
    et al. 2022). True vote fractions are not sure, so it rises in a collapse too.

    Parameters
    ----------
    alpha : (N, L) array
        Concentrations α > 0.

    Returns
    -------
    (Q,) array
        From 0 to ln A; NaN for a question that nobody is asked.
    """
    share = expected_probability(alpha, tree)
    asked = asked_probability(share, tree)
    found = np.full(len(tree.questions), np.nan)
    for place, question in enumerate(tree.questions):
        own, weight = share[:, tree.columns(question)], asked[:, place]
        if weight.sum() > _NOBODY:
            weight = weight / weight.sum()
            found[place] = _entropy(weight @ own) - weight @ _entropy(own)
    return found


def _entropy(share: np.ndarray) -> np.ndarray:
    return -xlogy(share, share).sum(axis=-1)


def _bin_means(
    alpha: np.ndarray, bins: np.ndarray, size: int, tree: DecisionTree
) -> tuple[np.ndarray, np.ndarray]:
    """Mean fractions (B, L) of those asked in each bin, and how many are (B, Q)."""
    share = expected_probability(alpha, tree)
    asked = asked_probability(share, tree)
    of_answer = by_answer(asked, tree)
    member = (bins[:, None] == np.arange(size)).astype(float)
    count = member.T @ asked
    total = member.T @ (of_answer * share)
    least = np.maximum(by_answer(count, tree), _NOBODY)
    return total / least, count


def _asked_means(
    values: np.ndarray, weight: np.ndarray, tree: DecisionTree
) -> np.ndarray:
    """(Q,) means of (N, L) values over answers and over rows by their weight (N, Q)."""
    sums = (weight * sum_by_question(values, tree)).sum(axis=0)
    answers = np.array([len(question.answers) for question in tree.questions])
    total = weight.sum(axis=0)
    asked = total > _NOBODY
    found = np.full(len(tree.questions), np.nan)
    return np.divide(sums, answers * total, where=asked, out=found)
