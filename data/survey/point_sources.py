"""Point sources in cutouts, and the PSF from them.

Cutouts show few stars, and faint galaxies beside them. The widths of stars are alike
and those of galaxies are larger, so the width of the PSF is the smallest at which the
widths of many sources agree. The object in the centre is a galaxy and is left out.

A source is fitted with a round Moffat profile (1969), exponent β, on a sloping sky. The
width of a PSF with wings depends on its definition. That of a survey here is the FWHM
of a Gaussian with the same noise-equivalent area, as psfsize of the Legacy Surveys; for
β = 3 it is 1.29 times the full width at half maximum.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import ndimage, optimize

_LEAST_PEAK = 12.0  # of a source, in standard deviations of a pixel
_REACH_ARCSEC = 2.6  # of the pixels around a source that are fitted
_CENTRE_ARCSEC = 4.0  # radius of the galaxy that the cutout is of
_BESIDE_ARCSEC = 1.6  # nearer sources are blended
_EDGE_ARCSEC = 1.0
_FULL = 0.8  # of the brightest pixel of all images
_WORST_FIT = 0.06  # residuals, of the peak, beyond the noise
_FWHM_PIXELS = (1.5, 15.0)  # narrower sources are cosmic rays
_BETAS = (1.5, 12.0)  # from wide wings to nearly a Gaussian

_BANDWIDTH = 0.06  # of widths, natural logarithm
_HIGH = 0.5  # of the highest density of widths: where many sources agree
_ALIKE = 0.25  # natural logarithm: widths of point sources differ by less
_TO_SIGMA = 1.4826  # of a median absolute deviation
_OF_GAUSSIAN = np.sqrt(2 * np.log(2) / np.pi)  # FWHM over √(noise-equivalent area)


@dataclass(frozen=True)
class PointSources:
    """The PSF of a band, as medians over its point sources."""

    fwhm_arcsec: float  # of the Gaussian with the same noise-equivalent area
    half_maximum_arcsec: float
    beta: float
    spread: float  # standard deviation of the widths, relative
    number: int


def equivalent_width(beta: np.ndarray) -> np.ndarray:
    """FWHM of that Gaussian, for a Moffat profile of a FWHM of 1 with exponents β > 1.

    The noise-equivalent area 1 / ∫P² is π α² (2β − 1) / (β − 1)², that of a Gaussian
    4π σ².
    """
    area = np.pi * _scale_squared(1.0, beta) * (2 * beta - 1) / (beta - 1) ** 2
    return _OF_GAUSSIAN * np.sqrt(area)


def point_sources(profiles: np.ndarray) -> PointSources | None:
    """Those of (K, 2) `profiles` that are point sources; None if there are none."""
    if not len(profiles):
        return None
    half_maximum, beta = profiles.T
    logs = np.log(half_maximum * equivalent_width(beta))
    apart = np.abs(np.subtract.outer(logs, logs))
    density = np.exp(-np.square(apart / _BANDWIDTH) / 2).sum(axis=1)
    around = np.where(apart < _ALIKE, density, 0).max(axis=1)
    highest = (density >= around) & (density >= _HIGH * density.max())
    alike = np.abs(logs - logs[highest].min()) <= _ALIKE
    width, spread = clipped(logs[alike])
    return PointSources(
        float(np.exp(width)),
        float(np.median(half_maximum[alike])),
        float(np.median(beta[alike])),
        spread,
        int(alike.sum()),
    )


def profiles(
    flux: np.ndarray, pixscale_arcsec: float, *, full: float | None = None
) -> np.ndarray:
    """(K, 2) FWHM in arcsec and β of isolated sources in (N, S, S) images of one band.

    Galaxies are among them; see `point_sources`. Sources with pixels above ``full`` are
    left out, as they may be saturated: by default 0.8 of the brightest of all.
    """
    known = flux[np.isfinite(flux)]
    if full is None:
        full = _FULL * known.max() if known.size else np.inf
    found = [
        profile
        for image in flux
        for place, noise in _sources(image, pixscale_arcsec, full)
        if (profile := _fitted(image, place, pixscale_arcsec, noise)) is not None
    ]
    return np.array(found, dtype=float).reshape(-1, 2) * [pixscale_arcsec, 1]


def moffat(r_squared: np.ndarray, fwhm: float, beta: float) -> np.ndarray:
    """Moffat profile with a peak of 1, at squared radii in the unit of ``fwhm``²."""
    return (1 + r_squared / _scale_squared(fwhm, beta)) ** -beta


def _scale_squared(fwhm: float, beta: np.ndarray | float) -> np.ndarray | float:
    return (fwhm / 2) ** 2 / (2 ** (1 / beta) - 1)


def clipped(values: np.ndarray) -> tuple[float, float]:
    """Median and standard deviation of (N,) finite values, clipped at 3 σ."""
    level = sigma = np.nan
    for _ in range(8):
        if not len(values):
            break
        level = float(np.median(values))
        sigma = _TO_SIGMA * float(np.median(np.abs(values - level)))
        kept = values[np.abs(values - level) <= 3 * sigma]
        if len(kept) == len(values):
            break
        values = kept
    return level, sigma


def _sources(
    image: np.ndarray, pixscale: float, full: float
) -> Iterator[tuple[tuple[int, int], float]]:
    """Pixels of isolated maxima outside the central galaxy; the noise of a pixel."""
    level, sigma = clipped(image[np.isfinite(image)])
    if not sigma > 0:
        return
    smooth = ndimage.gaussian_filter(np.nan_to_num(image, nan=level), 1.0)
    beside = max(1, round(_BESIDE_ARCSEC / pixscale))
    highest = smooth == ndimage.maximum_filter(smooth, 2 * beside + 1)
    bright = (image > level + _LEAST_PEAK * sigma) & (image < full)
    size, edge = image.shape[-1], max(3, round(_EDGE_ARCSEC / pixscale))
    for row, column in np.argwhere(highest & bright):
        away = np.hypot(row - (size - 1) / 2, column - (size - 1) / 2) * pixscale
        inside = min(row, column, size - 1 - row, size - 1 - column) >= edge
        if inside and away > _CENTRE_ARCSEC:
            yield (int(row), int(column)), sigma


def _fitted(
    image: np.ndarray, place: tuple[int, int], pixscale: float, noise: float
) -> tuple[float, float] | None:
    """FWHM in pixels and β of a source; None if the profile does not fit."""
    x, y, value = _around(image, place, _REACH_ARCSEC / pixscale)
    sky = float(np.median(value))
    peak = max(float(image[place]) - sky, noise)

    def residuals(p: np.ndarray) -> np.ndarray:
        light = p[0] * moffat((x - p[1]) ** 2 + (y - p[2]) ** 2, p[3], p[4])
        return light + p[5] + p[6] * x + p[7] * y - value / peak

    free = np.inf
    low = [0, -1.5, -1.5, 0.5, _BETAS[0], -free, -free, -free]
    high = [free, 1.5, 1.5, 2 * _FWHM_PIXELS[1], _BETAS[1], free, free, free]
    start = [1, 0, 0, 1.3 / pixscale, 3.0, sky / peak, 0, 0]
    fit = optimize.least_squares(
        residuals, np.clip(start, low, high), bounds=(low, high), max_nfev=50
    )
    height, _, _, fwhm, beta = fit.x[:5]
    allowed = np.hypot(_WORST_FIT * height, 1.2 * noise / peak)
    fits = 2 * fit.cost / len(value) <= allowed**2
    if not fits or not _FWHM_PIXELS[0] <= fwhm <= _FWHM_PIXELS[1]:
        return None
    return float(fwhm), float(beta)


def _around(
    image: np.ndarray, place: tuple[int, int], reach: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x and y from a pixel, and the values, of (P,) known pixels within a reach."""
    whole = int(reach)
    rows, columns = (slice(max(at - whole, 0), at + whole + 1) for at in place)
    stamp = image[rows, columns].astype(float)
    y, x = np.indices(stamp.shape)
    y, x = y + rows.start - place[0], x + columns.start - place[1]
    near = np.isfinite(stamp) & (np.hypot(x, y) <= reach)
    return x[near], y[near], stamp[near]
