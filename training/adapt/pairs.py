"""Paired distillation on galaxies imaged by both surveys, without votes.

The adapted model learns to give the target image the source model's posterior of the
source image. Nothing is assumed about the difference between the surveys.
"""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from morph.errors import MorphError
from morph.runs.config_parts import FitConfig
from morph.trees.decision_tree import DecisionTree
from training.apply.forward import concentrations_of
from training.network.losses import (
    asked_probability,
    expected_fractions,
    question_columns,
)
from training.network.model import concentration
from training.pixels.galaxy_images import Galaxies
from training.survey_differences.adaptation_context import Adaptation, partners


def distil_pairs(setup: Adaptation) -> None:
    """Fit the model to the source model's posteriors of the same galaxies."""
    source, target, partner = read_pairs(setup)
    taught = concentrations_of(
        setup.fabric,
        setup.unadapted.to(setup.fabric.device),
        source,
        setup.card.image,
        torch.from_numpy(partner),
        of_source=True,
    )
    # Neither image may have too many bad pixels.
    rows = target.usable[np.isin(partner[target.usable], source.usable)]
    if not len(rows):
        raise MorphError(
            f"all {len(target):,} galaxies imaged by both surveys have too many bad "
            "pixels in one of them; name other stores in pairs.source_stores and "
            "pairs.target_stores"
        )
    config = setup.config.pairs.fit
    fit_to_posteriors(setup, "pairs", target, taught, config, rows=rows)


def fit_to_posteriors(
    setup: Adaptation,
    name: str,
    galaxies: Galaxies,
    taught: Tensor,
    config: FitConfig,
    *,
    rows: np.ndarray,
) -> None:
    """Fit the model, in place, to concentrations (N, L) of those ``rows`` (M,)."""

    def loss(logits: Tensor, some: Tensor, _done: float) -> tuple[Tensor, Tensor]:
        value = distillation_loss(taught[some], concentration(logits), setup.tree)
        return value, value

    task = setup.task(name, galaxies, config, loss)
    setup.fit(replace(task, choose_rows=lambda _epoch: rows))


def read_pairs(setup: Adaptation) -> tuple[Galaxies, Galaxies, np.ndarray]:
    """Both surveys' galaxies, and the source row (N,) of each target galaxy.

    MorphError if no pairs are configured, or a galaxy has no partner of its name.
    """
    config = setup.config.pairs
    if not (config.source_stores and config.target_stores):
        raise MorphError(
            "the method needs galaxies imaged by both surveys; name their cutout "
            "stores in pairs.source_stores and pairs.target_stores"
        )
    source, target = map(setup.galaxies, (config.source_stores, config.target_stores))
    partner = partners(source.index, target.index, "pairs")
    return source, target, partner


def distillation_loss(taught: Tensor, learnt: Tensor, tree: DecisionTree) -> Tensor:
    """Σ over questions of P(asked) KL(Dirichlet taught ‖ learnt), mean over galaxies.

    Of (B, L) concentrations α > 0; P(asked) is that of ``taught``.
    """
    asked = asked_probability(expected_fractions(taught, tree), tree)
    return (asked * dirichlet_divergence(taught, learnt, tree)).sum(dim=1).mean()


def dirichlet_divergence(first: Tensor, second: Tensor, tree: DecisionTree) -> Tensor:
    """(B, Q) KL(first ‖ second) of each question's Dirichlets, in nats.

    lnΓ(A) − lnΓ(B) + Σ_a lnΓ(β_a) − lnΓ(α_a) + (α_a − β_a)(ψ(α_a) − ψ(A))
    """
    columns = question_columns(tree, first.device).to(first.dtype)
    total, second_total = first @ columns, second @ columns
    centred = torch.digamma(first) - torch.digamma(total) @ columns.T
    answers = torch.lgamma(second) - torch.lgamma(first) + (first - second) * centred
    return torch.lgamma(total) - torch.lgamma(second_total) + answers @ columns
