"""The pixel scale of a FITS image, from the whole matrix of its coordinates."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from astropy import units as u
from astropy.io import fits
from astropy.wcs import WCS
from astropy.wcs.utils import proj_plane_pixel_scales

from morph.errors import MorphError
from morph.images.decoded_image import PIXSCALES_ARCSEC

_CD = ("CD1_1", "CD1_2", "CD2_1", "CD2_2")
_OTHERS = ("PC1_1", "PC1_2", "PC2_1", "PC2_2", "CDELT1", "CDELT2", "CROTA1", "CROTA2")
_UNITS = ("CUNIT1", "CUNIT2")
# Sides of a pixel in arcsec, in headers without coordinates.
_SIDES = ("PIXSCALE", "PIXSCAL1", "SECPIX", "SECPIX1", "PIXELSCL")
_SQUARE = 0.05  # largest relative difference of the sides of a pixel

Header = Mapping[str, Any]


def pixscale_arcsec(
    header: Header, primary: Header, notices: list[str]
) -> float | None:
    """The side of a pixel; None, with a notice, if the headers do not give it.

    MorphError if the pixels are not square.
    """
    scales = _scales_arcsec(header)
    if scales is None:
        scales = _scales_arcsec(primary)
    if scales is None:
        notices.append(
            "The header has no pixel scale; enter it if it is not the default."
        )
        return None
    width, height = scales
    if abs(width - height) > _SQUARE * max(width, height):
        raise MorphError(
            f"its pixels are {width:.3f} × {height:.3f} arcsec; expected square "
            "pixels. Resample it"
        )
    side = float(np.sqrt(width * height))
    least, most = PIXSCALES_ARCSEC
    if not least <= side <= most:
        notices.append(
            f"The pixel scale in the header, {side:.3g} arcsec, is outside {least:g} "
            f"to {most:g}; enter the correct one."
        )
        return None
    return side


def _scales_arcsec(header: Header) -> np.ndarray | None:
    """Width and height of a pixel; None if the header does not give them."""
    # Only these cards matter, whatever the projection and however many axes.
    cards = {name: header[name] for name in (*_CD, *_OTHERS) if name in header}
    if not cards.keys() - {"CROTA1", "CROTA2"}:
        sides = [header[name] for name in _SIDES if _is_positive(header.get(name))]
        return np.array(sides[:1] * 2, float) if sides else None
    if "CDELT1" in cards:
        cards.setdefault("CDELT2", cards["CDELT1"])
    if cards.keys() & set(_CD) == {"CD1_1"}:
        cards["CD2_2"] = cards["CD1_1"]
    try:
        cards = {name: float(value) for name, value in cards.items()}
        units = {n: _angle(header[n]) for n in _UNITS if n in header}
        types = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN"}
        wcs = WCS(fits.Header(cards | units | types), naxis=2)
        scales = proj_plane_pixel_scales(wcs) * 3600
    except (ValueError, TypeError):  # an error of wcslib is a ValueError
        return None
    return scales if np.isfinite(scales).all() and (scales > 0).all() else None


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and 0 < value < np.inf


def _angle(unit: Any) -> str:
    """A unit as wcslib writes it, of words such as "degrees"; else a ValueError."""
    word = str(unit).strip().lower()
    found = u.Unit(word.removesuffix("s") if len(word) > 4 else word or "deg")
    if not found.is_equivalent(u.deg):
        raise ValueError(f"{word} is not an angle")
    return found.to_string("fits")
