"""The colour stretch of g, r, z fluxes, and its inverse.

With s the scales and m the offset, I = mean_b max(0, s_b f_b + m), and channel b is
(s_b f_b + m) · F(I) / I, clipped to [0, 1], where F(I) = asinh(Q I) / √Q
(Lupton et al. 2004).

Networks see the same stretch: `training.pixels.galaxy_images.asinh_picture` computes it
in torch, on the device of the fit and without rounding to 8 bits. Q is a setting of a
model there, and Q = 20 here, so that images of all models look the same. Change the
formula in both; existing models expect the one they were fitted with.
"""

from dataclasses import dataclass

import numpy as np

# Of the Legacy Surveys viewer: flux scales of g, r, z, and the offset.
SCALES = (6.0, 3.4, 2.2)
OFFSET = 0.03
VIEWER_Q = 20.0


@dataclass(frozen=True)
class Stretch:
    """A stretch that images are offered in; linear if ``q`` is None."""

    title: str
    q: float | None
    note: str


# The names are in addresses.
STRETCHES = {
    "viewer": Stretch(
        "Viewer", VIEWER_Q, "asinh with Q = 20, as in the Legacy Surveys viewer"
    ),
    "authors": Stretch(
        "Ye et al.", 50, "asinh with Q = 50, which compresses the bright centre more"
    ),
    "linear": Stretch(
        "Linear", None, "proportional to flux, which shows structure in the centre"
    ),
}


def colour_picture(flux: np.ndarray, *, q: float | None = VIEWER_Q) -> np.ndarray:
    """RGB image of g, r, z fluxes; linear if ``q`` is None.

    Parameters
    ----------
    flux : (..., 3, H, W) array
        g, r, z fluxes, nanomaggies per pixel; non-finite values count as 0.

    Returns
    -------
    (..., H, W, 3) uint8 array
        Red is z, green is r, blue is g.
    """
    scaled = _scaled(flux)
    intensity = np.maximum(scaled, 0).mean(axis=-3, keepdims=True)
    stretched = _brightness(intensity, q)
    rgb = scaled * stretched / np.where(intensity == 0, 1e-9, intensity)
    return _in_8_bits(np.moveaxis(rgb[..., ::-1, :, :], -3, -1))


def band_picture(flux: np.ndarray, band: int, *, q: float | None) -> np.ndarray:
    """(H, W) uint8 grey image of one band of (3, H, W) fluxes.

    It has the band's stretch in the colour image; the linear one is white at 1 / scale
    nanomaggies per pixel.
    """
    return _in_8_bits(_brightness(np.maximum(_scaled(flux)[band], 0), q))


def fluxes_of(image: np.ndarray) -> np.ndarray:
    """Fluxes from a colour image, the inverse of `colour_picture`.

    With p the channels in [0, 1] and Q = 20, the mean of the channels is
    asinh(Q I) / √Q where all fluxes are above the offset, which gives I. The fluxes of
    clipped pixels are lost.

    Parameters
    ----------
    image : (H, W, 3) array
        From 0 to 255; red is z, green is r, blue is g.

    Returns
    -------
    (3, H, W) float array
        g, r, z, nanomaggies per pixel.
    """
    channels = np.moveaxis(image[..., ::-1].astype(float) / 255, -1, 0)
    stretched = channels.mean(axis=0)
    intensity = np.sinh(np.sqrt(VIEWER_Q) * stretched) / VIEWER_Q
    safe = np.where(stretched > 0, stretched, 1)
    scaled = channels * np.where(stretched > 0, intensity / safe, 0)
    return (scaled - OFFSET) / np.array(SCALES)[:, None, None]


def _scaled(flux: np.ndarray) -> np.ndarray:
    """(..., 3, H, W) fluxes as float32, scaled by band, plus the offset."""
    scales = np.array(SCALES, dtype=np.float32)[:, None, None]
    known = np.nan_to_num(np.asarray(flux, np.float32), nan=0, posinf=0, neginf=0)
    return known * scales + np.float32(OFFSET)


def _brightness(intensity: np.ndarray, q: float | None) -> np.ndarray:
    return intensity if q is None else np.arcsinh(q * intensity) / np.sqrt(q)


def _in_8_bits(image: np.ndarray) -> np.ndarray:
    return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
