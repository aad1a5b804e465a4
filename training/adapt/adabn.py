"""AdaBN: batch-norm statistics of the target survey (Li et al. 2016)."""

import math

import numpy as np
import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from morph.errors import MorphError
from training.network.batch_norm import batch_norms
from training.network.checkpoints import FittedModel
from training.network.model import GalaxyModel
from training.pixels.galaxy_images import network_input
from training.surveys.context import Adaptation

_BATCH = 256


@torch.no_grad()
def adapt_batch_norm(given: Adaptation) -> None:
    """Replace the means and variances of every batch norm by the target's, in place.

    They are averaged over batches of a random sample: a sorted run of galaxies would
    leave one patch of sky in them.
    """
    model, card, target = given.model, given.card, given.target
    norms = batch_norms(model.encoder)
    check_batch_norm(model, card)
    order = np.random.default_rng(given.config.seed).permutation(len(target))
    rows = torch.from_numpy(order[: given.config.adabn.galaxies])
    model.to(given.fabric.device)
    momenta = [norm.momentum for norm in norms]
    _start_averaging(model, norms)
    # Of about the same size, for each counts as much as any other.
    parts = math.ceil(len(rows) / _BATCH)
    chunks = rows.to(target.flux.device).tensor_split(parts)
    for i, chunk in enumerate(chunks):
        given.run.progress(i, len(chunks), "batch-norm statistics of the target")
        if len(chunk) > 1:
            with given.fabric.autocast():
                model.features(network_input(target.flux[chunk], card.image))
    model.eval()
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum  # a fit that follows goes on as before


def check_batch_norm(model: GalaxyModel, card: FittedModel) -> None:
    """Raise MorphError if the model's encoder has nothing for AdaBN to adapt."""
    if not batch_norms(model.encoder):
        raise MorphError(
            f"the encoder {card.model.encoder!r} has no batch norm for AdaBN to adapt; "
            'let its features be standardised: put "standardise" in place of "adabn" '
            '(method "simulation+standardise" for "physical", '
            '"long_simulation+standardise" for "physical+", "standardise" for "fast")'
        )


def _start_averaging(model: nn.Module, norms: list[_BatchNorm]) -> None:
    model.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain average over all batches that follow
        norm.train()
