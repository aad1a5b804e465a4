"""Bring images of any source to the same centre, galaxy size and sky level.

Published examples differ in crop and stretch, which a model would mistake for
morphology, so simulated and real images are framed alike, from their pixels alone.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

from morph.images.stretch import OFFSET, VIEWER_Q

VERSION = 1  # raise it whenever a picture is laid differently
SIDE = 64  # pixels of a framed picture
MARGIN = 1.3  # half its side, in extents of the galaxy
# What the sky becomes (nothing at all in the viewer's stretch), and the galaxy's
# brightest parts.
SKY = float(np.arcsinh(VIEWER_Q * OFFSET) / np.sqrt(VIEWER_Q))
WHITE = 0.8

_SKY_PERCENTILE = 15
_SMOOTHING = 0.012  # of the picture's side
_NOISE_LEVELS, _PEAK_SHARE = 3.0, 0.12  # where a galaxy ends, above its sky
_CENTRAL = 0.15  # of the side: how far from the middle the galaxy's peak may lie
_EXTENT_PERCENTILE, _BRIGHT_PERCENTILE = 97, 98


@dataclass(frozen=True)
class Found:
    """Position, extent and brightness of an image's galaxy."""

    x: float
    y: float
    extent: float  # from the middle to its edge, along its long axis
    sky: float
    bright: float


@dataclass(frozen=True)
class Frame:
    """Settings of the framing; all but the default are for ablation."""

    found: bool = True  # the galaxy, its size and its sky; else the picture as it is
    colour: bool = False  # every publisher has colours of their own
    side: int = SIDE  # pixels

    def lay(self, picture: np.ndarray) -> np.ndarray:
        """An image (H, W, 3) uint8 as (side, side, 3) uint8."""
        side = self.side
        laid = framed(picture, side=side) if self.found else _whole(picture, side)
        if self.colour:
            return laid
        grey = laid.mean(axis=-1, keepdims=True).round().astype(np.uint8)
        return np.repeat(grey, 3, axis=-1)


FRAME = Frame()


def _whole(picture: np.ndarray, side: int) -> np.ndarray:
    image = Image.fromarray(picture)
    return np.asarray(image.resize((side, side), Image.Resampling.BICUBIC))


def framed(picture: np.ndarray, *, side: int = SIDE) -> np.ndarray:
    """A framed image (side, side, 3) uint8 of (H, W, 3) uint8.

    Beyond the image's edge it is filled with noisy sky.
    """
    found = find_galaxy(picture)
    half = MARGIN * found.extent
    box = (found.x - half, found.y - half, found.x + half, found.y + half)
    gain = (WHITE - SKY) / max(found.bright - found.sky, 0.02)
    levels = 255 * SKY + gain * (picture - 255 * found.sky)
    noise = gain * _noise(picture)
    return _cut(levels, noise, box, side)


def find_galaxy(picture: np.ndarray) -> Found:
    """The galaxy nearest the centre: the bright area that contains the central peak."""
    grey = picture.mean(axis=-1) / 255
    size = min(grey.shape)
    smooth = ndimage.gaussian_filter(grey, _SMOOTHING * size)
    sky, noise = _sky(smooth)
    peak = _central_peak(smooth)
    threshold = sky + max(_NOISE_LEVELS * noise, _PEAK_SHARE * (smooth[peak] - sky))
    areas, _ = ndimage.label(smooth > threshold)
    own = areas == areas[peak] if areas[peak] else np.zeros_like(areas, bool)
    if not own.any():
        own[peak] = True
    y, x = np.nonzero(own)
    weight = np.maximum(smooth[own] - sky, 1e-3)
    x0, y0 = np.average(x, weights=weight), np.average(y, weights=weight)
    far = np.percentile(np.hypot(x - x0, y - y0), _EXTENT_PERCENTILE)
    return Found(
        x=x0 + 0.5,
        y=y0 + 0.5,
        extent=float(np.clip(far, 0.06 * size, 0.75 * size)),
        sky=float(sky),
        bright=float(np.percentile(smooth[own], _BRIGHT_PERCENTILE)),
    )


def plain_measures(picture: np.ndarray) -> np.ndarray:
    """(4,) properties of an image (H, W, 3) uint8 other than shape.

    Log of the galaxy's extent in pixels, its contrast to the sky, log ratio of noise to
    contrast, log ratio of red to blue at the centre.
    """
    found = find_galaxy(picture)
    rise = max(found.bright - found.sky, 0.02)
    x, y = max(int(found.x), 4), max(int(found.y), 4)
    red, _, blue = picture[y - 4 : y + 5, x - 4 : x + 5].mean(axis=(0, 1)) + 1
    noise = _noise(picture) / rise
    return np.array([np.log(found.extent), rise, np.log(noise), np.log(red / blue)])


def _sky(smooth: np.ndarray) -> tuple[float, float]:
    """Level of the sky and its noise, from the darker part of the image."""
    sky = np.percentile(smooth, _SKY_PERCENTILE)
    below = smooth[smooth <= sky]
    return float(sky), float(np.sqrt(np.mean((below - sky) ** 2)))


def _central_peak(smooth: np.ndarray) -> tuple[int, int]:
    height, width = smooth.shape
    top, left = (round(side * (0.5 - _CENTRAL)) for side in (height, width))
    middle = smooth[top : height - top, left : width - left]
    y, x = np.unravel_index(int(middle.argmax()), middle.shape)
    return top + int(y), left + int(x)


def _noise(picture: np.ndarray) -> float:
    """Standard deviation of sky pixels, from those darker than the median."""
    dark = picture[picture <= np.percentile(picture, _SKY_PERCENTILE)]
    return float(max(dark.max() - dark.mean(), 1.0)) if len(dark) else 1.0


def _cut(
    levels: np.ndarray, noise: float, box: tuple[float, ...], side: int
) -> np.ndarray:
    """A square of the image, padded with noisy sky and resized."""
    height, width, _ = levels.shape
    pad = int(np.ceil(max(-min(box), max(box) - min(width, height), 0))) + 1
    rng = np.random.default_rng(pad)
    shape = (height + 2 * pad, width + 2 * pad, 3)
    wide = 255 * SKY + noise * rng.standard_normal(shape)
    wide[pad : pad + height, pad : pad + width] = levels
    image = Image.fromarray(np.clip(wide + 0.5, 0, 255).astype(np.uint8))
    moved = tuple(edge + pad for edge in box)
    return np.asarray(image.resize((side, side), Image.Resampling.BICUBIC, box=moved))
