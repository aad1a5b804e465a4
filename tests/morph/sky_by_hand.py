"""Random regions of the sky, and who is inside, by methods other than morph's."""

from dataclasses import replace

import astropy.units as u
import numpy as np
from astropy.coordinates import SkyCoord
from hypothesis import strategies as st

from morph.geometry.sky_regions import Cone, SkyPolygon, SkyRegion

RA, DEC = st.floats(0, 359.9), st.floats(-90, 90)


def cones(ra=RA, dec=DEC) -> st.SearchStrategy[Cone]:
    return st.builds(Cone, ra, dec, st.floats(1e-4, 60))


@st.composite
def polygons(draw, ra=RA, dec=DEC) -> SkyPolygon:
    """Polygons like stars around a centre, most of them not convex."""
    centre = SkyCoord(draw(ra), draw(dec), unit="deg")
    number = draw(st.integers(3, 12))
    part = st.floats(0.2, 1)
    reach = draw(st.floats(0.01, 50))
    away = [reach * draw(part) for _ in range(number)]
    # Less than half a turn from corner to corner, or the centre would be outside.
    turns = (np.arange(number) + [0.3 * draw(part) for _ in range(number)]) / number
    corners = centre.directional_offset_by(turns * 360 * u.deg, away * u.deg)
    return SkyPolygon(tuple(zip(corners.ra.deg % 360, corners.dec.deg, strict=True)))


def either_side(regions: st.SearchStrategy[SkyRegion]) -> st.SearchStrategy[SkyRegion]:
    """The regions, and all outside them."""
    turned = regions.map(lambda region: replace(region, outside=True))
    return regions | turned


def in_region(region: SkyRegion, ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    """(N,) bool: a cone by astropy's separation, a polygon by how it turns around."""
    known = np.isfinite(ra) & np.isfinite(dec)
    inside = np.zeros(len(ra), dtype=bool)
    at = SkyCoord(ra[known], dec[known], unit="deg")
    if isinstance(region, Cone):
        centre = SkyCoord(region.ra, region.dec, unit="deg")
        inside[known] = at.separation(centre).deg <= region.radius_deg
    else:
        inside[known] = _turns_around(region, at)
    return known & ~inside if region.outside else inside


def near_the_edge(region: SkyRegion, ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    """(N,) bool: whether rounding decides on which side a position is."""
    at = SkyCoord(ra, dec, unit="deg")
    if isinstance(region, Cone):
        away = at.separation(SkyCoord(region.ra, region.dec, unit="deg")).deg
        return np.abs(away - region.radius_deg) < 1e-9
    corners = SkyCoord(region.corners, unit="deg").cartesian.xyz.value.T
    normals = np.cross(corners, np.roll(corners, -1, axis=0))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return (np.abs(at.cartesian.xyz.value.T @ normals.T) < 1e-9).any(axis=1)


def _turns_around(polygon: SkyPolygon, at: SkyCoord) -> np.ndarray:
    """Whether the direction to a point that walks around the polygon makes a turn."""
    corners = SkyCoord(polygon.corners, unit="deg")
    directions = np.array([at.position_angle(corner).deg for corner in corners])
    turns = np.roll(directions, -1, axis=0) - directions
    turned = ((turns + 180) % 360 - 180).sum(axis=0)
    # From the other side of the sky it makes a turn too.
    centre = SkyCoord(*polygon.centre, unit="deg")
    return (np.abs(turned) > 180) & (at.separation(centre).deg < 90)
