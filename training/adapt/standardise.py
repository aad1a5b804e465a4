"""Feature standardising: AdaBN's idea for encoders without batch norm.

Every feature of the target is shifted and stretched to the mean and spread it has over
the source, between encoder and head. Population differences are absorbed too.
"""

import numpy as np
import torch
from torch import Tensor

from training.network.batch_norm import reading_source
from training.pixels.galaxy_images import Galaxies, network_input
from training.pixels.on_disk import at_once
from training.surveys.context import Adaptation

_LEAST_SPREAD = 1e-6


@torch.no_grad()
def standardise_features(given: Adaptation) -> None:
    """Let the model give target features the source's mean and spread, in place."""
    source = given.galaxies(given.config.source_stores)
    given.model.to(given.fabric.device).train(False)
    with reading_source(given.model):
        wanted = _moments(given, source)
    found = _moments(given, given.target)
    gain = stretch(wanted[1], found[1])
    given.model.restyle(gain, wanted[0] - gain * found[0])


def stretch(wanted: Tensor, found: Tensor) -> Tensor:
    """(D,) factors from the spreads ``found`` to those ``wanted``.

    A feature that does not vary has no spread to stretch; it becomes a constant.
    """
    still = found < _LEAST_SPREAD
    return torch.where(still, 0, wanted / found.clamp(min=_LEAST_SPREAD))


def _moments(given: Adaptation, galaxies: Galaxies) -> tuple[Tensor, Tensor]:
    """Mean and spread (D,) of the features of a random sample of galaxies."""
    order = np.random.default_rng(given.config.seed).permutation(len(galaxies))
    rows = torch.from_numpy(order[: given.config.adabn.galaxies])
    device = galaxies.flux.device
    chunks = rows.to(device).split(at_once(galaxies.side, device))
    features = []
    for i, chunk in enumerate(chunks):
        given.run.progress(i, len(chunks), "means and spreads of the features")
        with given.fabric.autocast():
            pictures = network_input(galaxies.flux[chunk], given.card.image)
            features.append(given.model.features(pictures).float())
    together = torch.cat(features)
    return together.mean(dim=0), together.std(dim=0)
