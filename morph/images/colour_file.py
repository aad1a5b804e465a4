"""Colours of a JPEG, PNG or TIFF image, whatever its pixels are stored as."""

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from morph.errors import MorphError
from morph.images.decoded_image import SIDES, Decoded, check_sides, too_large
from morph.images.stretch import colour_picture, fluxes_of
from morph.wording import percent

FORMATS = ("JPEG", "PNG", "TIFF")

_BY_ALPHA = ("1", "L", "LA", "P", "RGB", "RGBA")  # Pillow applies a transparent colour
_BY_STEPS = {"La": "LA", "PA": "RGBA", "RGBa": "RGBA"}
_OPAQUE = ("RGBX", "CMYK", "YCbCr")
_WORDS = {"I": "32-bit integers", "F": "floating-point numbers"}  # of other modes
_ROWS = 256  # whose fluxes are computed at once, in 8 bytes each
_PHOTOMETRIC, _MIN_IS_WHITE = 262, 0  # a tag of TIFF


def read_colours(path: Path) -> Decoded:
    """Fluxes of a colour or grey image; transparent pixels become empty sky.

    MorphError if it has too few or too many pixels, or pixels without a known range.
    """
    Image.MAX_IMAGE_PIXELS = SIDES[1] ** 2
    with warnings.catch_warnings(action="ignore"):  # of odd tags
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(path, formats=FORMATS) as image:
                check_sides(*image.size)
                return _decoded(image)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise too_large() from error
        except UnidentifiedImageError as error:  # its message is a path
            raise ValueError("or its pixels are not 8-bit or 16-bit") from error


def _decoded(image: Image.Image) -> Decoded:
    notices = []
    if image.format != "JPEG" and getattr(image, "n_frames", 1) > 1:
        notices.append(f"The file has {image.n_frames} images; the first was used.")
    if image.mode.startswith("I;16"):
        colours, opaque = _grey_of_16_bits(image)
        notices.append("16-bit grey was scaled by its full range of 65,535.")
    else:
        colours, opaque = _of_8_bits(image)
    if not opaque.any():
        raise MorphError("all its pixels are transparent; save it without transparency")
    if (opaque < 1).any():
        sky = colour_picture(np.zeros((3, 1, 1)))[0, 0].astype(np.float32)
        colours = opaque * colours + (1 - opaque) * sky
        part = percent((opaque < 1).mean())
        notices.append(f"Transparent pixels ({part}) were treated as empty sky.")
    if np.ptp(colours, axis=2).max() == 0:
        notices.append("The image is grey, so the galaxy has neutral colours.")
    return Decoded(_fluxes(colours), notices=tuple(notices), colours=True)


def _fluxes(colours: np.ndarray) -> np.ndarray:
    """(3, H, W) float32; some rows at a time, as a large image takes 2 GB at once."""
    flux = np.empty((3, *colours.shape[:2]), dtype=np.float32)
    for top in range(0, flux.shape[1], _ROWS):
        flux[:, top : top + _ROWS] = fluxes_of(colours[top : top + _ROWS])
    return flux


def _grey_of_16_bits(image: Image.Image) -> tuple[np.ndarray, np.ndarray]:
    """Colours from 0 to 255 and opacities from 0 to 1, (H, W, 3) and (H, W, 1)."""
    key = image.info.get("transparency")
    inverted = getattr(image, "tag_v2", {}).get(_PHOTOMETRIC) == _MIN_IS_WHITE
    values = np.asarray(ImageOps.exif_transpose(image))[..., None]
    opaque = np.full(values.shape, True) if key is None else values != key
    grey = (65535 - values if inverted else values) / np.float32(257)
    return np.repeat(grey, 3, axis=2), opaque.astype(np.float32)


def _of_8_bits(image: Image.Image) -> tuple[np.ndarray, np.ndarray]:
    """As `_grey_of_16_bits`, of other pixels; of 16-bit colours the upper 8 bits."""
    stored = image.tile[0][3] if image.tile else ""
    upright = ImageOps.exif_transpose(image)
    key = upright.info.get("transparency")
    if upright.mode in ("L", "RGB") and isinstance(key, int | tuple):
        upright.info["transparency"] = _key_in_8_bits(key, str(stored))
    if upright.mode in _BY_STEPS:
        upright = upright.convert(_BY_STEPS[upright.mode])
    elif upright.mode in _OPAQUE:
        upright = upright.convert("RGB")
    if upright.mode not in _BY_ALPHA:
        raise MorphError(
            f"its pixels are {_WORDS.get(upright.mode, upright.mode)}; expected grey "
            "or colour pixels of 8 or 16 bits. Save it as PNG, or as FITS with fluxes"
        )
    pixels = np.asarray(upright.convert("RGBA"))
    return pixels[..., :3], pixels[..., 3:] / np.float32(255)


def _key_in_8_bits(key: int | tuple[int, ...], stored: str) -> int | tuple[int, ...]:
    """A transparent colour as Pillow's pixels are; the file's have 2 to 16 bits."""
    if isinstance(key, int):
        return key * {"L;2": 85, "L;4": 17}.get(stored, 1)
    return tuple(value >> 8 for value in key) if "16" in stored else key
