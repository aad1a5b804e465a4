"""Calibration of each question's posteriors on held-out votes.

A concentration α is replaced by s A softmax(ln(α/A) / T), A = Σα, with a scale s of the
total concentration and a temperature T of the fractions, both by maximum likelihood of
held-out votes (Guo et al. 2017, for a Dirichlet-multinomial).
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from morph.trees.decision_tree import DecisionTree, tree_called
from training.network.checkpoints import FittedModel
from training.network.losses import dirichlet_multinomial_nll
from training.network.model import GalaxyModel, concentration

Calibration = tuple[float, float]  # scale and temperature of one question

_LEAST_GALAXIES = 50  # with votes on a question; with fewer it is not calibrated
_MOST = math.log(20.0)  # largest absolute logarithm of either
_LEAST = 1e-3  # of a concentration, which could underflow to 0
_STEPS = 100


def calibrated(
    alpha: Tensor, calibration: Sequence[Calibration], tree: DecisionTree
) -> Tensor:
    """(B, L) calibrated concentrations; an empty ``calibration`` changes nothing."""
    if not calibration:
        return alpha
    parts = []
    for question, (scale, temperature) in zip(tree.questions, calibration, strict=True):
        answers = alpha[:, tree.columns(question)]
        total = answers.sum(dim=1, keepdim=True)
        fraction = torch.softmax((answers / total).log() / temperature, dim=1)
        parts.append((scale * total * fraction).clamp(min=_LEAST))
    return torch.cat(parts, dim=1)


def calibrated_posteriors(
    model: GalaxyModel, card: FittedModel, features: Tensor
) -> Tensor:
    """(B, L) calibrated concentrations for (B, D) features."""
    alpha = concentration(model.logits(features))
    return calibrated(alpha, card.calibration, tree_called(card.tree))


def fit_calibration(
    alpha: Tensor, votes: Tensor, tree: DecisionTree
) -> tuple[Calibration, ...]:
    """The calibration of each question, from galaxies outside the training set.

    A question keeps (1, 1) if few galaxies have votes on it, or if two-fold cross-
    validation (on odd and even rows) shows no gain in likelihood.
    """
    alpha, votes = alpha.double().cpu(), votes.double().cpu()
    calibration = []
    for question in tree.questions:
        columns = tree.columns(question)
        alone = DecisionTree(question.name, (replace(question, asked_after=()),))
        answered = votes[:, columns].sum(dim=1) > 0
        pair = alpha[answered][:, columns], votes[answered][:, columns]
        better = answered.sum() >= _LEAST_GALAXIES and _helps(*pair, alone)
        calibration.append(_fit(*pair, alone) if better else (1.0, 1.0))
    return tuple(calibration)


def _helps(alpha: Tensor, votes: Tensor, tree: DecisionTree) -> bool:
    """Whether calibrating on one half makes the other half more probable."""
    gain = 0.0
    for half in range(2):
        rows = torch.arange(len(alpha)) % 2 == half
        fitted = _fit(alpha[rows], votes[rows], tree)
        gain += _nats(alpha[~rows], votes[~rows], tree)
        gain -= _nats(calibrated(alpha[~rows], [fitted], tree), votes[~rows], tree)
    return gain > 0


def _fit(alpha: Tensor, votes: Tensor, tree: DecisionTree) -> Calibration:
    logs = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [logs], max_iter=_STEPS, line_search_fn="strong_wolfe"
    )

    def cost() -> Tensor:
        optimizer.zero_grad()
        scale, temperature = logs.clamp(-_MOST, _MOST).exp()
        parts = calibrated(alpha, [(scale, temperature)], tree)
        value = dirichlet_multinomial_nll(parts, votes, tree).mean()
        value.backward()
        return value

    optimizer.step(cost)
    scale, temperature = logs.detach().clamp(-_MOST, _MOST).exp().tolist()
    return scale, temperature


@torch.no_grad()
def _nats(alpha: Tensor, votes: Tensor, tree: DecisionTree) -> float:
    return dirichlet_multinomial_nll(alpha, votes, tree).sum().item()
