"""Adaptation without learning: batch-norm and feature statistics of the target.

AdaBN (Li et al. 2016) replaces the statistics of every batch norm. Standardising does
the same once, between encoder and head, and so needs no batch norm: every feature of
the target gets the mean and standard deviation that it has over the source. Either
also removes differences between the two populations. AdaBN removes less of these, if
source galaxies as the target sees them are given with weights that make them the
target's population, and as far as these are right (`matched_moments`).
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from morph.errors import MorphError
from training.network.batch_norm import batch_norms, reading_source
from training.network.checkpoints import FittedModel
from training.network.model import GalaxyModel
from training.pixels.galaxy_images import Galaxies, network_input
from training.pixels.on_disk import at_once
from training.survey_differences.adaptation_context import Adaptation

_BATCH = 256
_MIN_SPREAD = 1e-6
_LARGEST_RATIO = 4.0  # of the variances of two populations


@torch.no_grad()
def adapt_batch_norm(setup: Adaptation) -> None:
    """Replace the means and variances of every batch norm by the target's, in place.

    They are averaged over batches of a random sample: consecutive galaxies may all
    come from one part of the sky. With ``adabn.population`` "source", if the target has
    another population and there are mock observations, they stand for the source's
    population: see `matched_moments`. MorphError without batch norms.
    """
    model, card, target = setup.model, setup.card, setup.target
    check_batch_norm(model, card)
    rows, source = _sample(setup, target), None
    if setup.config.adabn.population == "source":
        source = setup.population
    model.to(setup.fabric.device).train(False)
    # Batches of about the same size, because each has the same weight.
    chunks = rows.tensor_split(math.ceil(len(rows) / _BATCH))
    drawn = np.random.default_rng([setup.config.seed, 1])
    with _collecting(model) as weights:
        for i, chunk in enumerate(chunks):
            setup.run.progress(i, len(chunks), "batch-norm statistics of the target")
            if len(chunk) < 2:
                continue
            flux = target.flux[chunk]
            weights.clear()
            if source is not None:
                galaxies, weight = source
                some = torch.from_numpy(drawn.integers(len(galaxies), size=_BATCH))
                some = some.to(flux.device)
                flux = torch.cat([flux, galaxies.flux[some].to(flux.dtype)])
                weights.append(weight[some])
            with setup.fabric.autocast():
                model.features(network_input(flux, card.image))


@contextmanager
def _collecting(model: GalaxyModel) -> Iterator[list[Tensor]]:
    """Make every batch norm use the moments of each batch, and in the end their mean.

    The list yielded holds the weights of the source galaxies at the end of the next
    batch, if it has any.
    """
    norms, weights = batch_norms(model.encoder), []
    found: dict[nn.Module, list[tuple[Tensor, Tensor]]] = {norm: [] for norm in norms}

    def before(norm: nn.Module, inputs: tuple[Tensor]) -> None:
        moments = matched_moments(inputs[0], weights[0] if weights else None)
        found[norm].append(moments)
        norm.running_mean.copy_(moments[0])
        norm.running_var.copy_(moments[1])

    hooks = [norm.register_forward_pre_hook(before) for norm in norms]
    try:
        yield weights
    finally:
        for hook in hooks:
            hook.remove()
    for norm, moments in found.items():
        means, variances = zip(*moments, strict=True)
        norm.running_mean.copy_(torch.stack(means).mean(dim=0))
        norm.running_var.copy_(torch.stack(variances).mean(dim=0))


def matched_moments(
    values: Tensor, weight: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """(C,) means and variances of a batch norm's input (B, C, ...), as float32.

    Without ``weight``, those of the batch. With weights (M,), the last M rows are
    source galaxies as the target sees them, weighted to the target's population. The
    moments then estimate what the other rows would have with the source's population:
    the mean plus the difference that the weights make, the variance times their ratio,
    which is kept within a factor of ``_LARGEST_RATIO``.
    """
    if weight is None:
        return _moments_of(values.float())
    own, source = values.float().split([len(values) - len(weight), len(weight)])
    mean, variance = _moments_of(own)
    whole, whole_variance = _moments_of(source)
    some, some_variance = _moments_of(source, weight)
    ratio = whole_variance / some_variance.clamp(min=_MIN_SPREAD**2)
    ratio = ratio.clamp(1 / _LARGEST_RATIO, _LARGEST_RATIO)
    return mean + whole - some, variance * ratio


def _moments_of(values: Tensor, weight: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """(C,) weighted means and variances of (B, C, ...) values."""
    if weight is None:
        weight = values.new_ones(len(values))
    flat = values.flatten(2) if values.ndim > 2 else values[..., None]
    share = (weight / (weight.sum() * flat.shape[2])).to(flat.dtype)[:, None, None]
    mean = (share * flat).sum(dim=(0, 2))
    return mean, (share * (flat - mean[:, None]).square()).sum(dim=(0, 2))


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
    """Give target features the source's mean and standard deviation, in place.

    Both are of ``adabn.galaxies`` random galaxies; a feature that does not vary in the
    target becomes constant.
    """
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
