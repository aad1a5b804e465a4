"""Regions of the sky drawn on a map of RA and sin(Dec): outlines, and lassos back."""

from collections.abc import Sequence

import numpy as np

from morph.geometry.sky_regions import MOST_CORNERS, Cone, SkyPolygon
from morph.geometry.sphere import unit_vectors

_POINTS = 240  # of a circle, or of all sides of a polygon


def outline(
    region: Cone | SkyPolygon, *, from_ra: float
) -> tuple[np.ndarray, np.ndarray]:
    """(K,) RA from ``from_ra`` to 360° more, and sin(Dec), of the edge of a region.

    NaN where the line leaves the map on one side and comes back on the other.
    """
    points = _circle(region) if isinstance(region, Cone) else _sides(region)
    ra = (np.degrees(np.arctan2(points[:, 1], points[:, 0])) - from_ra) % 360 + from_ra
    leaves = np.flatnonzero(np.abs(np.diff(ra)) > 180) + 1
    return np.insert(ra, leaves, np.nan), np.insert(points[:, 2], leaves, np.nan)


def from_drawn(ra: Sequence[float], sin_dec: Sequence[float]) -> SkyPolygon:
    """The polygon of a lasso on the map, or of the corners of a box, all or two.

    More than MOST_CORNERS corners are thinned evenly. MorphError if it crosses itself.
    """
    x, y = np.asarray(ra, dtype=float), np.asarray(sin_dec, dtype=float)
    if _is_box(x, y):  # sides along declinations are no great circles: many corners
        x, y = _box(x, y)
    if len(x) > MOST_CORNERS:
        kept = np.linspace(0, len(x) - 1, MOST_CORNERS).astype(int)
        x, y = x[kept], y[kept]
    dec = np.degrees(np.arcsin(np.clip(y, -1, 1)))
    corners = np.column_stack([x % 360, dec]).round(5).tolist()
    return SkyPolygon(tuple((ra, dec) for ra, dec in corners))


def _circle(cone: Cone) -> np.ndarray:
    """(K, 3) unit vectors of the edge of a cone."""
    centre = unit_vectors(np.array(cone.ra), np.array(cone.dec))
    north = unit_vectors(np.array(cone.ra), np.array(cone.dec + 90))
    east = np.cross(north, centre)
    turn = np.linspace(0, 2 * np.pi, _POINTS)[:, None]
    radius = np.radians(cone.radius_deg)
    around = np.cos(turn) * north + np.sin(turn) * east
    return np.cos(radius) * centre + np.sin(radius) * around


def _sides(polygon: SkyPolygon) -> np.ndarray:
    """(K, 3) unit vectors along the sides of a polygon."""
    corners = unit_vectors(*np.transpose(polygon.corners))
    number = max(_POINTS // len(corners), 2)
    part = np.linspace(0, 1, number, endpoint=False)[:, None]
    ends = np.roll(corners, -1, axis=0)
    sides = [(1 - part) * a + part * b for a, b in zip(corners, ends, strict=True)]
    points = np.concatenate([*sides, corners[:1]])
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def _is_box(x: np.ndarray, y: np.ndarray) -> bool:
    """Whether these are two corners, or four with each side along one axis."""
    along = (x == np.roll(x, 1)) != (y == np.roll(y, 1))
    return len(x) == 2 or (len(x) == 4 and bool(along.all()))


def _box(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    number = MOST_CORNERS // 2
    across = np.linspace(x.min(), x.max(), number)
    low, high = np.full(number, y.min()), np.full(number, y.max())
    return np.append(across, across[::-1]), np.append(low, high)
