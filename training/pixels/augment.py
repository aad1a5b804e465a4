"""Augmentation by rotation, reflection, shift and zoom.

No shear or stretch of one axis: both change a galaxy's axis ratio.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from morph.runs.config_parts import AugmentConfig, ImageConfig
from training.pixels.galaxy_images import network_input
from training.pixels.random_draws import Draws


def augmented_input(
    flux: Tensor, image: ImageConfig, config: AugmentConfig, drawn: Draws
) -> Tensor:
    """The model's input for (B, 3, S, S) fluxes, augmented."""
    return augmented(network_input(flux, image), config, drawn)


def augmented(images: Tensor, config: AugmentConfig, drawn: Draws) -> Tensor:
    """(B, C, S, S) images, each transformed at random.

    With quarter turns or none, the pixels of images that are not zoomed are only moved.
    Anything else interpolates, which smooths noise that the images to be predicted
    have.
    """
    turned = config.turn != "none"
    if not (turned or config.shift or config.zoom):
        return images
    batch, size = len(images), images.shape[-1]

    quarter = config.turn != "any"
    exact = quarter and config.zoom == 0
    angle = 2 * math.pi * drawn.uniform(batch)
    if config.turn == "quarter":
        angle = torch.floor(4 * drawn.uniform(batch)) * (math.pi / 2)
    scale = torch.exp(config.zoom * (2 * drawn.uniform(batch) - 1))
    if config.zoom and config.zoomed < 1:
        scale = torch.where(drawn.uniform(batch) < config.zoomed, scale, 1.0)
    mirror = torch.where(drawn.uniform(batch) < 0.5, -1.0, 1.0)
    if not turned:
        angle, mirror = torch.zeros_like(angle), torch.ones_like(mirror)
    shift = config.shift * (2 * drawn.uniform(batch, 2) - 1)
    if quarter:
        shift = torch.where((scale == 1)[:, None], shift.round(), shift)
    grid = F.affine_grid(
        _affine(angle, scale, mirror, shift * 2 / size),
        list(images.shape),
        align_corners=False,
    )
    return F.grid_sample(
        images,
        grid.to(images.dtype),
        mode="nearest" if exact else "bilinear",
        padding_mode="reflection",
        align_corners=False,
    )


def _affine(angle: Tensor, scale: Tensor, mirror: Tensor, shift: Tensor) -> Tensor:
    """(B, 2, 3) matrices from output to input pixel coordinates."""
    cosine, sine = torch.cos(angle) * scale, torch.sin(angle) * scale
    first = torch.stack([cosine, -sine * mirror, shift[:, 0]], dim=1)
    second = torch.stack([sine, cosine * mirror, shift[:, 1]], dim=1)
    return torch.stack([first, second], dim=1)
