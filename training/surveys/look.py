"""What a survey does to its pictures, measured from the pictures alone.

Noise, seeing and colour, as a whole and from place to place: galaxies near each other
on the sky were taken in the same nights, so what their pictures share is the survey's.
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
from training.surveys.noise import noise_level, noise_power
from training.surveys.seeing import extra_blur, ring_powers

_SURROUNDINGS = 24  # galaxies that share a patch of sky
_FEWEST = 64
_SOME = 8192  # galaxies measured of a survey that is not held in memory
_FEWEST_FULL = 8  # pixels of the same largest flux


@dataclass(frozen=True)
class SurveyLook:
    """One survey's noise, seeing and colour; bands in the order g, r, z."""

    flux: Tensor | MappedPixels  # (N, 3, S, S) the survey's pictures
    noise_power: Tensor  # (3, S, S) of noise with a variance of 1
    noise: Tensor  # (N, 3) its standard deviation around each galaxy, nanomaggies
    blur: Tensor  # (N, 3) how much broader than most seeing is there, pixels squared
    rings: tuple[
        Tensor, Tensor
    ]  # power of light and noise, see training.surveys.seeing
    colour: Tensor  # (3,) median natural logarithm of flux over that in r
    full: float  # flux at which pixels are full, infinite where none is


def measure_look(galaxies: Galaxies) -> SurveyLook:
    """Measure a survey from its galaxies' pixels and their places on the sky.

    Raises
    ------
    MorphError
        If there are too few galaxies to tell the survey from its galaxies.
    """
    if len(galaxies) < _FEWEST:
        raise MorphError(
            f"survey simulation was given {len(galaxies)} galaxies of a survey; "
            f"it needs at least {_FEWEST} to measure noise and seeing"
        )
    if isinstance(galaxies.flux, MappedPixels):
        return _look_of_some(galaxies)
    groups = _surroundings(galaxies.index).to(galaxies.flux.device)
    power = noise_power(galaxies.flux)
    noise = noise_level(galaxies.flux)
    rings = ring_powers(galaxies.flux, noise, power)
    return SurveyLook(
        flux=galaxies.flux,
        noise_power=power,
        noise=_reliable(lambda g: noise.log()[g].median(dim=1).values, groups).exp(),
        blur=_reliable(lambda g: extra_blur(*rings, g), groups),
        rings=rings,
        colour=_typical_colour(galaxies.flux),
        full=_full(galaxies.flux),
    )


def _look_of_some(galaxies: Galaxies) -> SurveyLook:
    """The look of a survey on disk: of some galaxies, lent to those nearest to them."""
    count = min(_SOME, len(galaxies))
    rows = np.random.default_rng(0).choice(len(galaxies), count, replace=False)
    rows.sort()
    held = galaxies.flux[torch.from_numpy(rows)]
    look = measure_look(Galaxies(galaxies.index.iloc[rows], held))
    among, all_of_them = map(_directions, (galaxies.index.iloc[rows], galaxies.index))
    nearest = torch.from_numpy(cKDTree(among).query(all_of_them, k=1)[1]).to(
        held.device
    )
    noise, blur = look.noise[nearest], look.blur[nearest]
    return replace(look, flux=galaxies.flux, noise=noise, blur=blur)


def _reliable(measure: Callable[[Tensor], Tensor], groups: Tensor) -> Tensor:
    """``measure`` of the surroundings, drawn to its mean as far as it is chance.

    How far is told by two halves of the same surroundings: what they do not share is
    the galaxies', not the sky's.
    """
    whole, first, second = map(measure, (groups, groups[:, ::2], groups[:, 1::2]))
    mean = whole.mean(dim=0)
    shared = ((first - first.mean(dim=0)) * (second - second.mean(dim=0))).mean(dim=0)
    share = (shared / whole.var(dim=0).clamp(min=1e-12)).clamp(0, 1).sqrt()
    return mean + share * (whole - mean)


def _surroundings(index: pd.DataFrame) -> Tensor:
    """(N, G) rows of the galaxies nearest on the sky, each galaxy's own included."""
    towards = _directions(index)
    _, rows = cKDTree(towards).query(towards, k=_SURROUNDINGS)
    return torch.from_numpy(rows)


def _directions(index: pd.DataFrame) -> np.ndarray:
    """(N, 3) unit vectors to the galaxies on the sky."""
    ra, dec = (np.deg2rad(index[c].to_numpy(dtype=float)) for c in ("ra", "dec"))
    if not np.isfinite(ra + dec).all():
        raise MorphError(
            "some galaxies have no position; survey simulation compares neighbours on "
            "the sky, so give every galaxy ra and dec, or choose another method"
        )
    return np.stack(
        [np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=1
    )


def _full(flux: Tensor) -> float:
    """The largest flux, if so many pixels have it that more did not go in."""
    most = flux.max()
    return most.item() if (flux == most).sum() >= _FEWEST_FULL else math.inf


def _typical_colour(flux: Tensor) -> Tensor:
    """Median logarithm of each band's flux over r's, within half the picture's side."""
    size = flux.shape[-1]
    axis = torch.arange(size, device=flux.device) - (size - 1) / 2
    inside = torch.hypot(axis[:, None], axis) < size / 4
    light = flux[:, :, inside].float().sum(dim=2)
    bright = (light > 0).all(dim=1)
    logs = light[bright].log()
    return (logs - logs[:, 1:2]).median(dim=0).values
