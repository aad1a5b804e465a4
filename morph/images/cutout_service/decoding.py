"""Decode what a cutout service sends: fluxes of a FITS file, pixels of a JPEG.

A response of another format or size is `ServiceTrouble`: services send pages of errors
in place of images, and broken files, when they are busy.
"""

import io
import warnings
from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image

from morph.images.cutout_service.bounded_get import NoCutout, ServiceTrouble
from morph.images.fits.row_order import rows_go_up
from morph.sky import separation_arcsec

_HEADER_BYTES = 200_000  # of FITS, at most
_SAME_PIXELS = 1.0  # from the position that was asked for
_SAME_SCALE = 0.01  # relative
_COORDINATES = (
    *("CTYPE1", "CTYPE2", "CRVAL1", "CRVAL2", "CRPIX1", "CRPIX2", "CUNIT1", "CUNIT2"),
    *("CD1_1", "CD1_2", "CD2_1", "CD2_2", "PC1_1", "PC1_2", "PC2_1", "PC2_2"),
    *("CDELT1", "CDELT2"),
)


def most_fits_bytes(bands: int, size: int) -> int:
    """The size of the largest FITS file that is accepted."""
    return 4 * bands * size**2 + _HEADER_BYTES


def most_jpeg_bytes(size: int) -> int:
    """The size of the largest JPEG that is accepted."""
    return 3 * size**2 + _HEADER_BYTES


def fluxes(
    data: bytes,
    bands: Sequence[str],
    size: int,
    *,
    place: tuple[float, float] | None = None,
    pixscale_arcsec: float | None = None,
) -> np.ndarray:
    """(B, S, S) float32 nanomaggies of the ``bands``, in their order.

    Rows are in the order of a JPEG: the north one first.
    Pixels without data are NaN: those that the service sends as exactly 0, as coadds
    have where no exposure is good, and all those of a band that is not sent. Noise is
    hardly ever exactly 0: in none of 814,668 pixels of three real cutouts.
    NoCutout if the file has no image; ServiceTrouble if its header states another
    centre than ``place`` (RA and Dec in degrees), or other pixels.
    """
    header, image = _primary(data)
    if image is not None:
        _check_sky(header, image.shape[-2:], place, pixscale_arcsec)
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
    return flux[:, ::-1].copy() if rows_go_up(header) else flux


def centre_of(
    header: Mapping[str, object], shape: tuple[int, int]
) -> tuple[float, float, float] | None:
    """RA, Dec and pixel scale, in degrees and arcsec, of the centre of an image.

    Of an image of ``shape`` (H, W); None if the header has no celestial coordinates.
    """
    from astropy.io import fits  # slow to import
    from astropy.wcs import WCS
    from astropy.wcs.utils import proj_plane_pixel_scales

    cards = {word: header[word] for word in _COORDINATES if word in header}
    if not str(cards.get("CTYPE1", "")).startswith("RA--"):
        return None
    try:
        wcs = WCS(fits.Header(cards), naxis=2)
        ra, dec = wcs.wcs_pix2world((shape[1] - 1) / 2, (shape[0] - 1) / 2, 0)
        scale = np.sqrt(np.prod(proj_plane_pixel_scales(wcs))) * 3600
    except (ValueError, TypeError) as error:  # an error of wcslib is a ValueError
        raise ServiceTrouble(f"its coordinates are broken ({error})"[:300]) from error
    return float(ra), float(dec), float(scale)


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


def _check_sky(
    header: Mapping[str, object],
    shape: tuple[int, ...],
    place: tuple[float, float] | None,
    pixscale_arcsec: float | None,
) -> None:
    """ServiceTrouble if the header states another place, or other pixels."""
    stated = centre_of(header, (shape[0], shape[1]))
    if stated is None:
        return
    ra, dec, scale = stated
    if place is not None:
        apart = separation_arcsec(ra, dec, from_ra=place[0], from_dec=place[1])
        if not apart <= _SAME_PIXELS * scale:
            raise ServiceTrouble(
                f"the cutout is centred on {ra:.5f} {dec:+.5f}, not on {place[0]:.5f} "
                f"{place[1]:+.5f}"
            )
    if pixscale_arcsec and abs(scale / pixscale_arcsec - 1) > _SAME_SCALE:
        raise ServiceTrouble(
            f"the pixels of the cutout are {scale:.4g} arcsec wide, not "
            f"{pixscale_arcsec:g} as requested"
        )


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
