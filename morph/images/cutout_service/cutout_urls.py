"""Addresses of cutouts: layer by position, pixel scale by the size of the galaxy."""

import math
from typing import Literal
from urllib.parse import urlencode

import numpy as np

from morph.images.survey.survey import Survey
from morph.images.survey_footprint import galactic_latitude

MOST_PIXELS = 3000  # per side; the viewer cuts larger ones
# Galaxy Zoo DECaLS showed 424 pixels of 0.04 half-light radii (and of 0.02 radii with
# 90% of the light, which releases do not have), at least 0.1" (Walmsley et al. 2022).
_ZOO_PIXELS, _RADII_PER_PIXEL, _LEAST_ARCSEC = 424, 0.04, 0.1
MOST_FIELD_ARCSEC = 400.0


def layer_at(survey: Survey, ra: float, dec: float) -> str:
    """The layer of the service with a position, in degrees."""
    service = survey.service
    if not service.north_layer or dec < service.north_from_dec:
        return service.layer
    north = galactic_latitude(np.array([ra]), np.array([dec]))[0] > 0
    return service.north_layer if north else service.layer


def field_arcsec(survey: Survey, radius_arcsec: float | None, size: int = 256) -> float:
    """Width of a picture of a galaxy: by its half-light radius where known.

    Else it is ``size`` pixels of the survey.
    """
    if radius_arcsec is None or not 0 < radius_arcsec < math.inf:
        return size * (survey.pixscale_arcsec or 0.262)
    pixel = max(_RADII_PER_PIXEL * radius_arcsec, _LEAST_ARCSEC)
    return min(_ZOO_PIXELS * pixel, MOST_FIELD_ARCSEC)


def scale_by_size(survey: Survey, radius_arcsec: float | None, size: int) -> float:
    """Arcsec per pixel of `field_arcsec` in ``size`` pixels, as addresses state it."""
    return float(f"{field_arcsec(survey, radius_arcsec, size) / size:.4g}")


def cutout_address(
    survey: Survey,
    ra: float,
    dec: float,
    *,
    kind: Literal["jpeg", "fits"],
    size: int,
    pixscale_arcsec: float,
) -> str:
    """URL of a square cutout of ``size`` pixels at a position in degrees."""
    query = {
        "ra": f"{ra:.7f}",
        "dec": f"{dec:.7f}",
        "layer": layer_at(survey, ra, dec),
        "pixscale": f"{pixscale_arcsec:.4g}",
        "size": str(size),
    }
    if kind == "fits":
        names = [band.name for band in survey.in_order]
        query["bands"] = ("," if max(map(len, names)) > 1 else "").join(names)
    return f"{survey.service.url.rstrip('/')}/{kind}-cutout?{urlencode(query)}"
