"""Directions and great circles on the sphere; positions are in ICRS degrees."""

import math

import numpy as np

from morph.errors import MorphError


def gnomonic(
    ra: np.ndarray, dec: np.ndarray, centre_ra: float, centre_dec: float
) -> tuple[np.ndarray, np.ndarray]:
    """(N,) x to the east and y to the north, on the plane that touches the centre.

    Great circles become straight lines (Calabretta & Greisen 2002, A&A 395, 1077,
    section 5.1.3). NaN at 90° from the centre and beyond.
    """
    east, north = np.radians(ra - centre_ra), np.radians(dec)
    up = math.radians(centre_dec)
    depth = math.sin(up) * np.sin(north) + math.cos(up) * np.cos(north) * np.cos(east)
    depth = np.where(depth > 1e-9, depth, np.nan)
    y = math.cos(up) * np.sin(north) - math.sin(up) * np.cos(north) * np.cos(east)
    return np.cos(north) * np.sin(east) / depth, y / depth


def unit_vectors(ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    """(N, 3) unit vectors of positions in degrees."""
    east, north = np.radians(ra), np.radians(dec)
    across = np.cos(north)
    return np.stack([across * np.cos(east), across * np.sin(east), np.sin(north)], -1)


def separation_deg(
    ra: np.ndarray, dec: np.ndarray, from_ra: float, from_dec: float
) -> np.ndarray:
    """(N,) great-circle distances in degrees, accurate where it is small."""
    chord = unit_vectors(ra, dec) - unit_vectors(from_ra, from_dec)
    half = np.linalg.norm(chord, axis=-1) / 2
    return np.degrees(2 * np.arcsin(np.minimum(half, 1)))


def mean_direction(ra: np.ndarray, dec: np.ndarray) -> tuple[float, float]:
    """RA and Dec of the sum of unit vectors; of any point if they cancel out."""
    x, y, z = unit_vectors(ra, dec).sum(axis=0)
    mean_ra = math.degrees(math.atan2(y, x)) % 360
    mean_dec = math.degrees(math.atan2(z, math.hypot(x, y)))
    return (0.0 if mean_ra == 360 else mean_ra), mean_dec


def check_sides(plane: np.ndarray) -> None:
    """MorphError if two sides of a polygon on a plane, (C, 2), cross or touch."""
    number = len(plane)
    start, end = plane, np.roll(plane, -1, axis=0)
    for i in range(number):
        others = np.arange(i + 2, number - (i == 0))  # not the sides beside it
        if not len(others):
            continue
        a, b, c, d = start[i], end[i], start[others], end[others]
        crosses = (_turn(a, b, c) * _turn(a, b, d) <= 0) & (
            _turn(c, d, a) * _turn(c, d, b) <= 0
        )
        if crosses.any():
            other = int(others[int(crosses.argmax())])
            raise MorphError(
                f"sides {i + 1} and {other + 1} of the polygon cross or touch; give "
                "the corners in order around it"
            )
    if abs(_area(plane)) <= 1e-12 * np.ptp(plane, axis=0).max() ** 2:
        raise MorphError("the corners of the polygon are on one great circle")


def _turn(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """On which side of the line from ``a`` to ``b`` the point ``c`` is: -1, 0 or 1."""
    along, to = b - a, c - a
    return np.sign(along[..., 0] * to[..., 1] - along[..., 1] * to[..., 0])


def _area(plane: np.ndarray) -> float:
    x, y = plane.T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)
