"""SHOT-style information maximisation on the target alone (Liang et al. 2020).

Lowers the entropy of each galaxy's expected fractions and raises that of their mean
over the batch; the head is fixed. True vote fractions are not certain, so this is a
baseline for comparison.
"""

import torch
from torch import Tensor

from morph.trees.decision_tree import DecisionTree
from training.network.losses import asked_probability, expected_fractions
from training.network.model import concentration
from training.survey_differences.adaptation_context import Adaptation


def maximise_information(setup: Adaptation) -> None:
    """Fit the encoder on target images, in place."""

    def loss(logits: Tensor, _rows: Tensor, _done: float) -> tuple[Tensor, Tensor]:
        value = information_loss(concentration(logits), setup.tree)
        return value, value

    config = setup.config.information.fit
    setup.model.classifier.requires_grad_(False)
    setup.fit(setup.task("information", setup.target, config, loss))
    setup.model.classifier.requires_grad_(True)


def information_loss(alpha: Tensor, tree: DecisionTree) -> Tensor:
    """Σ over questions of E[H(ρ)] − H(E[ρ]), in nats, weighted by P(asked).

    ρ = α / Σα of (B, L) concentrations.
    """
    fraction = expected_fractions(alpha, tree)
    asked = asked_probability(fraction.detach(), tree)
    total = alpha.new_zeros(())
    for i, question in enumerate(tree.questions):
        answers, weight = fraction[:, tree.columns(question)], asked[:, i]
        weight = weight / weight.sum().clamp(min=1e-6)
        mean = (weight[:, None] * answers).sum(dim=0)
        total = total + (weight * _entropy(answers)).sum() - _entropy(mean)
    return total


def _entropy(fraction: Tensor) -> Tensor:
    """Entropy along the last axis, in nats."""
    return -torch.special.xlogy(fraction, fraction).sum(dim=-1)
