"""Noise, PSF and colour of a survey, measured from its images alone.

For the survey as a whole and locally: neighbours on the sky were observed on the same
nights, so properties that their images share are the survey's.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from scipy.spatial import cKDTree
from torch import Tensor

from morph.errors import MorphError
from morph.images.store_manifest import BANDS
from training.pixels.galaxy_images import Galaxies
from training.pixels.on_disk import MappedPixels
from training.survey_differences.in_chunks import CHUNK, in_chunks
from training.survey_differences.noise import noise_level, noise_power
from training.survey_differences.seeing import extra_blur, photon_noise, ring_powers
from training.survey_differences.without_data import filled, has_data, marked

_NEIGHBOURS = 24  # galaxies of a local measurement
_FEWEST = 64
_SOME = 8192  # galaxies measured of a survey
_FEWEST_FULL = 8  # saturated pixels with the same flux, or images with about the same
_FAR_ABOVE = 10.0  # times the median peak: a saturated star, not a galaxy
_RESAMPLED = 0.1  # of the flux of saturated pixels, by which resampling spreads it


@dataclass(frozen=True)
class SurveyLook:
    """Noise, PSF and colour of a survey of N galaxies; bands in the order g, r, z.

    M of the galaxies were measured; the others have the noise and the blur of the
    nearest of these.
    """

    flux: Tensor | MappedPixels  # (N, 3, S, S) the survey's images
    measured: Tensor  # (M,) rows
    own_noise: Tensor  # (M, 3) standard deviation of the image's sky, nanomaggies
    noise_power: Tensor  # (3, S, S) of noise with a variance of 1
    photon_noise: Tensor  # (3,) variance of the noise per nanomaggy of light
    noise: Tensor  # (N, 3) standard deviation around each galaxy, nanomaggies
    blur: Tensor  # (N, 3) local excess blur, see training.survey_differences.seeing
    rings: tuple[Tensor, Tensor]  # power of signal and noise, see the same module
    colour: Tensor  # (3,) median natural logarithm of flux over that in r
    full: float  # flux of saturated pixels, infinite if there are none
    pixel: float = 1.0  # side of a pixel, see `training.pixels.galaxy_images`


def measure_look(galaxies: Galaxies) -> SurveyLook:
    """Measure a survey from the pixels and positions of a sample of its galaxies.

    Pixels without data are ignored. Takes at most half as much memory as the sample's
    pixels, besides these.

    Raises
    ------
    MorphError
        If there are too few galaxies, or a band has no data in any of the sample.
    """
    if len(galaxies) < _FEWEST:
        raise MorphError(
            f"a survey has {len(galaxies)} galaxies; mock observations need at least "
            f"{_FEWEST} to measure noise and PSF"
        )
    towards = _directions(galaxies.index)
    rows = _sample(len(galaxies))
    flux = galaxies.flux
    if len(rows) < len(galaxies) or isinstance(flux, MappedPixels):
        flux = flux[torch.from_numpy(rows)]
    _check_bands(flux)
    tree = cKDTree(towards[rows])
    _, neighbours = tree.query(towards[rows], k=_NEIGHBOURS)
    groups = torch.from_numpy(neighbours).to(flux.device)  # each galaxy included
    nearest = torch.from_numpy(tree.query(towards, k=1)[1]).to(flux.device)
    power, noise = noise_power(flux), noise_level(flux)
    photons = photon_noise(flux, noise, power)
    rings = ring_powers(flux, noise, power, photons)
    around = _reliable(lambda g: noise.log()[g].median(dim=1).values, groups).exp()
    blur = _reliable(lambda g: extra_blur(*rings, g, galaxies.pixel), groups)
    return SurveyLook(
        flux=galaxies.flux,
        measured=torch.from_numpy(rows).to(flux.device),
        own_noise=noise,
        noise_power=power,
        photon_noise=photons,
        noise=around[nearest],
        blur=blur[nearest],
        rings=rings,
        colour=_typical_colour(flux),
        full=_full(flux),
        pixel=galaxies.pixel,
    )


def _sample(galaxies: int) -> np.ndarray:
    """Sorted rows of at most `_SOME` galaxies, drawn at random."""
    count = min(_SOME, galaxies)
    return np.sort(np.random.default_rng(0).choice(galaxies, count, replace=False))


def _check_bands(flux: Tensor) -> None:
    """MorphError if a band has no data in any image."""
    there = torch.zeros(3, dtype=torch.bool, device=flux.device)
    for chunk in flux.split(CHUNK):
        there |= has_data(chunk).flatten(2).any(dim=2).any(dim=0)
        if there.all():
            return
    lacking = " and ".join(b for b, has in zip(BANDS, there, strict=True) if not has)
    raise MorphError(
        f"the band {lacking} has no data in any of {len(flux):,} images measured; mock "
        "observations need noise and PSF in g, r and z. Make the cutout store again "
        f"with images in {lacking}, or choose another method"
    )


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
    """The flux from which pixels are saturated, infinite if none are.

    The largest, if several pixels have it. Resampling, as for a coadd, spreads it a
    little: then it is where the peaks of several images begin that are far above those
    of galaxies. Peaks of stars that are not saturated are too different for that.
    """
    (peaks,) = in_chunks(_peaks, flux)
    most = peaks.max().item()
    exactly = sum(int((chunk == most).sum()) for chunk in flux.split(CHUNK))
    if exactly >= _FEWEST_FULL:
        return most
    lowest = (1 - _RESAMPLED) * most
    several = int((peaks >= lowest).sum()) >= _FEWEST_FULL
    return lowest if several and most > _FAR_ABOVE * peaks.median() else math.inf


def _peaks(flux: Tensor) -> tuple[Tensor]:
    """(B,) largest flux of each image, of its pixels with data."""
    return (marked(flux).nan_to_num(nan=-math.inf).flatten(1).max(dim=1).values,)


def _typical_colour(flux: Tensor) -> Tensor:
    """Median log ratio of each band's flux to r's, within S / 4 of the centre."""
    size = flux.shape[-1]
    axis = torch.arange(size, device=flux.device) - (size - 1) / 2
    inside = torch.hypot(axis[:, None], axis) < size / 4
    (light,) = in_chunks(lambda flux: (_light(flux, inside),), flux)
    bright = (light > 0).all(dim=1)  # not NaN either
    logs = light[bright].log()
    return (logs - logs[:, 1:2]).median(dim=0).values


def _light(flux: Tensor, inside: Tensor) -> Tensor:
    """(B, 3) flux ``inside`` (S, S), NaN where data are missing there."""
    known, missing = filled(flux)
    light = known[:, :, inside].sum(dim=2)
    return light.masked_fill(missing[:, :, inside].any(dim=2), torch.nan)
