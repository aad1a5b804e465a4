"""What is decoded of an image, the sizes that are accepted, and another size."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from morph.errors import MorphError

SIDES = (16, 4096)  # pixels
PIXSCALES_ARCSEC = (0.01, 10.0)


@dataclass(frozen=True)
class Decoded:
    """Fluxes of an image, its pixel scale if the file has it, and what was changed."""

    flux: np.ndarray  # (3, H, W), g, r, z, nanomaggies per pixel; NaN where blank
    pixscale_arcsec: float | None = None
    notices: tuple[str, ...] = ()  # sentences for the reader
    colours: bool = False  # fluxes were computed from colours
    missing: float = 0.0  # fraction of the pixels that were blank and have been filled


def check_sides(width: int, height: int) -> None:
    """Raise a MorphError for an image that is too small or too large."""
    if min(width, height) < SIDES[0]:
        raise MorphError(
            f"it has {width} × {height} pixels; at least {SIDES[0]} are needed"
        )
    if max(width, height) > SIDES[1]:
        raise too_large()


def too_large() -> MorphError:
    """The error of an image with too many pixels."""
    return MorphError(
        f"it has more than {SIDES[1]:,} pixels per side; crop it to the galaxy"
    )


def central_square(flux: np.ndarray) -> np.ndarray:
    """The largest square in the middle of a (3, H, W) image."""
    _, height, width = flux.shape
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return flux[:, top : top + side, left : left + side]


def resampled(square: np.ndarray, size: int) -> np.ndarray:
    """A (3, S, S) image in ``size`` pixels per side, by Lanczos resampling.

    Values are surface brightness: they keep their scale, and so does their sum times
    the area of a pixel.
    """
    if square.shape[-1] == size:
        return square
    bands = [
        Image.fromarray(band.astype(np.float32)).resize(
            (size, size), Image.Resampling.LANCZOS
        )
        for band in square
    ]
    return np.stack([np.asarray(band) for band in bands])
