"""Painters of galaxies: smooth, disc with bulge, bar, arms and ring, edge-on.

A painter takes the parameters of B galaxies and the grid, and returns their
(B, 3, N, N) g, r, z light in nanomaggies per cell.
"""

from functools import cache

import numpy as np
import torch
from torch import Tensor

from data.simulation import profiles as light
from data.simulation.population import TEXTURES
from data.simulation.scene import (
    BARRED,
    CELL_AREA,
    MIXED,
    OLD,
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
