"""Noise of the sky in cutouts: of a pixel, and of the flux of a point source.

The depth is measured, not computed from the noise of a pixel: pixels of coadds are
correlated, because they are resampled. Light of galaxies and of faint sources adds to
the scatter, so cutouts with much sky are used; what remains makes the depth a little
shallower than that of empty sky.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import ndimage, signal

from data.survey.point_sources import PointSources, clipped, moffat

_LEAST_SKY = 0.15  # of the pixels of an image
_ENOUGH_SKY = 0.5  # of the pixels, or the half of the images with most sky
_BRIGHT = 3.0  # standard deviations of the smoothed image: pixels of sources
_SMOOTHING = 1.5  # pixels
_AROUND = 3  # pixels around those of sources that are no sky either
_ROUNDS = 3
_FARTHEST = 2.0  # FWHM: radius of the PSF's weights


@dataclass(frozen=True)
class SkyNoise:
    """Noise of M images of one band, those that show enough sky."""

    pixel: np.ndarray  # (M,) standard deviation of a pixel, nanomaggies
    point_source: np.ndarray  # (M,) of the flux of a point source, nanomaggies

    @property
    def depth_mag(self) -> float:
        """Median 5 σ depth for point sources, AB."""
        return 22.5 - 2.5 * float(np.log10(5 * np.median(self.point_source)))

    @property
    def spread_mag(self) -> float:
        """Standard deviation between images of their depths."""
        return 2.5 * clipped(np.log10(self.point_source))[1]


def sky_noise(flux: np.ndarray, psf: PointSources, pixscale_arcsec: float) -> SkyNoise:
    """Noise of (N, S, S) images of one band, nanomaggies per pixel.

    The flux of a point source is that of a fit of the PSF, Σ P d / Σ P² (the weights of
    white noise, as the depths of the Legacy Surveys assume), at every position in the
    sky of an image; its scatter is the noise.
    """
    weights = psf_weights(psf.half_maximum_arcsec / pixscale_arcsec, psf.beta)
    rows = [one for image in flux if (one := _of_image(image, weights)) is not None]
    sky, pixel, point = np.array(rows, dtype=float).reshape(-1, 3).T
    # All images if possible: those with most sky are also those with most noise.
    quiet = sky >= min(_ENOUGH_SKY, np.median(sky)) if len(sky) else sky > 0
    return SkyNoise(pixel[quiet], point[quiet])


def psf_weights(fwhm_pixels: float, beta: float) -> np.ndarray:
    """(K, K) Moffat PSF with a sum of 1, divided by the sum of its squares."""
    reach = int(np.ceil(_FARTHEST * fwhm_pixels))
    axis = np.arange(-reach, reach + 1)
    profile = moffat(axis[:, None] ** 2 + axis**2, fwhm_pixels, beta)
    profile /= profile.sum()
    return profile / np.square(profile).sum()


def _of_image(
    image: np.ndarray, weights: np.ndarray
) -> tuple[float, float, float] | None:
    """Fraction of sky, noise of a pixel and of a point source; None without sky."""
    sky, residual = _sky(image)
    if sky.mean() < _LEAST_SKY:
        return None
    _, pixel = clipped(residual[sky])
    fitted = signal.fftconvolve(np.where(sky, residual, 0.0), weights, mode="same")
    seen = signal.fftconvolve(sky.astype(float), weights**2, mode="same")
    whole = sky & (seen > 0.98 * np.square(weights).sum())
    if whole.mean() < _LEAST_SKY / 5 or not pixel > 0:
        return None
    return float(sky.mean()), pixel, clipped(fitted[whole])[1]


def _sky(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which pixels are sky, and the image minus a quadratic surface fitted to them."""
    known = np.isfinite(image)
    values = np.where(known, image, 0.0).astype(float)
    terms = _quadratic(image.shape)
    sky, surface = known, np.zeros_like(values)
    for _ in range(_ROUNDS):
        if sky.mean() < _LEAST_SKY:
            break
        residual = np.where(known, values - surface, 0.0)
        smooth = ndimage.gaussian_filter(residual, _SMOOTHING)
        level, sigma = clipped(smooth[sky])
        bright = smooth > level + _BRIGHT * sigma
        sky = known & ~ndimage.binary_dilation(bright, iterations=_AROUND)
        if sky.mean() >= _LEAST_SKY:
            of_sky = terms[sky]
            weights = np.linalg.solve(of_sky.T @ of_sky, of_sky.T @ values[sky])
            surface = terms @ weights
    return sky, values - surface


@lru_cache(maxsize=4)
def _quadratic(shape: tuple[int, ...]) -> np.ndarray:
    """(H, W, 6) terms of a quadratic surface."""
    down, right = (np.linspace(-1, 1, side) for side in shape)
    y, x = np.meshgrid(down, right, indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * y, x**2, y**2], axis=-1)
