"""Galaxies near the examples of a search, on the sky or in a measured value."""

from collections.abc import Sequence

import numpy as np

SKIP_ARCSEC = 100.0  # fragments of an example, and images that show it, are nearer


def near_on_sky(
    ra: np.ndarray,
    dec: np.ndarray,
    rows: Sequence[int],
    *,
    radius_arcsec: float = SKIP_ARCSEC,
) -> np.ndarray:
    """Galaxies within a radius of any galaxy in ``rows``, these included, (N,).

    They may be fragments of it, or have images that show it too. A galaxy of unknown
    position is near only to itself.

    Parameters
    ----------
    ra, dec : (N,) arrays
        ICRS degrees.
    """
    from astropy.coordinates import angular_separation  # slow to import

    near = np.zeros(len(ra), dtype=bool)
    radius = radius_arcsec / 3600
    for row in rows:
        near[row] = True
        band = np.flatnonzero(np.abs(dec - dec[row]) <= radius)
        here = np.radians([ra[row], dec[row]])
        apart = angular_separation(*here, np.radians(ra[band]), np.radians(dec[band]))
        near[band[np.degrees(apart) <= radius]] = True
    return near


def near_in_value(
    values: np.ndarray, rows: Sequence[int], *, reach: float
) -> np.ndarray:
    """Galaxies with a value within ``reach`` of the mean of those in ``rows``, (N,).

    All galaxies where no value in ``rows`` is known.
    """
    examples = values[rows]
    examples = examples[np.isfinite(examples)]
    if not len(examples):
        return np.ones(len(values), dtype=bool)
    return np.abs(values - examples.mean()) <= reach
