"""PNG images of planes: number density of galaxies, and mean values as colour.

Their size, tens of kilobytes, does not depend on the number of galaxies.
"""

import io

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image, ImageColor

# Viridis without its darkest part, for dark pages (van der Walt & Smith 2015), and a
# diverging scale with equal lightness at both ends (after Crameri 2018).
SEQUENCE = ("#443a83", "#31688e", "#21918c", "#35b779", "#90d743", "#fde725")
DIVERGING = ("#2f7fd0", "#8fb8e0", "#c9ced6", "#e8b07f", "#d9730d")
GREY = (128, 136, 156)


def density_picture(counts: np.ndarray) -> bytes:
    """PNG of the number of galaxies per pixel: grey, more opaque where denser.

    ``counts`` (P, P) are from `morph.geometry.density.density_image`, low y first.
    """
    return png(GREY, 0.85 * _opacity(counts))


def mean_picture(
    mean: np.ndarray,
    counts: np.ndarray,
    *,
    low: float,
    high: float,
    stops: tuple[str, ...] = SEQUENCE,
) -> bytes:
    """PNG of a mean value as colour, more opaque where denser.

    ``mean`` (P, P) is from `morph.geometry.density.mean_image`, NaN transparent, and
    ``counts`` (P, P) the galaxies in the same pixels. ``low`` and ``high`` are the
    values of the first and the last of the ``stops``.
    """
    share = np.clip((mean - low) / max(high - low, 1e-9), 0, 1)
    ramp = np.array([ImageColor.getrgb(stop) for stop in stops])
    places = np.linspace(0, 1, len(stops))
    known = np.isfinite(mean)
    colour = np.stack(
        [np.interp(np.where(known, share, 0), places, band) for band in ramp.T], axis=-1
    )
    return png(colour, np.where(known, 0.35 + 0.65 * _opacity(counts), 0))


def _opacity(counts: np.ndarray) -> np.ndarray:
    """0 to 1 on a logarithmic scale; single galaxies remain visible."""
    most = np.log1p(counts.max(initial=1))
    return np.where(counts > 0, 0.12 + 0.88 * np.log1p(counts) / most, 0)


def png(colour: ArrayLike, opacity: np.ndarray) -> bytes:
    """One colour of 0 to 255, or (H, W, 3), with (H, W) opacities of 0 to 1.

    Rows have low y first.
    """
    colours = np.broadcast_to(colour, (*opacity.shape, 3))
    pixels = np.dstack([colours, 255 * opacity])[::-1]  # image rows start at the top
    image = Image.fromarray((pixels + 0.5).astype(np.uint8), "RGBA")
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()
