"""Noise, PSF and colour of a survey, measured from its images alone.

For the survey as a whole and locally: neighbours on the sky were observed on the same
nights, so properties that their images share are the survey's.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from scipy.spatial import cKDTree
from torch import Tensor

from morph.errors import MorphError
from training.pixels.galaxy_images import Galaxies
from training.pixels.on_disk import MappedPixels
from training.survey_differences.noise import noise_level, noise_power
from training.survey_differences.seeing import extra_blur, ring_powers

_NEIGHBOURS = 24  # galaxies of a local measurement
_FEWEST = 64
_SOME = 8192  # galaxies measured of a survey on disk
_FEWEST_FULL = 8  # saturated pixels: all have the same largest flux


@dataclass(frozen=True)
class SurveyLook:
    """Noise, PSF and colour of a survey; bands in the order g, r, z."""

    flux: Tensor | MappedPixels  # (N, 3, S, S) the survey's images
    noise_power: Tensor  # (3, S, S) of noise with a variance of 1
    noise: Tensor  # (N, 3) standard deviation around each galaxy, nanomaggies
    blur: Tensor  # (N, 3) local excess blur, see training.survey_differences.seeing
    rings: tuple[Tensor, Tensor]  # power of signal and noise, see the same module
    colour: Tensor  # (3,) median natural logarithm of flux over that in r
    full: float  # flux of saturated pixels, infinite if there are none
    pixel: float = 1.0  # side of a pixel, see `training.pixels.galaxy_images`


def measure_look(galaxies: Galaxies) -> SurveyLook:
    """Measure a survey from its galaxies' pixels and positions."""
    if len(galaxies) < _FEWEST:
        raise MorphError(
            f"a survey has {len(galaxies)} galaxies; mock observations need at least "
            f"{_FEWEST} to measure noise and PSF"
        )
    if isinstance(galaxies.flux, MappedPixels):
        return _look_of_some(galaxies)
    towards = _directions(galaxies.index)
    _, nearest = cKDTree(towards).query(towards, k=_NEIGHBOURS)
    groups = torch.from_numpy(nearest).to(galaxies.flux.device)  # each galaxy included
    power = noise_power(galaxies.flux)
    noise = noise_level(galaxies.flux)
    rings = ring_powers(galaxies.flux, noise, power)
    return SurveyLook(
        flux=galaxies.flux,
        noise_power=power,
        noise=_reliable(lambda g: noise.log()[g].median(dim=1).values, groups).exp(),
        blur=_reliable(lambda g: extra_blur(*rings, g, galaxies.pixel), groups),
        rings=rings,
        colour=_typical_colour(galaxies.flux),
        full=_full(galaxies.flux),
        pixel=galaxies.pixel,
    )


def _look_of_some(galaxies: Galaxies) -> SurveyLook:
    """The look of a survey on disk: a galaxy gets that of its nearest measured one."""
    count = min(_SOME, len(galaxies))
    rows = np.random.default_rng(0).choice(len(galaxies), count, replace=False)
    rows.sort()
    held = galaxies.flux[torch.from_numpy(rows)]
    look = measure_look(Galaxies(galaxies.index.iloc[rows], held, galaxies.pixel))
    measured, every = map(_directions, (galaxies.index.iloc[rows], galaxies.index))
    nearest = torch.from_numpy(cKDTree(measured).query(every, k=1)[1]).to(held.device)
    noise, blur = look.noise[nearest], look.blur[nearest]
    return replace(look, flux=galaxies.flux, noise=noise, blur=blur)


def _reliable(measure: Callable[[Tensor], Tensor], groups: Tensor) -> Tensor:
    """``measure`` of each group, shrunk towards the mean by its reliability.

    The reliability is the correlation between the two halves of a group: what they do
    not share is due to the galaxies, not to the survey.
    """
    whole, first, second = map(measure, (groups, groups[:, ::2], groups[:, 1::2]))
    mean = whole.mean(dim=0)
    shared = ((first - first.mean(dim=0)) * (second - second.mean(dim=0))).mean(dim=0)
    share = (shared / whole.var(dim=0).clamp(min=1e-12)).clamp(0, 1).sqrt()
    return mean + share * (whole - mean)


def _directions(index: pd.DataFrame) -> np.ndarray:
    """(N, 3) unit vectors to the galaxies on the sky."""
    ra, dec = (np.deg2rad(index[c].to_numpy(dtype=float)) for c in ("ra", "dec"))
    if not np.isfinite(ra + dec).all():
        raise MorphError(
            "some galaxies have no position; mock observations compare neighbours on "
            "the sky: give every galaxy ra and dec, or choose another method"
        )
    return np.stack(
        [np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=1
    )


def _full(flux: Tensor) -> float:
    """The flux of saturated pixels: the largest, if several pixels have it."""
    most = flux.max()
    return most.item() if (flux == most).sum() >= _FEWEST_FULL else math.inf


def _typical_colour(flux: Tensor) -> Tensor:
    """Median log ratio of each band's flux to r's, within S / 4 of the centre."""
    size = flux.shape[-1]
    axis = torch.arange(size, device=flux.device) - (size - 1) / 2
    inside = torch.hypot(axis[:, None], axis) < size / 4
    light = flux[:, :, inside].float().sum(dim=2)
    bright = (light > 0).all(dim=1)
    logs = light[bright].log()
    return (logs - logs[:, 1:2]).median(dim=0).values
