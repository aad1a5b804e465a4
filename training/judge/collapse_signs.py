"""Warning signs of a class collapse during an adaptation.

Without votes, a model can lower its loss by predicting the same for every galaxy, or by
overconfidence. Its vote fractions, concentrations or features then drift from those of
the source model over the source survey, or galaxies with similar features to the source
model (k-nearest neighbours) no longer get similar answers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.special import xlogy
from torch import Tensor

from morph.posterior.answer_arrays import by_answer, sum_by_question
from morph.posterior.dirichlet import (
    asked_probability,
    expected_probability,
    total_concentration,
)
from morph.trees.decision_tree import DecisionTree

# Largest changes without a warning, relative to the source.
_LEAST_ENTROPY = 0.8
_LARGEST_FRACTION = 0.95
_FRACTION_CHANGE = 0.05
_CONCENTRATION_RATIO = 1.5
_LEAST_RANK = 0.5
_PAIR_RATIO = 1.1  # to the best epoch before
_AGREEMENT_CHANGE = 0.1
_MOVED = 0.02  # change of a fraction
_NEARLY_ALL = 0.9  # of the galaxies that reach a question
_FEWEST_ASKED = 20.0  # galaxies that reach a question

_MOST_COMPARED = 2048  # galaxies; the time grows with their square
_NEIGHBOURS = 10
_NOBODY = 1e-9


@dataclass(frozen=True)
class Signs:
    """Means over a survey, weighted by the probability that the question is asked."""

    fraction: np.ndarray  # (L,) mean fraction of each answer
    entropy: np.ndarray  # (Q,) mean entropy of the fractions, nats
    concentration: np.ndarray  # (Q,) mean Σα, effective number of votes
    rank: float  # effective rank of the features


def read_signs(alpha: np.ndarray, features: np.ndarray, tree: DecisionTree) -> Signs:
    """The signs of concentrations (N, L) and features (N, D) of the same galaxies."""
    fraction = expected_probability(alpha, tree)
    asked = asked_probability(fraction, tree)
    asked = asked / np.maximum(asked.sum(axis=0), _NOBODY)
    return Signs(
        fraction=(by_answer(asked, tree) * fraction).sum(axis=0),
        entropy=(asked * sum_by_question(-xlogy(fraction, fraction), tree)).sum(axis=0),
        concentration=(asked * total_concentration(alpha, tree)).sum(axis=0),
        rank=effective_rank(features),
    )


def effective_rank(features: np.ndarray) -> float:
    """exp H of the normalised singular values of (N, D) centred features.

    From 1, all on a line, to D, isotropic (Roy & Vetterli 2007).
    """
    values = np.linalg.svd(features - features.mean(axis=0), compute_uv=False)
    weight = values / max(values.sum(), _NOBODY)
    return float(np.exp(-xlogy(weight, weight).sum()))


def alarms(source: Signs, now: Signs, tree: DecisionTree) -> Iterator[str]:
    """Signs of a collapse, one sentence each.

    ``source`` are the signs of the source model over the source survey.
    """
    for i, question in enumerate(tree.questions):
        columns, title = tree.columns(question), question.title
        before, fraction = source.fraction[columns], now.fraction[columns]
        largest = int(fraction.argmax())
        if fraction[largest] > _LARGEST_FRACTION >= before[largest]:
            yield f"{title}: mean fraction of one answer {fraction[largest]:.0%}"
        moved = int(np.abs(fraction - before).argmax())
        if abs(fraction[moved] - before[moved]) > _FRACTION_CHANGE:
            yield (
                f"{title}: mean fraction of {question.words[moved]} "
                f"{fraction[moved]:.0%}, {before[moved]:.0%} for the source model"
            )
        if now.entropy[i] < _LEAST_ENTROPY * source.entropy[i]:
            yield f"{title}: entropy much lower than for the source model"
        ratio = now.concentration[i] / max(source.concentration[i], _NOBODY)
        if not 1 / _CONCENTRATION_RATIO <= ratio <= _CONCENTRATION_RATIO:
            yield (
                f"{title}: total concentration {ratio:.1f} times that of the source "
                "model"
            )
    if now.rank < _LEAST_RANK * source.rank:
        yield (
            f"effective rank of the features {now.rank:.1f}, "
            f"{source.rank:.1f} for the source model"
        )


def moved_alarms(
    before: np.ndarray, now: np.ndarray, tree: DecisionTree
) -> Iterator[str]:
    """Questions whose answer moves the same way for nearly all galaxies that reach it.

    From the concentrations (N, L) of the same target galaxies, of the source model and
    of the adapted model: a survey changes answers of some galaxies, but statistics of
    another population change those of nearly all.
    """
    fraction = expected_probability(before, tree)
    moved = expected_probability(now, tree) - fraction
    asked = asked_probability(fraction, tree)
    for i, question in enumerate(tree.questions):
        weight = asked[:, i]
        if weight.sum() < _FEWEST_ASKED:
            continue
        change = moved[:, tree.columns(question)]
        up = (weight @ (change > _MOVED)) / weight.sum()
        down = (weight @ (change < -_MOVED)) / weight.sum()
        answer = int(np.maximum(up, down).argmax())
        share = max(up[answer], down[answer])
        if share > _NEARLY_ALL:
            way = "larger" if up[answer] >= down[answer] else "smaller"
            yield (
                f"{question.title}: the fraction of {question.words[answer]} is {way} "
                f"than for the source model for {share:.0%} of the target's galaxies"
            )


def pair_alarms(before: Sequence[float], now: float) -> list[str]:
    """A warning if the disagreement on pairs has grown since earlier epochs."""
    least = min(before, default=np.inf)
    if now <= _PAIR_RATIO * least:
        return []
    return [
        "disagreement with the source model on galaxies imaged by both surveys is "
        f"larger than after an earlier epoch: {now:.4f}, previously {least:.4f}"
    ]


def label_alarms(
    shares: dict[str, float], centres: dict[str, dict[str, float]], tree: DecisionTree
) -> list[str]:
    """Warnings about an epoch's pseudo-labels, one sentence each."""
    none = [tree.words(label) for label, share in shares.items() if not share]
    turned = [tree.words(k) for k, c in centres.items() if c["moved"] > 1]
    sentences = []
    if none:
        sentences.append(f"no galaxy is labelled {', '.join(none)}")
    if turned:
        sentences.append(f"the centre of {', '.join(turned)} has reversed direction")
    return sentences


