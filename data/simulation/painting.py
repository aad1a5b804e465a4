"""Painters of galaxies, tidal tails, companions, foreground stars and artifacts.

A painter takes the parameters of B galaxies and the grid, and returns their
(B, 3, N, N) g, r, z light in nanomaggies per cell.
"""

import math
from functools import cache

import numpy as np
import torch
from torch import Tensor

from data.simulation import profiles as light
from data.simulation.population import BAND, GHOST, STAR, STREAK, TEXTURES
from data.simulation.scene import (
    BARRED,
    CELL_ARCSEC,
    CELL_AREA,
    MIXED,
    OLD,
    WHITE,
    YOUNG,
    Grid,
    Parameters,
    coloured,
    flux,
    galaxy_axes,
    turned,
)

HALF_LIGHT_IN_SCALES = 1.678  # half-light radius of an exponential disc
FLATTENING = 0.72  # of an edge-on bulge
_TEXTURE_SEED, _TEXTURE_KNOTS, _CLUMP_KNOTS = 20250131, 14, 32
COMPANION_COLOUR = (0.68, 0.58)
# Bands affected by a flaw of one exposure: g, r or z alone, or all of them.
_AFFECTED = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.6, 1.0, 1.5))


def smooth(p: Parameters, sky: Grid) -> Tensor:
    """A Sersic profile; the half-light radius is circularised."""
    u, w = galaxy_axes(p, sky)
    q = p["axis_ratio"]
    long_axis = p["radius_arcsec"] / torch.sqrt(q)
    profile = light.sersic(light.radius(u, w / q), long_axis, p["sersic_index"], q)
    return coloured(profile * CELL_AREA * flux(p), OLD, p["redness"])


def disc(p: Parameters, sky: Grid) -> Tensor:
    """A disc with bulge, bar, arms and ring."""
    u, w = galaxy_axes(p, sky)
    q = p["axis_ratio"]
    scale = p["radius_arcsec"] / HALF_LIGHT_IN_SCALES / torch.sqrt(q)
    r = light.radius(u, w / q)
    along, across = turned(u, w / q, p["bar_angle"])
    length = scale * (0.55 + 0.9 * p["bar"]) * p["bar_length"]
    width = length * (0.33 - 0.17 * p["bar"]) * p["bar_width"]
    bulge_share = p["bulge"] ** 2
    bar_share = 0.32 * p["bar"] * p["bar_light"] * (1 - bulge_share)
    disc_share = 1 - bulge_share - bar_share
    bar = light.bar(along, across, length, width, q)
    inner = torch.where(p["bar"] > 0, length, 0.5 * scale)
    shown = p["arm_contrast"] * p["arm_shown"]
    spiral = shown * torch.sigmoid((r - inner) / (0.15 * scale))
    texture = textures(r.shape[-1])[p["texture"].flatten().long()]
    patches = _patches(p, r.shape[-1])
    evenly = light.exponential(r, scale, q) * (1 - p["ring"]) * patches
    arms = evenly * spiral * _arms(p, r, torch.atan2(across, along), scale, texture)
    ring_at, ring_width = p["ring_place"] * scale, p["ring_width"] * scale
    ring = light.ring(r, ring_at, ring_width, q) * p["ring"] * patches
    unit = CELL_AREA * flux(p)
    return (
        coloured(bulge_share * _bulge(p, u, w, scale) * unit, OLD, p["redness"])
        + coloured(bar_share * bar * unit, BARRED, p["redness"])
        + coloured(disc_share * evenly * (1 - spiral) * unit, MIXED, p["redness"])
        + coloured(disc_share * (arms + ring) * unit, YOUNG, p["redness"])
    )


def _bulge(p: Parameters, u: Tensor, w: Tensor, scale: Tensor) -> Tensor:
    """A bulge, rounder than its disc and larger the more light it has."""
    q = torch.sqrt(0.5 + 0.5 * p["axis_ratio"] ** 2)
    half_light = scale * (0.1 + 0.8 * p["bulge"])
    return light.sersic(light.radius(u, w / q), half_light, 1 + 1.2 * p["bulge"], q)


def _arms(
    p: Parameters, r: Tensor, theta: Tensor, scale: Tensor, texture: Tensor
) -> Tensor:
    """Logarithmic spiral arms: a factor with a mean of about 1 on every circle.

    exp(s (cos φ - 1)) / (e^-s I0(s)), where φ is the phase relative to a spiral of the
    pitch angle. Disorder perturbs φ and breaks the arms into pieces.
    """
    winding = torch.log(r / scale) / torch.tan(torch.deg2rad(p["pitch"]))
    phase = p["arms"] * (theta - p["hand"] * winding - p["arm_phase"])
    phase = phase + (p["arm_wander"] + 3.5 * p["arm_disorder"]) * texture[:, 0]
    clumps = 1 + (0.2 + 0.6 * p["arm_disorder"]) * texture[:, 1]
    narrow = p["arm_narrow"]
    mean = torch.special.i0e(narrow)
    return torch.exp(narrow * (torch.cos(phase) - 1)) / mean * clumps.clamp(0)


def _patches(p: Parameters, cells: int) -> Tensor:
    """Patchiness of the light: a factor with a mean of about 1."""
    finer = textures(cells, _CLUMP_KNOTS)[p["texture"].flatten().long(), 0]
    return (1 + p["clumps"] * finer).clamp(0)


@cache
def textures(cells: int, knots: int = _TEXTURE_KNOTS) -> Tensor:
    """(TEXTURES, 2, N, N) smooth random patterns with mean 0 and variance 1."""
    rng = np.random.default_rng(_TEXTURE_SEED)
    shape = (TEXTURES, 2, knots, knots)
    coarse = torch.as_tensor(rng.standard_normal(shape, dtype=np.float32))
    fine = torch.nn.functional.interpolate(
        coarse, size=(cells, cells), mode="bicubic", align_corners=True
    )
    return (fine - fine.mean((-2, -1), keepdim=True)) / fine.std((-2, -1), keepdim=True)


def edge_on(p: Parameters, sky: Grid) -> Tensor:
    """An edge-on disc with a cuspy round bulge or a flat box."""
    u, w = galaxy_axes(p, sky)
    scale = 0.72 * p["radius_arcsec"]
    height = 0.16 * scale
    thin = light.edge_on_disc(u, w, scale, height)
    lane = 1 - p["dust"] * torch.exp(-0.5 * (w / (0.4 * height)) ** 2)
    power = 2 + 3.5 * p["boxiness"]
    area = light.superellipse_area(power) * FLATTENING
    r = light.superellipse_radius(u, w / FLATTENING, power)
    half_light = scale * (0.55 + 0.2 * p["boxiness"])
    bulge = light.sersic(r, half_light, 2.2 - 1.6 * p["boxiness"], area)
    unit, share = CELL_AREA * flux(p), p["bulge"] ** 2
    return coloured(share * bulge * lane * unit, OLD, p["redness"]) + coloured(
        (1 - share) * thin * lane * unit, MIXED, p["redness"]
    )


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
