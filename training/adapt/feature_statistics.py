"""Adaptation without learning: batch-norm and feature statistics of the target.

AdaBN (Li et al. 2016) replaces the statistics of every batch norm. Standardising does
the same once, between encoder and head, and so needs no batch norm: every feature of
the target gets the mean and standard deviation that it has over the source. Either
also removes differences between the two populations.
"""

import math

import numpy as np
import torch
from torch import Tensor

from morph.errors import MorphError
from training.network.batch_norm import batch_norms, reading_source
from training.network.checkpoints import FittedModel
from training.network.model import GalaxyModel
from training.pixels.galaxy_images import Galaxies, network_input
from training.pixels.on_disk import at_once
from training.survey_differences.adaptation_context import Adaptation

_BATCH = 256
_MIN_SPREAD = 1e-6


@torch.no_grad()
def adapt_batch_norm(setup: Adaptation) -> None:
    """Replace the means and variances of every batch norm by the target's, in place.

    They are averaged over batches of a random sample: consecutive galaxies may all
    come from one part of the sky.
    """
    model, card, target = setup.model, setup.card, setup.target
    norms = batch_norms(model.encoder)
    check_batch_norm(model, card)
    rows = _sample(setup, target)
    model.to(setup.fabric.device).train(False)
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain average over all following batches
        norm.train()
    # Batches of about the same size, because each has the same weight.
    chunks = rows.tensor_split(math.ceil(len(rows) / _BATCH))
    for i, chunk in enumerate(chunks):
        setup.run.progress(i, len(chunks), "batch-norm statistics of the target")
        if len(chunk) > 1:
            with setup.fabric.autocast():
                model.features(network_input(target.flux[chunk], card.image))
    model.eval()
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum  # a later fit updates the statistics as before


def check_batch_norm(model: GalaxyModel, card: FittedModel) -> None:
    """Raise MorphError if the model's encoder has no batch norm."""
    if not batch_norms(model.encoder):
        raise MorphError(
            f"the encoder {card.model.encoder!r} has no batch norm for AdaBN to adapt; "
            'standardise its features: put "standardise" in place of "adabn" '
            '(method "simulation+standardise" for "physical", '
            '"long_simulation+standardise" for "physical+", "standardise" for "fast")'
        )


@torch.no_grad()
def standardise_features(setup: Adaptation) -> None:
    """Give target features the source's mean and standard deviation, in place."""
    source = setup.galaxies(setup.config.source_stores)
    setup.model.to(setup.fabric.device).train(False)
    with reading_source(setup.model):
        source_mean, source_std = _moments(setup, source)
    mean, std = _moments(setup, setup.target)
    gain = stretch(source_std, std)
    setup.model.restyle(gain, source_mean - gain * mean)


def stretch(source: Tensor, target: Tensor) -> Tensor:
    """(D,) factors from the target's to the source's standard deviations.

    The factor of a feature that does not vary in the target is 0.
    """
    constant = target < _MIN_SPREAD
    return torch.where(constant, 0, source / target.clamp(min=_MIN_SPREAD))


def _moments(setup: Adaptation, galaxies: Galaxies) -> tuple[Tensor, Tensor]:
    """(D,) mean and standard deviation of the features of a random sample."""
    rows = _sample(setup, galaxies)
    side = setup.model.recipe.side(galaxies.side)
    chunks = rows.split(at_once(side, rows.device))
    features = []
    for i, chunk in enumerate(chunks):
        setup.run.progress(i, len(chunks), "mean and spread of the features")
        with setup.fabric.autocast():
            images = network_input(galaxies.flux[chunk], setup.card.image)
            features.append(setup.model.features(images).float())
    together = torch.cat(features)
    return together.mean(dim=0), together.std(dim=0)


def _sample(setup: Adaptation, galaxies: Galaxies) -> Tensor:
    """Rows of ``adabn.galaxies`` random galaxies, on the device of their pixels."""
    order = np.random.default_rng(setup.config.seed).permutation(galaxies.usable)
    rows = torch.from_numpy(order[: setup.config.adabn.galaxies])
    return rows.to(galaxies.flux.device)
