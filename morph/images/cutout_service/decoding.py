"""Decode what a cutout service sends: fluxes of a FITS file, pixels of a JPEG.

A response of another format or size is `ServiceTrouble`: services send pages of errors
in place of images, and broken files, when they are busy.
"""

import io
import warnings
from collections.abc import Sequence

import numpy as np
from PIL import Image

from morph.images.cutout_service.bounded_get import NoCutout, ServiceTrouble

_HEADER_BYTES = 200_000  # of FITS, at most


def most_fits_bytes(bands: int, size: int) -> int:
    """The size of the largest FITS file that is accepted."""
    return 4 * bands * size**2 + _HEADER_BYTES


def most_jpeg_bytes(size: int) -> int:
    """The size of the largest JPEG that is accepted."""
    return 3 * size**2 + _HEADER_BYTES


def fluxes(data: bytes, bands: Sequence[str], size: int) -> np.ndarray:
    """(B, S, S) float32 nanomaggies of the ``bands``, in their order.

    Pixels without data are NaN: those that the service sends as exactly 0, as the
    coadds have where no exposure is good, and all those of a band that is not sent.
    NoCutout if the file has no image.
    """
    header, image = _primary(data)
    if image is None:
        raise NoCutout("the survey has no image at this position")
    image = image[None] if image.ndim == 2 else image
    if image.ndim != 3 or image.shape[1:] != (size, size):
        raise ServiceTrouble(
            f"the cutout has the shape {image.shape}; expected {size} × {size} pixels"
        )
    sent = _bands(header, image.shape[0], bands)
    flux = np.full((len(bands), size, size), np.nan, dtype=np.float32)
    for place, band in enumerate(bands):
        if band in sent:
            flux[place] = image[sent.index(band)]
    flux[~np.isfinite(flux) | (flux == 0)] = np.nan
    return flux


def jpeg_pixels(data: bytes, size: int) -> np.ndarray:
    """(S, S, 3) uint8 pixels of a JPEG; NoCutout if it is blank."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=["JPEG"]) as image:
                if image.size != (size, size):
                    raise ServiceTrouble(
                        f"the picture has {image.width} × {image.height} pixels; "
                        f"expected {size} × {size}"
                    )
                pixels = np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError, Warning) as error:
        raise ServiceTrouble(f"the response is not a JPEG ({error})"[:300]) from error
    if np.ptp(pixels.reshape(-1, 3), axis=0).max() == 0:
        raise NoCutout("the picture is blank: the survey has no image there")
    return pixels


def missing_part(flux: np.ndarray) -> float:
    """The fraction of the positions of (B, S, S) fluxes without data in some band."""
    return float(np.isnan(flux).any(axis=0).mean())


def _primary(data: bytes) -> tuple[dict[str, object], np.ndarray | None]:
    """Header and image of the first part; ServiceTrouble if it is broken."""
    from astropy.io import fits  # slow to import

    if not data.startswith(b"SIMPLE  ="):
        raise ServiceTrouble("the response is not a FITS file")
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            fits.open(io.BytesIO(data), memmap=False) as file,
        ):
            first = file[0]
            header = dict(first.header)
            if not first.shape:
                return header, None
            expected = int(np.prod(first.shape)) * abs(first.header["BITPIX"]) // 8
            if expected > len(data):
                raise ServiceTrouble("the FITS file is truncated")
            return header, np.asarray(first.data, dtype=np.float32)
    except (OSError, ValueError, TypeError, LookupError, fits.VerifyError) as error:
        raise ServiceTrouble(f"the FITS file is broken ({error})"[:300]) from error


def _bands(
    header: dict[str, object], planes: int, asked: Sequence[str]
) -> tuple[str, ...]:
    """The bands of the planes, by the header; else those that were asked for."""
    listed = [str(header.get(f"BAND{plane}", "")).strip() for plane in range(planes)]
    if all(listed):
        return tuple(listed)
    named = str(header.get("BANDS", "")).strip()
    if len(named) == planes:
        return tuple(named)
    if planes != len(asked):
        raise ServiceTrouble(
            f"the cutout has {planes} planes and does not name them; expected the "
            f"bands {', '.join(asked)}"
        )
    return tuple(asked)
