"""Painters of tidal tails, companions, foreground stars and artifacts."""

import math

import torch
from torch import Tensor

from data.simulation import profiles as light
from data.simulation.painting import smooth
from data.simulation.population import BAND, GHOST, STAR, STREAK
from data.simulation.scene import (
    CELL_ARCSEC,
    CELL_AREA,
    MIXED,
    WHITE,
    Grid,
    Parameters,
    coloured,
    flux,
    turned,
)

COMPANION_COLOUR = (0.68, 0.58)
# Bands affected by a flaw of one exposure: g, r or z alone, or all of them.
_AFFECTED = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.6, 1.0, 1.5))


def tails(p: Parameters, sky: Grid) -> Tensor:
    """One faint tidal tail for a minor disturbance, two bright ones for a major one."""
    start, angle = 1.15 * p["radius_arcsec"], p["disturbance_angle"]
    first = light.tail(sky.x, sky.y, start=start, angle=angle, hand=p["hand"])
    opposite = angle + math.pi
    second = light.tail(sky.x, sky.y, start=start, angle=opposite, hand=p["hand"])
    major = torch.sigmoid((p["disturbance"] - 0.7) * 15)
    fraction = (0.05 + 0.12 * p["disturbance"]) * p["tail_light"]
    brightness = fraction * (first + major * second) * flux(p)
    return coloured(brightness, MIXED, p["redness"] - 0.1)


def companion(p: Parameters, sky: Grid) -> Tensor:
    """A second galaxy overlapping the first."""
    away = p["companion_distance"] * p["radius_arcsec"]
    q = torch.full_like(away, 0.7)
    x = sky.x - away * torch.cos(p["companion_angle"])
    y = sky.y - away * torch.sin(p["companion_angle"])
    u, w = turned(x, y, p["bar_angle"])
    half_light = 0.6 * p["radius_arcsec"] * torch.sqrt(p["companion"])
    index = torch.full_like(q, 1.8)
    profile = light.sersic(light.radius(u, w / q), half_light, index, q)
    brightness = profile * CELL_AREA * flux(p) * p["companion"]
    return coloured(brightness, COMPANION_COLOUR, p["redness"])


def foreground_star(p: Parameters, sky: Grid) -> Tensor:
    """A star beside the galaxy, which volunteers do not take for a companion."""
    x = sky.x - p["star_distance"] * torch.cos(p["star_angle"])
    y = sky.y - p["star_distance"] * torch.sin(p["star_angle"])
    return coloured(_point(x, y) * flux(p) * p["star_flux"], WHITE, 4 * p["redness"])


def artifact(p: Parameters, sky: Grid) -> Tensor:
    """The flaw of each row on top of a faint galaxy."""
    light_of_flaw = sum(
        torch.where((p["flaw"] == flaw)[:, None], paint(p, sky), 0.0)
        for flaw, paint in _FLAWS.items()
    )
    return light_of_flaw * CELL_AREA + 0.25 * smooth(p, sky)


def _point(x: Tensor, y: Tensor) -> Tensor:
    """A star of flux 1, just wide enough to be sampled by the grid."""
    width = 1.2 * CELL_ARCSEC
    shape = torch.exp(-0.5 * (x**2 + y**2) / width**2)
    return shape * CELL_AREA / (2 * math.pi * width**2)


def _bright_star(p: Parameters, sky: Grid) -> Tensor:
    """A saturated star with diffraction spikes."""
    x, y = sky.x.abs(), sky.y.abs()
    spikes = torch.exp(-x / 3 - y / 0.12) + torch.exp(-y / 3 - x / 0.12)
    core = 1.2e4 * _point(sky.x, sky.y) / CELL_AREA
    return coloured((core + 60 * p["spikes"] * spikes) * p["flaw_strength"], WHITE)


def _streak(p: Parameters, sky: Grid) -> Tensor:
    """The trail of a satellite."""
    _, across = turned(sky.x, sky.y, p["angle"])
    offset = 1.5 * torch.cos(3 * p["angle"])
    trail = torch.exp(-0.5 * ((across - offset) / 0.45) ** 2)
    return _in_affected_bands(p, 8 * trail)


def _ghost(p: Parameters, sky: Grid) -> Tensor:
    """An out-of-focus reflection of a bright star: a disc with a central hole."""
    x = sky.x - 2 * torch.cos(p["angle"])
    r = light.radius(x, sky.y - 2 * torch.sin(p["angle"]))
    shape = torch.sigmoid((5.2 - r) * 5) * torch.sigmoid((r - 1.8) * 5)
    return coloured(1.3 * shape * p["flaw_strength"], WHITE)


def _band(p: Parameters, sky: Grid) -> Tensor:
    """A part of the image where the sky of an exposure was not subtracted."""
    _, across = turned(sky.x, sky.y, p["angle"])
    return _in_affected_bands(p, 0.7 * torch.sigmoid((across + 1.5) * 12))


def _in_affected_bands(p: Parameters, brightness: Tensor) -> Tensor:
    affected = torch.tensor(_AFFECTED)[p["texture"].flatten().long() % len(_AFFECTED)]
    return (brightness * p["flaw_strength"])[:, None] * affected[:, :, None, None]


_FLAWS = {STAR: _bright_star, STREAK: _streak, GHOST: _ghost, BAND: _band}
