"""Render galaxy images: stretch, bands, field of view, inversion; and zip them."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from morph.errors import MorphError
from morph.images.store import encode_jpeg, find_cutout
from morph.images.store_manifest import BANDS, read_store_manifest
from morph.images.stretch import (
    STRETCHES,
    VIEWER,
    Colours,
    band_picture,
    colour_picture,
)
from morph.images.surveys import survey_called

COLOUR = "".join(BANDS)  # all three, as blue, green and red

CHOICES = {
    "stretch": tuple(STRETCHES),
    "bands": (COLOUR, *BANDS),
    "invert": ("0", "1"),
}
FIELDS_ARCSEC = (1.0, 600.0)
MOST_IN_ZIP = 500  # galaxies
_ZIP_WIDTH = 256  # pixels


@dataclass(frozen=True)
class ImageStyle:
    """How a cutout is rendered; ``field_arcsec`` None is the whole cutout."""

    stretch: str = "viewer"
    bands: str = COLOUR
    field_arcsec: float | None = None
    invert: bool = False

    def parameters(self) -> dict[str, str]:
        """The parameters of a URL, as read by `style_of`."""
        parameters = {
            "stretch": self.stretch,
            "bands": self.bands,
            "invert": "1" if self.invert else "0",
        }
        if self.field_arcsec is not None:
            parameters["field"] = f"{self.field_arcsec:.3f}"
        return parameters


def style_of(query: Mapping[str, str]) -> ImageStyle:
    """The style from parameters of a URL; other parameters are ignored.

    MorphError if a value is invalid, with the valid ones.
    """
    for name, allowed in CHOICES.items():
        if query.get(name, allowed[0]) not in allowed:
            raise MorphError(
                f"{name} is {query[name][:40]!r}; expected one of: {', '.join(allowed)}"
            )
    return ImageStyle(
        query.get("stretch", "viewer"),
        query.get("bands", COLOUR),
        _field(query["field"]) if "field" in query else None,
        query.get("invert") == "1",
    )


def draw(
    flux: np.ndarray,
    style: ImageStyle,
    *,
    pixscale_arcsec: float,
    colours: Colours = VIEWER,
) -> np.ndarray:
    """Render the centre of a cutout, pixel by pixel.

    Parameters
    ----------
    flux : (3, S, S) array
        g, r, z fluxes, nanomaggies per pixel.

    Returns
    -------
    (K, K, 3) or (K, K) uint8 array
        K is S, or smaller for a smaller field of view.
    """
    middle = _middle(flux, style.field_arcsec, pixscale_arcsec)
    q = colours.q if style.stretch == "viewer" else STRETCHES[style.stretch].q
    if style.bands == COLOUR:
        image = colour_picture(middle, q=q, colours=colours)
    else:
        band = BANDS.index(style.bands)
        image = band_picture(middle, band, q=q, colours=colours)
    return 255 - image if style.invert else image


def encode_png(image: np.ndarray) -> bytes:
    """Encode a uint8 image, grey or RGB, as PNG."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def _field(text: str) -> float:
    low, high = FIELDS_ARCSEC
    try:
        field = float(text)
    except ValueError:
        field = float("nan")
    if not low <= field <= high:  # also if it is NaN
        raise MorphError(
            f"field is {text[:40]!r}; expected {low:g} to {high:g} arcsec across"
        )
    return field


def _middle(flux: np.ndarray, field: float | None, pixscale: float) -> np.ndarray:
    """The central pixels, cropped symmetrically."""
    side = flux.shape[-1]
    if field is None or field >= side * pixscale:
        return flux
    cut = max(0, round((side - field / pixscale) / 2))
    cut = min(cut, (side - 1) // 2)
    return flux[..., cut : side - cut, cut : side - cut]


def zip_of_cutouts(
    stores: Sequence[Path], names: Sequence[str], *, about: str
) -> bytes:
    """A zip of images ``<iauname>.jpg``, each from the first store with the galaxy.

    ``about`` is written to ``README.txt``. MorphError if there are too many galaxies.
    """
    if len(names) > MOST_IN_ZIP:
        raise MorphError(
            f"{len(names):,} images are too many for one zip; select at most "
            f"{MOST_IN_ZIP} galaxies"
        )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("README.txt", about)
        for name in names:
            jpeg = _jpeg(stores, name)
            if jpeg is not None:
                archive.writestr(f"{name}.jpg", jpeg)
    return file.getvalue()


def _jpeg(stores: Sequence[Path], name: str) -> bytes | None:
    """The image in the first store with the galaxy."""
    for folder in stores:
        flux = find_cutout(folder, name)
        if flux is not None:
            colours = survey_called(read_store_manifest(folder).survey).colours
            picture = colour_picture(flux, colours=colours)
            return encode_jpeg(picture, width=_ZIP_WIDTH)
    return None
