"""Apply a model to galaxies, without gradients."""

from collections.abc import Iterator
from contextlib import nullcontext

import torch
from lightning_fabric import Fabric
from torch import Tensor

from morph.runs.config_parts import ImageConfig
from training.network.batch_norm import reading_source
from training.network.model import GalaxyModel, concentration
from training.pixels.galaxy_images import Galaxies, network_input
from training.pixels.on_disk import at_once, each


@torch.no_grad()
def features_of(
    fabric: Fabric,
    model: GalaxyModel,
    galaxies: Galaxies,
    image: ImageConfig,
    *,
    of_source: bool = False,
) -> Tensor:
    """(N, D) float32 features of all galaxies.

    ``of_source`` uses the source's batch-norm statistics, if the model keeps two sets.
    """
    rows = torch.arange(len(galaxies))
    with reading_source(model) if of_source else nullcontext():
        return torch.cat(list(_batches(fabric, model, galaxies, image, rows)))


@torch.no_grad()
def concentrations_of(
    fabric: Fabric,
    model: GalaxyModel,
    galaxies: Galaxies,
    image: ImageConfig,
    rows: Tensor,
    *,
    of_source: bool = False,
) -> Tensor:
    """(N, L) concentrations of the galaxies of ``rows`` (N,); see `features_of`."""
    with reading_source(model) if of_source else nullcontext():
        batches = _batches(fabric, model, galaxies, image, rows)
        return torch.cat([concentration(model.logits(z)) for z in batches])


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
    chunks = rows.to(device).split(at_once(model.recipe.side(galaxies.side), device))
    for flux in each(galaxies.flux, chunks):
        with fabric.autocast():
            features = model.features(network_input(flux, image))
        yield features.float()
