"""The position of the middle of a FITS image, from the coordinates in its header."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS

_OF_AN_AXIS = ("CRVAL{}", "CRPIX{}", "CDELT{}", "CROTA{}")
_OF_BOTH = ("CD{}_1", "CD{}_2", "PC{}_1", "PC{}_2")
_NUMBERS = [one.format(axis) for axis in (1, 2) for one in (*_OF_AN_AXIS, *_OF_BOTH)]
_NUMBERS += ["EQUINOX", "EPOCH", "LONPOLE", "LATPOLE"]
_TEXTS = ["CTYPE1", "CTYPE2", "CUNIT1", "CUNIT2", "RADESYS", "RADECSYS"]
# Without these, a projection would be of the celestial pole, or of no scale.
_NEEDED = ("CRVAL1", "CRVAL2", "CRPIX1", "CRPIX2")
_SCALES = ("CD1_1", "CDELT1")
_LONGITUDES = ("RA--", "GLON")

Header = Mapping[str, Any]


def centre_in(
    header: Header, primary: Header, shape: tuple[int, int]
) -> tuple[float, float] | None:
    """ICRS RA and Dec, in degrees, of the middle of an image of ``shape`` (H, W).

    None if neither header has celestial coordinates, or those given are impossible.
    """
    for one in (header, primary):
        if str(one.get("CTYPE1", ""))[:4] in _LONGITUDES:
            return _centre(one, shape)
    return None


def _centre(header: Header, shape: tuple[int, int]) -> tuple[float, float] | None:
    has_scale = any(name in header for name in _SCALES)
    if not has_scale or not all(name in header for name in _NEEDED):
        return None
    height, width = shape
    try:
        # Only these cards matter, however many axes there are; so no distortions, which
        # are far below a pixel in the middle.
        cards = {name: header[name] for name in _TEXTS if name in header}
        cards |= {name: float(header[name]) for name in _NUMBERS if name in header}
        wcs = WCS(fits.Header(cards), naxis=2)
        middle = wcs.pixel_to_world((width - 1) / 2, (height - 1) / 2)
        if not isinstance(middle, SkyCoord):
            return None
        ra, dec = float(middle.icrs.ra.deg), float(middle.icrs.dec.deg)
    except (ValueError, TypeError, AttributeError):  # those of wcslib are ValueErrors
        return None
    return (ra, dec) if np.isfinite([ra, dec]).all() else None
