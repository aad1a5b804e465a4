"""Bad pixels: what they are, how many an image has, and how they are filled.

A pixel is bad in a band if its flux is not finite (no data, masked, or an overflow), or
if the whole band is 0. Networks see a bad pixel as empty sky, a flux of 0 in its band.
Images that are resampled, which would spread bad pixels, are filled from neighbours.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from morph.errors import MorphError
from morph.runs.config_parts import MOST_BLANK
from morph.wording import percent

_MOST_BLANK_MIDDLE = 0.5  # fraction of the pixels in the middle
_REACHES = (1, 2, 4, 8)  # widths of the kernels, pixels; each for what is left

LARGEST_FLUX = float(np.finfo(np.float16).max)  # 65,504, that a store can hold

# A galaxy's flag is the sum of what applies.
TOO_MANY, NO_BAND, CLIPPED = 1, 2, 4
FLAGS = {
    TOO_MANY: "too many bad pixels",
    NO_BAND: "a band without data",
    CLIPPED: "clipped flux",
}
_MAGNITUDE = np.uint16(0x7FFF)  # the bits of a float16 without its sign
_INFINITE, _CLIPPED = np.uint16(0x7C00), np.uint16(0x7BFF)  # those of ∞ and 65,504


@dataclass(frozen=True)
class BadPixels:
    """Bad pixels of N images in B bands."""

    bands: np.ndarray  # (N, B) float32, fraction of the pixels of each band
    fraction: np.ndarray  # (N,) float32, of the pixels that are bad in some band
    clipped: np.ndarray  # (N,) bool, whether a flux was cut to what a store can hold

    def flags(self, most: float) -> np.ndarray:
        """(N,) int64 sums of `FLAGS`; ``most`` is the largest fraction without one."""
        return (
            TOO_MANY * (self.fraction > most)
            + NO_BAND * (self.bands == 1).any(axis=1)
            + CLIPPED * self.clipped
        )

    def unusable(self, most: float) -> np.ndarray:
        """(N,) bool, images that nothing should be learnt from."""
        return self.flags(most) & (TOO_MANY | NO_BAND) > 0


def bad_pixels(pixels: np.ndarray) -> BadPixels:
    """Count the bad pixels of (N, B, S, S) float16 fluxes.

    By their bits, since NumPy compares float16 slowly; most images have none.
    """
    bits = pixels.view(np.uint16) & _MAGNITUDE
    largest = bits.max(axis=(2, 3))  # (N, B)
    bands = (largest == 0).astype(np.float32)
    fraction = bands.any(axis=1).astype(np.float32)
    clipped = (largest == _CLIPPED).any(axis=1)
    for row in np.flatnonzero((largest >= _INFINITE).any(axis=1)):
        bad = bits[row] >= _INFINITE  # (B, S, S)
        bad |= ~((bits[row] > 0) & ~bad).any(axis=(1, 2), keepdims=True)
        bands[row], fraction[row] = bad.mean(axis=(1, 2)), bad.any(axis=0).mean()
        clipped[row] = (bits[row] == _CLIPPED).any()
    return BadPixels(bands, fraction, clipped)


def together(parts: Sequence[BadPixels]) -> BadPixels:
    """The bad pixels of all images of several parts, in their order."""
    names = ("bands", "fraction", "clipped")
    return BadPixels(*(np.concatenate([getattr(p, n) for p in parts]) for n in names))


def flag_words(flag: int) -> str:
    """A flag of a release in words; "none" for 0."""
    return ", ".join(words for bit, words in FLAGS.items() if flag & bit) or "none"


def halved(flux: np.ndarray) -> tuple[np.ndarray, int]:
    """Fluxes (N, ...) as a store holds them, and how many images were clipped.

    Finite fluxes beyond ±65,504 are cut to that; infinite ones become NaN, no data.
    """
    if flux.dtype == np.float16:
        return flux, 0
    beyond = np.isfinite(flux) & (np.abs(flux) > LARGEST_FLUX)
    images = int(beyond.reshape(len(flux), -1).any(axis=1).sum())
    held = np.where(np.isfinite(flux), flux, np.nan)
    return held.clip(-LARGEST_FLUX, LARGEST_FLUX).astype(np.float16), images


def filled(flux: np.ndarray, notices: list[str]) -> np.ndarray:
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
    notices.append(
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
