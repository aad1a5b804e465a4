"""Coadds of the galaxies of a simulated population, from exposures in native pixels.

Nothing of the simulation's own observations (`data.simulation.observe`) is used: scenes
are convolved with the PSFEx models of several exposures, sampled at the places of their
native pixels, given the noise of sky and galaxy, a gradient of the sky and bad columns,
resampled by Lanczos-3 to pixels of 0.262″ and averaged by their inverse variance.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from data.simulation.scene import CELL_ARCSEC, MARGIN, OVERSAMPLING
from data.simulation.simulate import render
from morph.images.store_manifest import PIXSCALE_ARCSEC
from tests.benchmarks.foreign.exposures import BANDS, Exposure

_PADDED = 64  # cells of empty sky around a scene
_FULL = 60.0  # nanomaggies in 0.262″ squared that an exposure can hold
_CHUNK = 32


@dataclass(frozen=True)
class Flaws:
    """What an exposure has besides its PSF and the noise of the sky."""

    photon_noise: bool = True
    gradient: float = 0.3  # of the sky over a cutout, standard deviation in sig1
    bad_columns: float = 0.05  # fraction of exposures of a galaxy with a bad column


@dataclass(frozen=True)
class Pointing:
    """An exposure, and the place of a field on its CCD."""

    exposure: Exposure
    x: float
    y: float


def pointings(
    exposures: tuple[Exposure, ...], fields: int, rng: np.random.Generator
) -> list[list[list[Pointing]]]:
    """One to three pointings of each of F fields in each band."""
    of_band = [[e for e in exposures if e.band == band] for band in BANDS]
    return [
        [
            [
                Pointing(own[int(rng.integers(len(own)))], *rng.uniform(-0.5, 0.5, 2))
                for _ in range(int(rng.integers(1, 4)))
            ]
            for own in of_band
        ]
        for _ in range(fields)
    ]


def foreign_coadds(
    population: pd.DataFrame,
    field: np.ndarray,
    observed: list[list[list[Pointing]]],
    *,
    seed: int,
    size: int,
    flaws: Flaws | None = Flaws(),
) -> np.ndarray:
    """(N, 3, S, S) float16 nanomaggies per 0.262″ pixel, NaN where there are no data.

    ``field`` (N,) are the fields of the galaxies, in order. Without ``flaws`` there is
    no noise either.
    """
    pixels = np.empty((len(population), 3, size, size), dtype=np.float16)
    for number in np.unique(field):
        rows = np.flatnonzero(field == number)
        rng = np.random.default_rng([seed, 7, int(number)])
        for start in range(0, len(rows), _CHUNK):
            some = rows[start : start + _CHUNK]
            scene = render(population.iloc[some], size)
            pixels[some] = coadd(scene, observed[number], size, rng, flaws)
    return pixels


def true_amplitudes(observed: list[list[list[Pointing]]], size: int) -> np.ndarray:
    """(F, 3, S, S) transform of each field's PSF as its coadds have it, Lanczos too."""
    cells = OVERSAMPLING * (size + 2 * MARGIN)
    star = torch.zeros(1, 3, cells, cells)
    middle = slice(cells // 2 - 1, cells // 2 + 1)
    star[:, :, middle, middle] = 1 / OVERSAMPLING**2
    rng = np.random.default_rng(0)
    seen = [coadd(star, own, size, rng, None)[0] for own in observed]
    return np.abs(np.fft.fft2(np.stack(seen)))


def coadd(
    scene: Tensor,
    own: list[list[Pointing]],
    size: int,
    rng: np.random.Generator,
    flaws: Flaws | None,
) -> np.ndarray:
    """(B, 3, S, S) coadds of (B, 3, C, C) scenes of one field."""
    cells = scene.shape[-1] + _PADDED
    spectrum = torch.fft.fft2(scene, s=(cells, cells))
    found = np.zeros((len(scene), 3, size, size))
    for band, taken in enumerate(own):
        total = np.zeros((len(scene), size, size))
        for pointing in taken:
            flux, weight = _exposed(
                spectrum[:, band], scene.shape[-1], pointing, size, rng, flaws
            )
            found[:, band] += flux * weight
            total += weight
        with np.errstate(invalid="ignore"):
            found[:, band] /= np.where(total > 0, total, np.nan)
    return found


def _exposed(
    spectrum: Tensor,
    side: int,
    pointing: Pointing,
    size: int,
    rng: np.random.Generator,
    flaws: Flaws | None,
) -> tuple[np.ndarray, np.ndarray]:
    """(B, S, S) resampled fluxes of one exposure, and their inverse variance."""
    exposure, cells = pointing.exposure, spectrum.shape[-1]
    native = exposure.native_arcsec
    count = int(np.ceil(size * PIXSCALE_ARCSEC / native)) + 8
    psf = exposure.psf(pointing.x, pointing.y, cells, CELL_ARCSEC)
    seen = spectrum * torch.fft.fft2(torch.as_tensor(psf, dtype=torch.float32))
    first = -0.5 * (count - 1) + rng.uniform(-0.5, 0.5, 2)  # pixels from the middle
    down, right = (
        _waves((start + np.arange(count)) * native / CELL_ARCSEC, side, cells)
        for start in first
    )
    image = (down @ seen @ right.T).real.numpy() * (native / CELL_ARCSEC) ** 2
    good = np.ones(image.shape)
    if flaws is not None:
        image = _flawed(image, exposure, rng, flaws)
        for galaxy in np.flatnonzero(rng.random(len(image)) < flaws.bad_columns):
            column, width = rng.integers(4, count - 5), rng.integers(1, 3)
            image[galaxy, :, column : column + width] = 0
            good[galaxy, :, column : column + width] = 0
    down, right = (_lanczos(size, native, start) for start in first)
    flux = (down @ image @ right.T) * (PIXSCALE_ARCSEC / native) ** 2
    share = (
        np.abs(down)
        @ good
        @ np.abs(right).T
        / (np.abs(down).sum(1)[:, None] * np.abs(right).sum(1))
    )
    # A pixel that lacks much of its light has no data; what little is lost is filled.
    return flux, np.where(share > 0.95, 1 / exposure.sig1**2, 0)


def _flawed(
    image: np.ndarray, exposure: Exposure, rng: np.random.Generator, flaws: Flaws
) -> np.ndarray:
    """(B, n, n) native pixels with noise, gradient of the sky and saturation."""
    variance = np.full(image.shape, exposure.sig1**2)
    if flaws.photon_noise:
        variance += image.clip(min=0) / exposure.photons
    image = image + np.sqrt(variance) * rng.standard_normal(image.shape)
    axis = np.linspace(-1, 1, image.shape[-1])
    slope = flaws.gradient * exposure.sig1 * rng.standard_normal((2, len(image), 1, 1))
    image = image + slope[0] * axis[:, None] + slope[1] * axis
    full = _FULL * (exposure.native_arcsec / PIXSCALE_ARCSEC) ** 2
    return np.minimum(image, full)


def _waves(places: np.ndarray, side: int, cells: int) -> Tensor:
    """(n, cells) inverse transform at ``places``, in cells from the scene's middle."""
    frequency = np.fft.fftfreq(cells)
    turns = frequency * (places + (side - 1) / 2)[:, None]
    return torch.as_tensor(np.exp(2j * np.pi * turns) / cells, dtype=torch.complex64)


def _lanczos(size: int, native: float, first: float) -> np.ndarray:
    """(S, n) weights that resample native pixels to those of the coadd."""
    count = int(np.ceil(size * PIXSCALE_ARCSEC / native)) + 8
    wanted = (np.arange(size) - (size - 1) / 2) * PIXSCALE_ARCSEC / native
    distance = wanted[:, None] - (first + np.arange(count))
    weight = np.sinc(distance) * np.sinc(distance / 3) * (np.abs(distance) < 3)
    return weight / weight.sum(1, keepdims=True)
