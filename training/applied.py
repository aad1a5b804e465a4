"""A model applied as it is to galaxies: batch by batch, without gradients."""

from collections.abc import Iterator

import torch
from lightning_fabric import Fabric
from torch import Tensor

from training.config_parts import ImageConfig
from training.images import Galaxies, network_input
from training.model import GalaxyModel, concentration
from training.pixels import at_once, each


@torch.no_grad()
def features_of(
    fabric: Fabric, model: GalaxyModel, galaxies: Galaxies, image: ImageConfig
) -> Tensor:
    """(N, D) float32 features of all galaxies."""
    rows = torch.arange(len(galaxies))
    return torch.cat(list(_batches(fabric, model, galaxies, image, rows)))


@torch.no_grad()
def concentrations_of(
    fabric: Fabric,
    model: GalaxyModel,
    galaxies: Galaxies,
    image: ImageConfig,
    rows: Tensor,
) -> Tensor:
    """(N, L) concentrations of the galaxies of ``rows`` (N,)."""
    batches = _batches(fabric, model, galaxies, image, rows)
    return torch.cat([concentration(model.logits(features)) for features in batches])


def _batches(
    fabric: Fabric,
    model: GalaxyModel,
    galaxies: Galaxies,
    image: ImageConfig,
    rows: Tensor,
) -> Iterator[Tensor]:
    """(B, D) float32 features of the galaxies of ``rows``, without dropout."""
    model.train(False)
    device = galaxies.flux.device
    chunks = rows.to(device).split(at_once(galaxies.side, device))
    for flux in each(galaxies.flux, chunks):
        with fabric.autocast():
            features = model.features(network_input(flux, image))
        yield features.float()
