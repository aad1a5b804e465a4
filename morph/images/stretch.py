"""The colour stretch of g, r, z fluxes, and its inverse.

With s the scales and m the offset, I = mean_b max(0, s_b f_b + m), and channel b is
(s_b f_b + m) · F(I) / I, clipped to [0, 1], where F(I) = asinh(Q I) / √Q
(Lupton et al. 2004).

Networks see the same stretch: `training.pixels.galaxy_images.asinh_picture` computes it
in torch, on the device of the fit and without rounding to 8 bits. Q is a setting of a
model there, and Q = 20 here, so that images of all models look the same. Change the
formula in both; existing models expect the one they were fitted with.
"""

from dataclasses import dataclass, field

import numpy as np

from morph.typed_json import within

# Of the Legacy Surveys viewer: flux scales of g, r, z, and the offset.
SCALES = (6.0, 3.4, 2.2)
OFFSET = 0.03
VIEWER_Q = 20.0
BLANK = 96  # grey of pixels without data in some band, brighter than the sky


@dataclass(frozen=True)
class Colours:
    """The stretch of the images of a survey, as its file states it."""

    scales: tuple[float, float, float] = field(
        default=SCALES, metadata={"range": (1e-6, 1e9)}
    )  # of g, r, z
    offset: float = within(OFFSET, -10, 10)
    q: float = within(VIEWER_Q, 0.01, 1e6)


VIEWER = Colours()


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


def colour_picture(
    flux: np.ndarray, *, q: float | None = VIEWER_Q, colours: Colours = VIEWER
) -> np.ndarray:
    """RGB image of g, r, z fluxes; linear if ``q`` is None.

    Pixels without data in some band are grey (`BLANK`). A band without any data, as of
    a survey that does not have it, is shown as the mean of the others.

    Parameters
    ----------
    flux : (..., 3, H, W) array
        g, r, z fluxes, nanomaggies per pixel; not finite where there are no data.

    Returns
    -------
    (..., H, W, 3) uint8 array
        Red is z, green is r, blue is g.
    """
    scaled, blank = _known(_scaled(flux, colours))
    intensity = np.maximum(scaled, 0).mean(axis=-3, keepdims=True)
    stretched = _brightness(intensity, q)
    rgb = scaled * stretched / np.where(intensity == 0, 1e-9, intensity)
    picture = _in_8_bits(np.moveaxis(rgb[..., ::-1, :, :], -3, -1))
    picture[blank] = BLANK
    return picture


def band_picture(
    flux: np.ndarray, band: int, *, q: float | None, colours: Colours = VIEWER
) -> np.ndarray:
    """(H, W) uint8 grey image of one band of (3, H, W) fluxes.

    It has the band's stretch in the colour image; the linear one is white at 1 / scale
    nanomaggies per pixel. Pixels without data are grey (`BLANK`).
    """
    scaled = _scaled(flux, colours)[band]
    picture = _in_8_bits(_brightness(np.maximum(np.nan_to_num(scaled), 0), q))
    picture[np.isnan(scaled)] = BLANK
    return picture


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


def _scaled(flux: np.ndarray, colours: Colours) -> np.ndarray:
    """(..., 3, H, W) fluxes as float32, scaled by band, plus the offset; NaN kept."""
    scales = np.array(colours.scales, dtype=np.float32)[:, None, None]
    known = np.asarray(flux, np.float32)
    known = np.where(np.isfinite(known), known, np.float32(np.nan))
    return known * scales + np.float32(colours.offset)


def _known(scaled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The values without NaN, and (..., H, W) where a band that has data has none."""
    unknown = np.isnan(scaled)
    if not unknown.any():
        return scaled, np.zeros((*scaled.shape[:-3], *scaled.shape[-2:]), dtype=bool)
    without = unknown.all(axis=(-2, -1), keepdims=True)
    blank = (unknown & ~without).any(axis=-3) | unknown.all(axis=-3)
    values = np.nan_to_num(scaled, nan=0.0)
    bands = np.maximum((~without).sum(axis=-3, keepdims=True), 1)
    mean = np.where(without, 0, values).sum(axis=-3, keepdims=True) / bands
    return np.where(without, mean, values).astype(np.float32), blank


def _brightness(intensity: np.ndarray, q: float | None) -> np.ndarray:
    return intensity if q is None else np.arcsinh(q * intensity) / np.sqrt(q)


def _in_8_bits(image: np.ndarray) -> np.ndarray:
    return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
