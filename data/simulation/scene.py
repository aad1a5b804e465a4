"""Grid, colours and galaxy axes used by all painters."""

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from morph.images.store_manifest import PIXSCALE_ARCSEC

OVERSAMPLING = 2
MARGIN = 4  # cutout pixels rendered beyond each edge, whose light is blurred inwards
CELL_ARCSEC = PIXSCALE_ARCSEC / OVERSAMPLING
CELL_AREA = CELL_ARCSEC**2  # square arcsec

# (g - r, r - z) of stellar populations, typical of nearby galaxies.
OLD, BARRED, MIXED, YOUNG = (0.9, 0.8), (0.7, 0.58), (0.5, 0.4), (0.2, 0.15)
WHITE = (0.55, 0.45)  # equal channels in the colour image of the viewer

Parameters = dict[str, Tensor]  # a population's columns, each (B, 1, 1)


@dataclass(frozen=True)
class Grid:
    """Cell centres in arcsec from the cutout's centre."""

    x: Tensor  # (N, N)
    y: Tensor


@cache
def grid(size: int) -> Grid:
    """The grid on which a cutout of ``size`` pixels is rendered."""
    cells = OVERSAMPLING * (size + 2 * MARGIN)
    axis = (torch.arange(cells) - (cells - 1) / 2) * CELL_ARCSEC
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    return Grid(x, y)


def flux(p: Parameters) -> Tensor:
    """Total r flux of a galaxy, nanomaggies."""
    return 10 ** ((22.5 - p["mag_r"]) / 2.5)


def coloured(
    brightness: Tensor, colour: tuple[float, float], redness: Tensor | float = 0.0
) -> Tensor:
    """(B, N, N) r light as (B, 3, N, N) g, r, z light."""
    blue = 10 ** (-0.4 * (colour[0] + redness))
    red = 10 ** (0.4 * (colour[1] + redness))
    return torch.stack([brightness * blue, brightness, brightness * red], 1)


def turned(x: Tensor, y: Tensor, angle: Tensor) -> tuple[Tensor, Tensor]:
    """Coordinates along and across a direction."""
    cos, sin = torch.cos(angle), torch.sin(angle)
    return cos * x + sin * y, cos * y - sin * x


def galaxy_axes(p: Parameters, sky: Grid) -> tuple[Tensor, Tensor]:
    """Coordinates along and across the long axis, distorted by a disturbance.

    The outskirts are displaced and warped relative to the centre, by up to half the
    half-light radius times the disturbance.
    """
    r2 = sky.x**2 + sky.y**2
    reach = 0.5 * p["disturbance"] * p["radius_arcsec"]
    shift = reach * r2 / (r2 + p["radius_arcsec"] ** 2)
    x = sky.x - shift * torch.cos(p["disturbance_angle"])
    y = sky.y - shift * torch.sin(p["disturbance_angle"])
    u, w = turned(x, y, p["angle"])
    return u, w - 0.6 * reach * torch.tanh(u / p["radius_arcsec"]) * u.abs() / (
        u.abs() + p["radius_arcsec"]
    )
