"""What a similarity search looks for, and why the galaxies it found are similar."""

import numpy as np
import pandas as pd
from scipy.special import logit

from morph.errors import MorphError
from morph.posterior import dirichlet
from morph.posterior.answer_arrays import by_answer
from morph.posterior.tree import DecisionTree
from morph.similar.index import unit_vectors

NEGATIVE_WEIGHT = 0.5
LEAST_ASKED = 100  # galaxies that must be asked a question to learn its direction
_RIDGE = 1e-3  # of a predictor's variance
CLIP = 1e-3  # vote fractions nearer to 0 or 1 say no more about the direction


def query_vector(
    positives: np.ndarray, negatives: np.ndarray | None = None
) -> np.ndarray:
    """What to look for, given examples: mean of positives - 0.5 mean of negatives.

    Parameters
    ----------
    positives, negatives : (P, D) and (M, D) arrays
        Vectors of galaxies to be like, at least one, and not to be like. Each counts
        by its direction alone.

    Returns
    -------
    (D,) float64 array

    Raises
    ------
    MorphError
        If an example has no vector, or the examples cancel each other.
    """
    wanted = _known_units(positives).mean(axis=0)
    if negatives is not None and len(negatives):
        wanted = wanted - NEGATIVE_WEIGHT * _known_units(negatives).mean(axis=0)
    if not np.linalg.norm(wanted) > 1e-6:
        raise MorphError(
            "the examples cancel each other, so nothing is like them; remove one"
        )
    return wanted


def answer_direction(
    vectors: np.ndarray, probability: np.ndarray, label: str, tree: DecisionTree
) -> np.ndarray:
    """How a vector of length 1 changes when one answer becomes more frequent.

    Vectors are regressed on the answers: on the log odds of this one and on those of
    all others, as log ratios within their questions. The coefficient of this answer is
    the change that goes with it while everything else stays the same. (Regressing the
    answer on the vectors gives a filter instead, which need not look like any change
    of a galaxy: Haufe et al. 2014.)

    Parameters
    ----------
    vectors : (S, D) array
        Vectors of a sample of galaxies; some thousands do.
    probability : (S, L) array
        Their expected vote fractions. Galaxies count as much as they are asked the
        label's question.

    Returns
    -------
    (D,) float64 array
        Change per unit of log odds.

    Raises
    ------
    MorphError
        If fewer than ``LEAST_ASKED`` galaxies are expected to be asked the question.
    """
    asked = dirichlet.asked_probability(probability, tree)
    weight = asked[:, tree.questions.index(tree.question_of(label))]
    unit, known = unit_vectors(vectors)
    weight = np.where(known, weight, 0)
    if weight.sum() < LEAST_ASKED:
        raise MorphError(
            f"only {weight.sum():.0f} of {len(weight):,} galaxies are asked about "
            f"{tree.words(label)!r}; {LEAST_ASKED} are needed to learn what it changes"
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
    """A query (D,) moved so that an answer's vote fraction goes from one to another.

    Parameters
    ----------
    direction : (D,) array
        From `answer_direction`.
    now, wanted : float
        Vote fractions of the answer in [0, 1].
    """
    odds = logit(np.clip([now, wanted], CLIP, 1 - CLIP))
    return _known_units(query[None])[0] + (odds[1] - odds[0]) * direction


def answer_vectors(probability: np.ndarray, tree: DecisionTree) -> np.ndarray:
    """Vectors whose cosine compares answers: √(P(asked) ρ̂) of every label.

    Galaxies that are asked the same questions and answered alike have cosine 1; a
    question counts as much as both are asked it (Bhattacharyya's coefficient).

    Parameters
    ----------
    probability : (N, L) array
        Expected vote fractions.

    Returns
    -------
    (N, L) float32 array
    """
    asked = dirichlet.asked_probability(probability, tree)
    return np.sqrt(by_answer(asked, tree) * probability).astype(np.float32)


def answers_in_common(
    query: np.ndarray, found: np.ndarray, tree: DecisionTree, *, count: int = 5
) -> pd.DataFrame:
    """Why galaxies are similar: the answers on which they and the query agree best.

    Only questions that both are asked (P > 0.5) and whose answers are known of both
    are compared, each by the largest answer of the query.

    Parameters
    ----------
    query : (L,) array
        Expected vote fractions of the galaxy that was asked for; NaN: not known.
    found : (K, L) array
        Those of one or several similar galaxies, compared by their mean.

    Returns
    -------
    DataFrame
        ``label``, its ``query`` and ``found`` fraction and their ``difference``, the
        smallest absolute difference first.
    """
    pair = np.stack([query, np.mean(found, axis=0)]).astype(float)
    asked = (dirichlet.asked_probability(pair, tree) > 0.5).all(axis=0)
    rows = []
    for place, question in enumerate(tree.questions):
        columns = tree.columns(question)
        if asked[place] and np.isfinite(pair[:, columns]).all():
            largest = int(pair[0, columns].argmax())
            one, other = pair[:, columns][:, largest]
            rows.append((question.labels[largest], one, other, other - one))
    table = pd.DataFrame(rows, columns=["label", "query", "found", "difference"])
    order = table["difference"].abs().sort_values(kind="stable").index[:count]
    return table.loc[order].reset_index(drop=True)


def _log_ratios(probability: np.ndarray, label: str, tree: DecisionTree) -> np.ndarray:
    """Log odds of ``label`` first, then log ratios of all other answers, (S, ...).

    Of each question its answers are compared with its last one, of the label's own
    question those that are left.
    """
    clipped = np.clip(probability, CLIP, 1 - CLIP).astype(float)
    own = tree.question_of(label)
    columns = [logit(clipped[:, tree.labels.index(label)])]
    for question in tree.questions:
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
        raise MorphError(
            f"{(~known).sum()} of {len(known)} examples have no vector to compare; "
            "choose galaxies that have features"
        )
    return unit
