"""Query vectors of similarity searches, and the answers that results share."""

from collections.abc import Collection

import numpy as np
import pandas as pd
from scipy.special import logit

from morph.errors import MorphError
from morph.posterior import dirichlet
from morph.posterior.answer_arrays import by_answer
from morph.similar.index import NoVector, unit_vectors
from morph.trees.decision_tree import DecisionTree

NEGATIVE_WEIGHT = 0.5
LEAST_ASKED = 100  # expected galaxies that reach a question, to fit its direction
_RIDGE = 1e-3  # of a predictor's variance
CLIP = 1e-3  # vote fractions are clipped this far from 0 and 1


def query_vector(
    positives: np.ndarray, negatives: np.ndarray | None = None
) -> np.ndarray:
    """The query of examples: mean of positives - 0.5 mean of negatives.

    Parameters
    ----------
    positives, negatives : (P, D) and (M, D) arrays
        Vectors of similar examples, at least one, and of dissimilar ones. Only their
        directions count.

    Returns
    -------
    (D,) float64 array

    Raises
    ------
    NoVector
        If that of an example is unknown.
    MorphError
        If the examples cancel each other.
    """
    wanted = _known_units(positives).mean(axis=0)
    if negatives is not None and len(negatives):
        wanted = wanted - NEGATIVE_WEIGHT * _known_units(negatives).mean(axis=0)
    if not np.linalg.norm(wanted) > 1e-6:
        raise MorphError("the examples cancel each other out; remove one")
    return wanted


def answer_direction(
    vectors: np.ndarray, probability: np.ndarray, label: str, tree: DecisionTree
) -> np.ndarray:
    """How unit vectors change with the vote fraction of one answer.

    Vectors are regressed on the log odds of this answer and on the log ratios of all
    others within their questions. The coefficient of this answer is the change at fixed
    other answers. (Regressing the answer on the vectors would give a filter, which need
    not resemble any change of a galaxy: Haufe et al. 2014.)

    Parameters
    ----------
    vectors : (S, D) array
        Vectors of a sample of galaxies; some thousands suffice.
    probability : (S, L) array
        Their expected vote fractions; of a question, all may be unknown. Galaxies are
        weighted by the probability that they reach the label's question.

    Returns
    -------
    (D,) float64 array
        Change per unit of log odds.

    Raises
    ------
    MorphError
        If fewer than ``LEAST_ASKED`` galaxies are expected to reach the question.
    """
    asked = dirichlet.asked_probability(probability, tree)
    weight = asked[:, tree.questions.index(tree.question_of(label))]
    unit, known = unit_vectors(vectors)
    known &= np.isfinite(weight * probability[:, tree.labels.index(label)])
    weight = np.where(known, weight, 0)
    if weight.sum() < LEAST_ASKED:
        raise MorphError(
            f"only {weight.sum():.0f} of {len(weight):,} galaxies reach the question "
            f"of {tree.words(label)!r}; at least {LEAST_ASKED} are needed"
        )
    ratios = _log_ratios(probability, label, tree)
    ratios -= np.average(ratios, axis=0, weights=weight)
    unit -= np.average(unit, axis=0, weights=weight)
    normal = (ratios * weight[:, None]).T @ ratios
    normal += np.diag(_RIDGE * np.diag(normal) + 1e-9)
    change = np.linalg.solve(normal, (ratios * weight[:, None]).T @ unit)
    return change[0]


def moved(
    query: np.ndarray, direction: np.ndarray, *, now: float, wanted: float
) -> np.ndarray:
    """A query (D,) shifted from one vote fraction of an answer to another.

    Parameters
    ----------
    direction : (D,) array
        From `answer_direction`.
    now, wanted : float
        Vote fractions of the answer in [0, 1].
    """
    odds = logit(np.clip([now, wanted], CLIP, 1 - CLIP))
    return _known_units(query[None])[0] + (odds[1] - odds[0]) * direction


def answer_vectors(
    probability: np.ndarray, tree: DecisionTree, *, without: Collection[str] = ()
) -> np.ndarray:
    """Vectors whose cosine compares answers: √(P(asked) ρ̂) of every label.

    The cosine is 1 for equal vote fractions (a Bhattacharyya coefficient); a question
    counts by the probability that both galaxies reach it.

    Parameters
    ----------
    probability : (N, L) array
        Expected vote fractions.
    without : collection of str
        Names of questions that do not count, nor do those that only they lead to.

    Returns
    -------
    (N, L) float32 array
    """
    if without:
        probability = probability.copy()
        for name in without:
            probability[:, tree.columns(tree.question(name))] = 0
    asked = dirichlet.asked_probability(probability, tree)
    return np.sqrt(by_answer(asked, tree) * probability).astype(np.float32)


def answers_in_common(
    query: np.ndarray, found: np.ndarray, tree: DecisionTree, *, count: int = 5
) -> pd.DataFrame:
    """The answers on which the query and the galaxies found agree best.

    Questions that both reach (P > 0.5), with known answers of both, are compared by the
    most probable answer of the query.

    Parameters
    ----------
    query : (L,) array
        Expected vote fractions of the query; NaN where unknown.
    found : (K, L) array
        Those of the galaxies found, compared by their mean.

    Returns
    -------
    DataFrame
        ``label``, its ``query`` and ``found`` fraction and their ``difference``, the
        smallest absolute difference first.
    """
    pair = np.stack([query, np.mean(found, axis=0)]).astype(float)
    asked = (dirichlet.asked_probability(pair, tree) > 0.5).all(axis=0)
    rows = []
    for question, reached in zip(tree.questions, asked, strict=True):
        columns = tree.columns(question)
        if reached and np.isfinite(pair[:, columns]).all():
            largest = int(pair[0, columns].argmax())
            one, other = pair[:, columns][:, largest]
            rows.append((question.labels[largest], one, other, other - one))
    table = pd.DataFrame(rows, columns=["label", "query", "found", "difference"])
    order = table["difference"].abs().sort_values(kind="stable").index[:count]
    return table.loc[order].reset_index(drop=True)


def _log_ratios(probability: np.ndarray, label: str, tree: DecisionTree) -> np.ndarray:
    """Log odds of ``label``, then log ratios of all other answers, (S, ...).

    Ratios are to the last answer of each question, ``label`` excluded. A question whose
    fractions are all unknown has none.
    """
    clipped = np.clip(probability, CLIP, 1 - CLIP).astype(float)
    own = tree.question_of(label)
    columns = [logit(clipped[:, tree.labels.index(label)])]
    for question in tree.questions:
        if np.isnan(probability[:, tree.columns(question)]).all():
            continue
        *others, last = (
            tree.labels.index(other)
            for other in question.labels
            if question is not own or other != label
        )
        columns += [np.log(clipped[:, o] / clipped[:, last]) for o in others]
    return np.column_stack(columns)


def _known_units(vectors: np.ndarray) -> np.ndarray:
    unit, known = unit_vectors(vectors)
    if not known.all():
        raise NoVector(
            f"{(~known).sum()} of {len(known)} examples cannot be compared: their "
            "features, or their vote fractions of some question, are unknown; choose "
            "other galaxies"
        )
    return unit