def label_shares(labels: Tensor, tree: DecisionTree) -> dict[str, float]:
    """Fraction of all N galaxies with each answer as pseudo-label (N, L)."""
    shares = labels.float().mean(dim=0).tolist()
    return {k: round(v, 5) for k, v in zip(tree.labels, shares, strict=True)}


def centre_distances(
    centres: Tensor, first: Tensor, tree: DecisionTree
) -> dict[str, dict[str, float]]:
    """Cosine distances 1 − cos of each answer's unit centre (L, D).

    ``moved`` is the distance from its start (``first``), more than 1 if it has reversed
    direction; ``apart`` that from the nearest other answer of its question.
    """
    moved = 1 - (centres * first).sum(dim=1)
    cosine = centres @ centres.T
    cosine.fill_diagonal_(-1.0)
    columns = map(tree.columns, tree.questions)
    apart = 1 - torch.cat([cosine[c, c].max(dim=1).values for c in columns])
    distances = zip(tree.labels, moved.tolist(), apart.tolist(), strict=True)
    return {
        label: {"moved": round(far, 4), "apart": round(near, 4)}
        for label, far, near in distances
    }


@dataclass(frozen=True)
class FeatureNeighbours:
    """Nearest neighbours of every ``step``-th galaxy in the source model's features.

    ``agreement`` is that of the source model.
    """

    step: int
    nearest: np.ndarray  # (M, k) rows among those galaxies
    agreement: float

    def agreement_now(self, alpha: np.ndarray, tree: DecisionTree) -> float:
        """`agreement` of another model's concentrations (N, L) of all galaxies."""
        return agreement(alpha[:: self.step], self.nearest, tree)


def read_neighbours(
    alpha: np.ndarray, features: Tensor, tree: DecisionTree
) -> FeatureNeighbours:
    """From the source model's concentrations (N, L) and features (N, D)."""
    step = -(-len(features) // _MOST_COMPARED)
    nearest = nearest_rows(features[::step], _NEIGHBOURS)
    return FeatureNeighbours(step, nearest, agreement(alpha[::step], nearest, tree))


def nearest_rows(features: Tensor, count: int) -> np.ndarray:
    """(M, k) rows of the ``count`` nearest others (fewer if there are not as many).

    Euclidean distance of (M, D) features, each divided by its standard deviation.
    """
    spread = features.std(dim=0)
    unit = torch.where(spread > 0, features / spread.clamp(min=1e-12), 0)
    distance = torch.cdist(unit, unit)
    distance.fill_diagonal_(torch.inf)
    nearest = distance.topk(min(count, len(unit) - 1), largest=False).indices
    return nearest.cpu().numpy()


def agreement(alpha: np.ndarray, nearest: np.ndarray, tree: DecisionTree) -> float:
    """Fraction of neighbours with the same most probable answer.

    Mean over questions; a pair of (M, L) concentrations is weighted by the probability
    that both galaxies are asked.
    """
    fraction = expected_probability(alpha, tree)
    asked = asked_probability(fraction, tree)
    agreeing = []
    for i, question in enumerate(tree.questions):
        answer = fraction[:, tree.columns(question)].argmax(axis=1)
        weight = asked[:, i, None] * asked[nearest, i]
        if weight.sum() > _NOBODY:
            same = answer[:, None] == answer[nearest]
            agreeing.append((weight * same).sum() / weight.sum())
    return float(np.mean(agreeing))


def neighbour_alarms(before: FeatureNeighbours, now: float) -> list[str]:
    """A warning if the agreement of neighbours has changed much."""
    if abs(now - before.agreement) <= _AGREEMENT_CHANGE:
        return []
    change = "lower" if now < before.agreement else "higher"
    return [
        f"neighbour agreement {change} than in the source model: {now:.0%} instead of "
        f"{before.agreement:.0%}"
    ]
