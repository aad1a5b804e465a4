"""Fill the blank pixels of an image from their neighbours, or refuse it."""

import numpy as np

from morph.errors import MorphError
from morph.wording import percent

MOST_BLANK = 0.2  # fraction of the pixels, and half of those in the middle
_MOST_BLANK_MIDDLE = 0.5
_REACHES = (1, 2, 4, 8)  # widths of the kernels, pixels; each for what is left


def filled(flux: np.ndarray, told: list[str]) -> np.ndarray:
    """(3, H, W) fluxes without blank pixels; those far from others are empty sky.

    MorphError if too many are blank.
    """
    blank = ~np.isfinite(flux)
    if not blank.any():
        return flux
    height, width = flux.shape[1:]
    middle = blank[
        :, 3 * height // 8 : 5 * height // 8, 3 * width // 8 : 5 * width // 8
    ]
    part = blank.any(axis=0).mean()
    if part > MOST_BLANK:
        raise MorphError(
            f"{percent(part)} of its pixels are blank or masked; at most "
            f"{percent(MOST_BLANK)} can be filled"
        )
    if middle.mean() > _MOST_BLANK_MIDDLE:
        raise MorphError(
            f"{percent(middle.mean())} of the pixels in its centre are blank, so "
            "the galaxy cannot be seen"
        )
    told.append(
        f"{blank.any(axis=0).sum():,} blank pixels were filled from their neighbours."
    )
    known = np.where(blank, np.nan, flux)
    return np.stack([_interpolated(band) for band in known])


def _interpolated(band: np.ndarray) -> np.ndarray:
    # Takes a second to load, and few images have blank pixels.
    from astropy.convolution import Gaussian2DKernel, interpolate_replace_nans

    for reach in _REACHES:
        rows, columns = np.nonzero(np.isnan(band))
        if not rows.size:
            break
        # Only around the blank pixels: the rest stays as it is.
        around = tuple(
            slice(max(at.min() - 5 * reach, 0), at.max() + 5 * reach + 1)
            for at in (rows, columns)
        )
        kernel = Gaussian2DKernel(reach)
        band[around] = interpolate_replace_nans(band[around], kernel, boundary="extend")
    return np.nan_to_num(band, nan=0.0)
