"""Whether galaxies that looked alike to the source model are still told alike.

What a galaxy's neighbours are is read once, from the features of the source model as it
is. A model that tears them apart has lost what it knew of galaxies; one that says the
same of ever more of them is on its way to a collapse.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from morph.posterior.dirichlet import asked_probability, expected_probability
from morph.posterior.tree import DecisionTree

_MOST = 2048  # galaxies compared: it takes the square of their number
_NEIGHBOURS = 10
_DRIFT = 0.1
_NOBODY = 1e-9


@dataclass(frozen=True)
class Neighbours:
    """Of every ``step``-th galaxy, which of them are nearest, and how alike they are.

    ``agreement`` is that of the source model as it is.
    """

    step: int
    nearest: np.ndarray  # (M, k) rows among those galaxies
    agreement: float


def read_neighbours(
    alpha: np.ndarray, features: Tensor, tree: DecisionTree
) -> Neighbours:
    """Of the source model's concentrations (N, L) and features (N, D)."""
    step = -(-len(features) // _MOST)
    nearest = nearest_rows(features[::step], _NEIGHBOURS)
    return Neighbours(step, nearest, agreement(alpha[::step], nearest, tree))


def nearest_rows(features: Tensor, count: int) -> np.ndarray:
    """(M, k) rows of the ``count`` others (fewer if there are not) that are nearest.

    By the distance of (M, D) features, each divided by its spread.
    """
    spread = features.std(dim=0)
    unit = torch.where(spread > 0, features / spread.clamp(min=1e-12), 0)
    distance = torch.cdist(unit, unit)
    distance.fill_diagonal_(torch.inf)
    nearest = distance.topk(min(count, len(unit) - 1), largest=False).indices
    return nearest.cpu().numpy()


def agreement(alpha: np.ndarray, nearest: np.ndarray, tree: DecisionTree) -> float:
    """How often a galaxy's likeliest answer is its neighbour's, from 0 to 1.

    Mean over questions; a pair of (M, L) concentrations counts by the probability that
    both galaxies are asked.
    """
    share = expected_probability(alpha, tree)
    asked = asked_probability(share, tree)
    found = []
    for place, question in enumerate(tree.questions):
        likeliest = share[:, tree.columns(question)].argmax(axis=1)
        weight = asked[:, place, None] * asked[nearest, place]
        if weight.sum() > _NOBODY:
            same = likeliest[:, None] == likeliest[nearest]
            found.append((weight * same).sum() / weight.sum())
    return float(np.mean(found))


def now_agreeing(before: Neighbours, alpha: np.ndarray, tree: DecisionTree) -> float:
    """`agreement` of an adapted model's concentrations (N, L) of the same galaxies."""
    return agreement(alpha[:: before.step], before.nearest, tree)


def neighbour_alarms(before: Neighbours, now: float) -> list[str]:
    """What looks wrong with how alike neighbours are told, a sentence each."""
    if abs(now - before.agreement) <= _DRIFT:
        return []
    change = "less" if now < before.agreement else "more"
    return [
        f"galaxies that look alike to the source model are told alike {change} often "
        f"than before: neighbours share {now:.0%} of their answers, "
        f"{before.agreement:.0%} before"
    ]
