"""Colour terms between two surveys, from galaxies that both have imaged.

m_second - m_first = zero + slope · colour, with a colour of the first survey: for g,
g - r; for r and z, r - z, as in the terms between the south and the north of the Legacy
Surveys (desitarget, DR9).
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from data.survey.point_sources import clipped

FEWEST = 30  # galaxies
_APERTURE = 0.35  # of the width of the field: radius, at most
_APERTURE_ARCSEC = 7.0
_SKY_FROM = 0.45  # of the width of the field: pixels farther out show the sky
_LEAST_SIGNAL = 50.0  # ratio of flux to noise
_ROUNDS = 5
_CLIP = 3.0  # standard deviations


@dataclass(frozen=True)
class ColourTerm:
    """The term of one band, with standard errors; zero and scatter in magnitudes."""

    band: str
    colour: tuple[str, str]
    zero: float
    zero_error: float
    slope: float
    slope_error: float
    scatter: float
    galaxies: int


def aperture_fluxes(flux: np.ndarray, pixscale_arcsec: float) -> np.ndarray:
    """(N, B) nanomaggies in a round aperture of (N, B, S, S) images; NaN if faint.

    The aperture is several PSFs wide, so that it has nearly the same fraction of the
    light in both surveys; what differs is part of the zero point, not of the slope.
    """
    size = flux.shape[-1]
    axis = np.arange(size) - (size - 1) / 2
    radius = np.hypot(axis[:, None], axis)
    inside = radius <= min(_APERTURE * size, _APERTURE_ARCSEC / pixscale_arcsec)
    outside = radius >= _SKY_FROM * size
    sky = np.nanmedian(flux[..., outside], axis=-1)
    apart = np.abs(flux[..., outside] - sky[..., None])
    noise = 1.4826 * np.nanmedian(apart, axis=-1) * np.sqrt(inside.sum())
    light = flux[..., inside].sum(axis=-1) - sky * inside.sum()  # NaN if one is unknown
    return np.where(light > _LEAST_SIGNAL * noise, light, np.nan)


def colour_terms(
    first: np.ndarray, second: np.ndarray, bands: tuple[str, ...]
) -> list[ColourTerm]:
    """The terms of (N, B) fluxes of the same galaxies in two surveys.

    A band with fewer than `FEWEST` galaxies that are bright in both has none.
    """
    colours = list(pairwise(range(len(bands))))
    terms = []
    for band, name in enumerate(bands):
        blue, red = colours[min(band, len(colours) - 1)]
        x = -2.5 * np.log10(first[:, blue] / first[:, red])
        y = -2.5 * np.log10(second[:, band] / first[:, band])
        known = np.isfinite(x + y)
        if known.sum() >= FEWEST:
            colour = (bands[blue], bands[red])
            terms.append(_fitted(name, colour, x[known], y[known]))
    return terms


def _fitted(
    band: str, colour: tuple[str, str], x: np.ndarray, y: np.ndarray
) -> ColourTerm:
    """Least squares without outliers; y at the median colour sets the zero's error."""
    kept = np.ones(len(x), bool)
    for _ in range(_ROUNDS):
        terms = np.stack([np.ones(kept.sum()), x[kept]], axis=1)
        (zero, slope), *_ = np.linalg.lstsq(terms, y[kept], rcond=None)
        residual = y - zero - slope * x
        level, scatter = clipped(residual[kept])
        again = np.abs(residual - level) <= _CLIP * max(scatter, 1e-6)
        if (again == kept).all() or again.sum() < FEWEST // 2:
            break
        kept = again
    deviation = residual[kept].std(ddof=2)
    errors = deviation * np.sqrt(np.diag(np.linalg.inv(terms.T @ terms)))
    return ColourTerm(
        band, colour, float(zero), float(errors[0]), float(slope), float(errors[1]),
        float(deviation), int(kept.sum()),
    )  # fmt: skip
