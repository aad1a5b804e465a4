"""SHOT-style information maximisation on the target alone (Liang et al. 2020).

Each galaxy's answers should be sure, and all answers be given: the entropy of a
galaxy's expected fractions falls, that of their mean over the batch rises. The head is
fixed. Vote fractions are not sure by nature, so this is a rival to measure, no default.
"""

import numpy as np
import torch
from torch import Tensor, nn

from morph.posterior.tree import DecisionTree
from training.fit.loop import Fit, fit
from training.network.model import concentration
from training.network.posteriors import asked_share, expected_fractions
from training.pixels.augment import augmented
from training.pixels.galaxy_images import network_input
from training.pixels.random_draws import Draws
from training.surveys.context import Adaptation, itself


def maximise_information(given: Adaptation) -> None:
    """Fit the encoder on target pictures, in place."""
    config, model, target = given.config.information.fit, given.model, given.target
    model.classifier.requires_grad_(False)
    rows = np.arange(len(target))

    def loss(
        module: nn.Module, rows: Tensor, drawn: Draws, _done: float
    ) -> tuple[Tensor, Tensor]:
        pictures = network_input(target.flux[rows], given.card.image)
        logits = module(augmented(pictures, config.augment, drawn))
        value = information_loss(concentration(logits), given.tree)
        return value, value.detach()

    seed = given.config.seed
    task = Fit("information", lambda *_: rows, loss, config, seed, galaxies=target)
    fit(given.run, given.fabric, model, given.judged(task, itself))
    model.classifier.requires_grad_(True)


def information_loss(alpha: Tensor, tree: DecisionTree) -> Tensor:
    """Σ over questions of E[H(ρ)] − H(E[ρ]), in nats, galaxies by their chance asked.

    Parameters
    ----------
    alpha : (B, L) tensor
        Concentrations; their means ρ = α / Σα are what is made sure.
    """
    share = expected_fractions(alpha, tree)
    asked = asked_share(share.detach(), tree)
    total = alpha.new_zeros(())
    for place, question in enumerate(tree.questions):
        own, weight = share[:, tree.columns(question)], asked[:, place]
        weight = weight / weight.sum().clamp(min=1e-6)
        mean = (weight[:, None] * own).sum(dim=0)
        total = total + (weight * _entropy(own)).sum() - _entropy(mean)
    return total


def _entropy(share: Tensor) -> Tensor:
    """Entropy along the last axis, in nats; torch's own xlogy is 0 at 0."""
    return -torch.special.xlogy(share, share).sum(dim=-1)
