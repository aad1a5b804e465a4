"""What is decoded of an image, the sizes that are accepted, and another size."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from morph.errors import MorphError

SIDES = (16, 4096)  # pixels
PIXSCALES_ARCSEC = (0.01, 10.0)


@dataclass(frozen=True)
class Decoded:
    """Fluxes of an image, its scale and centre if it has them, and what was changed."""

    flux: np.ndarray  # (3, H, W), g, r, z, nanomaggies per pixel; NaN where blank
    pixscale_arcsec: float | None = None
    notices: tuple[str, ...] = ()  # sentences for the reader
    colours: bool = False  # fluxes were computed from colours
    missing: float = 0.0  # fraction of the pixels that were blank and have been filled
    centre: tuple[float, float] | None = None  # ICRS RA and Dec, degrees


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


def central(flux: np.ndarray, size: int, *, part: float = 1.0) -> np.ndarray:
    """The largest square in the middle of a (3, H, W) image, in ``size`` pixels a side.

    Of that square, only the middle ``part`` of each side. See `resampled`.
    """
    side = part * min(flux.shape[1:])
    return resampled(flux, (side, side), (size, size))


def resampled(
    flux: np.ndarray, reach: tuple[float, float], sides: tuple[int, int]
) -> np.ndarray:
    """The middle of a (3, H, W) image in other pixels, by Lanczos resampling.

    ``reach`` is the width and height that is wanted in pixels of the image, ``sides``
    that of the result. Their middles agree, also where that shifts the image by half a
    pixel. Values are surface brightness: they keep their scale, and so does their sum
    times the area of a pixel.
    """
    whole = flux.shape[2], flux.shape[1]
    left, top = (max(w - r, 0) / 2 for w, r in zip(whole, reach, strict=True))
    if sides == reach and left.is_integer() and top.is_integer():
        x, y = int(left), int(top)
        return flux[:, y : y + sides[1], x : x + sides[0]]
    bands = [
        Image.fromarray(band.astype(np.float32)).resize(
            sides,
            Image.Resampling.LANCZOS,
            box=(left, top, whole[0] - left, whole[1] - top),
        )
        for band in flux
    ]
    return np.stack([np.asarray(band) for band in bands])
