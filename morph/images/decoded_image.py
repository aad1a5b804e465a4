"""What is decoded of an uploaded image, and the sizes that are accepted."""

from dataclasses import dataclass

import numpy as np

from morph.errors import MorphError

SIDES = (16, 4096)  # pixels
PIXSCALES_ARCSEC = (0.01, 10.0)


@dataclass(frozen=True)
class Decoded:
    """Fluxes of an image, its pixel scale if the file has it, and what was changed."""

    flux: np.ndarray  # (3, H, W), g, r, z, nanomaggies per pixel; NaN where blank
    pixscale_arcsec: float | None = None
    notices: tuple[str, ...] = ()  # sentences for the reader


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
