"""The demonstration's galaxies as g, r, z light on an oversampled grid, before seeing.

Everything is float32 and batched: one call renders many galaxies of a population
(`data.demo_galaxies`), each kind by its own painter, on a grid twice as fine as the
cutout and a little wider, so that what lies beyond the edge can blur into it.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from data import demo_light as light
from data.demo_galaxies import (
    ARTIFACT,
    BAND,
    DISC,
    EDGE_ON,
    GHOST,
    SMOOTH,
    STAR,
    STREAK,
    TEXTURES,
)
from morph.cutouts import PIXSCALE_ARCSEC

OVERSAMPLING = 2
MARGIN = 4  # cutout pixels rendered beyond each edge
CELL_ARCSEC = PIXSCALE_ARCSEC / OVERSAMPLING
SECH2_HALF_LIGHT = 1.68  # half-light radius of an exponential disc, in scale lengths

# (g - r, r - z) of each kind of light, typical of nearby galaxies.
OLD, YOUNG, DISC_COLOUR, STELLAR = (0.82, 0.72), (0.22, 0.2), (0.55, 0.45), (0.6, 0.4)

Parameters = dict[str, Tensor]  # a population's columns, (B, 1, 1)


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


def render(galaxies: pd.DataFrame, size: int) -> Tensor:
    """(B, 3, N, N) nanomaggies per cell in g, r, z."""
    sky = grid(size)
    scene = torch.zeros(len(galaxies), 3, *sky.x.shape)
    kind = galaxies["kind"].to_numpy()
    for value, paint in PAINTERS.items():
        _add(scene, galaxies, kind == value, paint, sky)
    _add(scene, galaxies, galaxies["disturbance"].to_numpy() > 0.05, _tails, sky)
    _add(scene, galaxies, galaxies["companion"].to_numpy() > 0, _companion, sky)
    _add(scene, galaxies, galaxies["star_flux"].to_numpy() > 0, _foreground_star, sky)
    return scene


def _add(scene: Tensor, galaxies: pd.DataFrame, chosen: np.ndarray, paint, sky) -> None:
    """Add what ``paint`` draws for the chosen galaxies to the scene, in place."""
    rows = np.flatnonzero(chosen)
    if len(rows):
        p = {
            name: torch.as_tensor(column.to_numpy(np.float32)[rows, None, None])
            for name, column in galaxies.items()
        }
        scene[torch.as_tensor(rows)] += paint(p, sky)


def _flux(p: Parameters) -> Tensor:
    """Total r flux, nanomaggies."""
    return 10 ** ((22.5 - p["mag_r"]) / 2.5)


def _coloured(brightness: Tensor, colour: tuple[float, float], redness) -> Tensor:
    """(B, N, N) r light as (B, 3, N, N) g, r, z light."""
    blue = 10 ** (-0.4 * (colour[0] + redness))
    red = 10 ** (0.4 * (colour[1] + redness))
    return torch.stack([brightness * blue, brightness, brightness * red], 1)


def _own_axes(p: Parameters, sky: Grid) -> tuple[Tensor, Tensor]:
    """Coordinates along and across the long axis, bent where it is disturbed.

    The outskirts are displaced and warped against the centre by up to about the
    half-light radius times the disturbance.
    """
    r2 = sky.x**2 + sky.y**2
    reach = 0.5 * p["disturbance"] * p["radius_arcsec"]
    shift = reach * r2 / (r2 + p["radius_arcsec"] ** 2)
    x = sky.x - shift * torch.cos(p["disturbance_angle"])
    y = sky.y - shift * torch.sin(p["disturbance_angle"])
    cos, sin = torch.cos(p["angle"]), torch.sin(p["angle"])
    u, w = cos * x + sin * y, cos * y - sin * x
    return u, w - 0.6 * reach * torch.tanh(u / p["radius_arcsec"]) ** 2 * torch.sign(u)


def _smooth(p: Parameters, sky: Grid) -> Tensor:
    u, w = _own_axes(p, sky)
    q = p["axis_ratio"]
    # Radii of tables are circular ones; the long half-axis is larger by sqrt(q).
    long_axis = p["radius_arcsec"] / torch.sqrt(q)
    profile = light.sersic(light.radius(u, w / q), long_axis, p["sersic_index"], q)
    return _coloured(profile * CELL_ARCSEC**2 * _flux(p), OLD, p["redness"])


def _bulge(p: Parameters, u: Tensor, w: Tensor, scale: Tensor) -> Tensor:
    """A bulge rounder than its disc."""
    q = torch.sqrt(0.5 + 0.5 * p["axis_ratio"] ** 2)
    half_light = scale * (0.12 + 0.9 * p["bulge"])
    return light.sersic(light.radius(u, w / q), half_light, 1.2 + 2 * p["bulge"], q)


def _disc(p: Parameters, sky: Grid) -> Tensor:
    u, w = _own_axes(p, sky)
    q = p["axis_ratio"]
    scale = p["radius_arcsec"] / SECH2_HALF_LIGHT / torch.sqrt(q)
    in_plane = w / q
    r = light.radius(u, in_plane)
    turn_cos, turn_sin = torch.cos(p["bar_angle"]), torch.sin(p["bar_angle"])
    along, across = (
        turn_cos * u + turn_sin * in_plane,
        turn_cos * in_plane - turn_sin * u,
    )
    length = scale * (0.45 + 0.75 * p["bar"])
    bar = light.bar(along, across, length, length * (0.32 - 0.15 * p["bar"]), q)
    old_share, bar_share = p["bulge"] ** 2, 0.26 * p["bar"] * (1 - p["bulge"] ** 2)
    disc_share = 1 - old_share - bar_share
    disc = light.exponential(r, scale, q)
    arms = _arms(p, r, torch.atan2(across, along), scale)
    clear = torch.sigmoid(
        (r - torch.where(p["bar"] > 0, length, 0.5 * scale)) / (0.15 * scale)
    )
    spiral = p["arm_contrast"] * clear
    ring = light.ring(r, 1.6 * scale, 0.22 * scale, q) * p["ring"]
    unit = CELL_ARCSEC**2 * _flux(p)
    old = old_share * _bulge(p, u, w, scale) + bar_share * bar
    return (
        _coloured(old * unit, OLD, p["redness"])
        + _coloured(
            disc_share * disc * (1 - spiral) * (1 - p["ring"]) * unit,
            DISC_COLOUR,
            p["redness"],
        )
        + _coloured(
            disc_share * (disc * spiral * arms + ring) * unit, YOUNG, p["redness"]
        )
    )


def _arms(p: Parameters, r: Tensor, theta: Tensor, scale: Tensor) -> Tensor:
    """Logarithmic spiral arms: a factor whose mean around every circle is about 1."""
    texture = textures(r.shape[-1])[p["texture"].flatten().long()]
    winding = torch.log(r / scale) / torch.tan(torch.deg2rad(p["pitch"]))
    phase = p["arms"] * (theta - p["hand"] * winding - p["arm_phase"])
    phase = phase + (0.25 + 3.5 * p["arm_disorder"]) * texture[:, 0]
    sharpness = 2.6
    mean = float(torch.special.i0e(torch.tensor(sharpness)))
    clumps = 1 + (0.25 + 0.6 * p["arm_disorder"]) * texture[:, 1]
    return torch.exp(sharpness * (torch.cos(phase) - 1)) / mean * clumps.clamp(min=0)


@cache
def textures(cells: int) -> Tensor:
    """(TEXTURES, 2, N, N) smooth random patterns of mean 0 and variance 1."""
    rng = np.random.default_rng(20250131)
    coarse = rng.standard_normal((TEXTURES, 2, 14, 14), dtype=np.float32)
    fine = torch.nn.functional.interpolate(
        torch.as_tensor(coarse), size=(cells, cells), mode="bicubic", align_corners=True
    )
    return (fine - fine.mean((-2, -1), keepdim=True)) / fine.std((-2, -1), keepdim=True)


def _edge_on(p: Parameters, sky: Grid) -> Tensor:
    u, w = _own_axes(p, sky)
    scale = p["radius_arcsec"] * 0.72
    disc = light.edge_on_disc(u, w, scale, 0.16 * scale)
    power = 2 + 3.5 * p["boxiness"]
    area = light.superellipse_area(power)
    flat = 0.72
    r = light.superellipse_radius(u, w / flat, power)
    index = 2.2 - 1.6 * p["boxiness"]
    bulge = light.sersic(r, scale * (0.55 + 0.2 * p["boxiness"]), index, area * flat)
    unit = CELL_ARCSEC**2 * _flux(p)
    share = p["bulge"] ** 2
    return _coloured(share * bulge * unit, OLD, p["redness"]) + _coloured(
        (1 - share) * disc * unit, DISC_COLOUR, p["redness"]
    )


def _tails(p: Parameters, sky: Grid) -> Tensor:
    """One faint tail where the disturbance is minor, two bright ones where major."""
    start = 1.15 * p["radius_arcsec"]
    first = light.tail(
        sky.x,
        sky.y,
        start=start,
        angle=p["disturbance_angle"],
        hand=p["hand"],
        length=2.4,
    )
    second = light.tail(
        sky.x,
        sky.y,
        start=start,
        angle=p["disturbance_angle"] + math.pi,
        hand=p["hand"],
        length=2.4,
    )
    major = torch.sigmoid((p["disturbance"] - 0.7) * 15)
    share = 0.16 * p["disturbance"]
    brightness = share * (first + major * second) * _flux(p)
    return _coloured(brightness, DISC_COLOUR, p["redness"] - 0.1)


def _companion(p: Parameters, sky: Grid) -> Tensor:
    away = p["companion_distance"] * p["radius_arcsec"]
    dx = sky.x - away * torch.cos(p["companion_angle"])
    dy = sky.y - away * torch.sin(p["companion_angle"])
    cos, sin = torch.cos(p["bar_angle"]), torch.sin(p["bar_angle"])
    q = torch.full_like(p["angle"], 0.7)
    r = light.radius(cos * dx + sin * dy, (cos * dy - sin * dx) / q)
    half_light = 0.6 * p["radius_arcsec"] * torch.sqrt(p["companion"])
    profile = light.sersic(r, half_light, torch.full_like(q, 1.8), q)
    brightness = profile * CELL_ARCSEC**2 * _flux(p) * p["companion"]
    return _coloured(brightness, (0.68, 0.58), p["redness"])


def _point(sky: Grid, x: Tensor, y: Tensor) -> Tensor:
    """A star of flux 1, wide enough for the grid to sample."""
    width = 1.2 * CELL_ARCSEC
    shape = torch.exp(-0.5 * ((sky.x - x) ** 2 + (sky.y - y) ** 2) / width**2)
    return shape * CELL_ARCSEC**2 / (2 * math.pi * width**2)


def _foreground_star(p: Parameters, sky: Grid) -> Tensor:
    x = p["star_distance"] * torch.cos(p["star_angle"])
    y = p["star_distance"] * torch.sin(p["star_angle"])
    brightness = _point(sky, x, y) * _flux(p) * p["star_flux"]
    return _coloured(brightness, STELLAR, 4 * p["redness"])


def _artifact(p: Parameters, sky: Grid) -> Tensor:
    """What is not a galaxy: the flaw of each row, over a faint galaxy."""
    cos, sin = torch.cos(p["angle"]), torch.sin(p["angle"])
    w = cos * sky.y - sin * sky.x
    cell = CELL_ARCSEC**2
    strength = p["flaw_strength"]
    spikes = torch.exp(-sky.x.abs() / 3 - sky.y.abs() / 0.12) + torch.exp(
        -sky.y.abs() / 3 - sky.x.abs() / 0.12
    )
    star = (
        _point(sky, 0 * cos, 0 * cos) * 3e4 * strength + spikes * 60 * strength * cell
    )
    streak = torch.exp(-0.5 * ((w - 1.5 * cos) / 0.45) ** 2) * 12 * strength * cell
    ghost_r = light.radius(sky.x - 2 * cos, sky.y - 2 * sin)
    ghost = torch.sigmoid((5.2 - ghost_r) * 5) * torch.sigmoid((ghost_r - 1.8) * 5)
    ghost = ghost * 1.6 * strength * cell
    band = torch.sigmoid((w + 1.5) * 12) * 1.5 * strength * cell
    nothing = torch.zeros_like(w)
    tint = {
        STAR: torch.stack([0.7 * star, star, 1.3 * star], 1),
        STREAK: torch.stack([nothing, streak, nothing], 1),
        GHOST: torch.stack([0.8 * ghost, ghost, 1.1 * ghost], 1),
        BAND: torch.stack([band, nothing, nothing], 1),
    }
    flaw = sum((p["flaw"] == value)[:, None] * image for value, image in tint.items())
    return flaw + 0.25 * _smooth(p, sky)


PAINTERS = {SMOOTH: _smooth, DISC: _disc, EDGE_ON: _edge_on, ARTIFACT: _artifact}
