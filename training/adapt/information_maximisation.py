"""SHOT-style information maximisation on the target alone (Liang et al. 2020).

Lowers the entropy of each galaxy's expected fractions and raises that of their mean
over the batch; the head is fixed. True vote fractions are not certain, so this is a
baseline for comparison.
"""

import numpy as np
import torch
from torch import Tensor, nn

from morph.posterior.tree import DecisionTree
from training.fit.loop import Fit, fit
from training.network.losses import asked_probability, expected_fractions
from training.network.model import concentration
from training.pixels.augment import augmented_input
from training.pixels.random_draws import Draws
from training.surveys.context import Adaptation, itself


def maximise_information(given: Adaptation) -> None:
    """Fit the encoder on target images, in place."""
    config, model, target = given.config.information.fit, given.model, given.target
    model.classifier.requires_grad_(False)
    rows = np.arange(len(target))

    def loss(
        module: nn.Module, rows: Tensor, drawn: Draws, _done: float
    ) -> tuple[Tensor, Tensor]:
        image, augment = given.card.image, config.augment
        logits = module(augmented_input(target.flux[rows], image, augment, drawn))
        value = information_loss(concentration(logits), given.tree)
        return value, value.detach()

    seed = given.config.seed
    task = Fit("information", lambda *_: rows, loss, config, seed, galaxies=target)
    fit(given.run, given.fabric, model, given.judged(task, itself))
    model.classifier.requires_grad_(True)


def information_loss(alpha: Tensor, tree: DecisionTree) -> Tensor:
    """Σ over questions of E[H(ρ)] − H(E[ρ]), in nats, weighted by P(asked).

    Parameters
    ----------
    alpha : (B, L) tensor
        Concentrations; ρ = α / Σα.
    """
    fraction = expected_fractions(alpha, tree)
    asked = asked_probability(fraction.detach(), tree)
    total = alpha.new_zeros(())
    for i, question in enumerate(tree.questions):
        own, weight = fraction[:, tree.columns(question)], asked[:, i]
        weight = weight / weight.sum().clamp(min=1e-6)
        mean = (weight[:, None] * own).sum(dim=0)
        total = total + (weight * _entropy(own)).sum() - _entropy(mean)
    return total


def _entropy(fraction: Tensor) -> Tensor:
    """Entropy along the last axis, in nats."""
    return -torch.special.xlogy(fraction, fraction).sum(dim=-1)
