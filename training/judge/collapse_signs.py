"""What is watched while a model adapts, and when it looks like a collapse.

A model without votes to hold it can lower its loss by saying the same of every galaxy,
or by being sure of everything. Then its answers, their sureness or its features drift
from what the source model says of the source survey, where nothing has collapsed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import xlogy
from torch import Tensor

from morph.posterior.answer_arrays import by_answer, sum_by_question
from morph.posterior.dirichlet import (
    asked_probability,
    expected_probability,
    total_concentration,
)
from morph.posterior.tree import DecisionTree

# How far a sign may go from its value over the source before it is said.
_LEAST_ENTROPY = 0.8
_LARGEST_SHARE = 0.95
_MARGINAL = 0.05
_SURENESS = 1.5
_LEAST_RANK = 0.5
_MORE_DIFFERENT = 1.1  # than after the best epoch before

_NOBODY = 1e-9


@dataclass(frozen=True)
class Signs:
    """Of what a model says of a survey's galaxies, each by its chance to be asked."""

    share: np.ndarray  # (L,) mean fraction of each answer
    entropy: np.ndarray  # (Q,) mean entropy of the fractions, nats
    sureness: np.ndarray  # (Q,) mean Σα, in volunteers
    rank: float  # effective number of directions that the features spread along


def read_signs(alpha: np.ndarray, features: np.ndarray, tree: DecisionTree) -> Signs:
    """The signs of concentrations (N, L) and features (N, D) of the same galaxies."""
    fraction = expected_probability(alpha, tree)
    asked = asked_probability(fraction, tree)
    asked = asked / np.maximum(asked.sum(axis=0), _NOBODY)
    return Signs(
        share=(by_answer(asked, tree) * fraction).sum(axis=0),
        entropy=(asked * sum_by_question(-xlogy(fraction, fraction), tree)).sum(axis=0),
        sureness=(asked * total_concentration(alpha, tree)).sum(axis=0),
        rank=effective_rank(features),
    )


def effective_rank(features: np.ndarray) -> float:
    """exp H of the normalised singular values of (N, D) centred features.

    From 1, all on a line, to D, spread alike along all directions (Roy & Vetterli
    2007).
    """
    values = np.linalg.svd(features - features.mean(axis=0), compute_uv=False)
    share = values / max(values.sum(), _NOBODY)
    return float(np.exp(-xlogy(share, share).sum()))


def alarms(source: Signs, now: Signs, tree: DecisionTree) -> list[str]:
    """What looks like a collapse, a sentence each; empty where nothing does.

    ``source`` are the signs of the source model over the source survey.
    """
    return [*_about_questions(source, now, tree), *_about_features(source, now)]


def _about_questions(source: Signs, now: Signs, tree: DecisionTree) -> Iterator[str]:
    for place, question in enumerate(tree.questions):
        columns, title = tree.columns(question), question.title
        before, share = source.share[columns], now.share[columns]
        largest = int(share.argmax())
        if share[largest] > _LARGEST_SHARE >= before[largest]:
            yield f"{title}: {share[largest]:.0%} of all answers are one and the same"
        moved = int(np.abs(share - before).argmax())
        if abs(share[moved] - before[moved]) > _MARGINAL:
            answer = question.words[moved]
            yield (
                f"{title}: {share[moved]:.0%} say {answer}, "
                f"{before[moved]:.0%} over the source"
            )
        if now.entropy[place] < _LEAST_ENTROPY * source.entropy[place]:
            yield f"{title}: answers are far less mixed than over the source"
        surer = now.sureness[place] / max(source.sureness[place], _NOBODY)
        if not 1 / _SURENESS <= surer <= _SURENESS:
            yield f"{title}: {surer:.1f} times as sure as over the source"


def _about_features(source: Signs, now: Signs) -> Iterator[str]:
    if now.rank < _LEAST_RANK * source.rank:
        yield (
            f"the features spread along {now.rank:.1f} directions, "
            f"{source.rank:.1f} over the source"
        )


def pair_alarms(before: Sequence[float], now: float) -> list[str]:
    """What looks wrong with how differently pairs are told, beside earlier epochs'."""
    least = min(before, default=np.inf)
    if now <= _MORE_DIFFERENT * least:
        return []
    return [
        "galaxies imaged by both surveys are told more differently than after an "
        f"earlier epoch: {now:.4f} from the source model, {least:.4f} then"
    ]


def label_alarms(
    shares: dict[str, float], centres: dict[str, dict[str, float]], tree: DecisionTree
) -> list[str]:
    """What looks wrong with an epoch's pseudo-labels, a sentence each."""
    none = [tree.words(label) for label, share in shares.items() if not share]
    round_about = [tree.words(k) for k, c in centres.items() if c["moved"] > 1]
    said = []
    if none:
        said.append(f"no galaxy is labelled {', '.join(none)}")
    if round_about:
        said.append(f"the centre of {', '.join(round_about)} has turned round")
    return said


def label_shares(labels: Tensor, tree: DecisionTree) -> dict[str, float]:
    """Share of all N galaxies that are pseudo-labelled (N, L) with each answer."""
    shares = labels.float().mean(dim=0).tolist()
    return {k: round(v, 5) for k, v in zip(tree.labels, shares, strict=True)}


def centre_distances(
    centres: Tensor, first: Tensor, tree: DecisionTree
) -> dict[str, dict[str, float]]:
    """Of each answer's unit centre (L, D), in cosine distance 1 − cos.

    ``moved`` is how far it lies from where it started (``first``), ``apart`` from the
    nearest other answer of its question. A centre moved by more than 1 has turned
    round.
    """
    moved = 1 - (centres * first).sum(dim=1)
    cosine = centres @ centres.T
    cosine.fill_diagonal_(-1.0)
    apart = [
        1 - cosine[columns, columns].max(dim=1).values
        for columns in map(tree.columns, tree.questions)
    ]
    distances = zip(moved.tolist(), [x for q in apart for x in q.tolist()], strict=True)
    return {
        label: {"moved": round(far, 4), "apart": round(near, 4)}
        for label, (far, near) in zip(tree.labels, distances, strict=True)
    }
