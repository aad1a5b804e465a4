"""Positions on the sky: names from coordinates, parsing, cones, external links.

All positions are ICRS degrees.
"""

from morph.sky.cones import cone_ranges, healpix_29, separation_arcsec
from morph.sky.galaxy_names import (
    iauname_from_position,
    position_from_iauname,
    unique_names,
)
from morph.sky.services import external_links, position_texts
from morph.sky.typed_position import Position, parse_position

__all__ = [
    "Position",
    "cone_ranges",
    "external_links",
    "healpix_29",
    "iauname_from_position",
    "parse_position",
    "position_from_iauname",
    "position_texts",
    "separation_arcsec",
    "unique_names",
]
