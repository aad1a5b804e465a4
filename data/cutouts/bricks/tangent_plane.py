"""Pixels of a tangent-plane (TAN) projection, and those of one such image in another.

A pixel of a TAN image is a vector on the sky up to its length, by a matrix of 3 × 3
(Calabretta & Greisen 2002, A&A 395, 1077, section 5.1.3). The way from
one TAN image to another is therefore a product of such matrices, which is exact
everywhere: at the poles and at RA 0, too.
"""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class TangentPlane:
    """A TAN image; x and y count pixels from 0, at their centres."""

    ra: float  # of the tangent point, degrees
    dec: float
    x: float  # its pixel
    y: float
    # Degrees per pixel, as CD1_1, CD1_2, CD2_1, CD2_2 of FITS
    cd: tuple[float, float, float, float]
    width: int
    height: int

    @property
    def to_sky(self) -> np.ndarray:
        """(3, 3) from (x, y, 1) to a vector towards that pixel, of any length."""
        scale = np.radians(np.array(self.cd).reshape(2, 2))
        origin = -scale @ [self.x, self.y]
        pixels = np.eye(3)
        pixels[:2] = np.column_stack([scale, origin])
        return _axes(self.ra, self.dec) @ pixels

    @property
    def pixscales_arcsec(self) -> tuple[float, float]:
        """The lengths of a step in x and of one in y."""
        a, b, c, d = self.cd
        return 3600 * math.hypot(a, c), 3600 * math.hypot(b, d)


def centred_on(
    ra: float, dec: float, size: int, pixscale_arcsec: float
) -> TangentPlane:
    """A square cutout: north is up, east is left, the position in the middle.

    As those of the Legacy Surveys viewer.
    """
    step, middle = pixscale_arcsec / 3600, (size - 1) / 2
    return TangentPlane(ra, dec, middle, middle, (-step, 0, 0, step), size, size)


def pixels_in(
    plane: TangentPlane, other: TangentPlane
) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) x and y, in ``other``, of the pixels of ``plane``.

    NaN for pixels more than 90° from its tangent point.
    """
    x, y, depth = _of_pixels(np.linalg.solve(other.to_sky, plane.to_sky), plane)
    with np.errstate(divide="ignore", invalid="ignore"):
        depth = np.where(depth > 0, depth, np.nan)
        return x / depth, y / depth


def sky_of(plane: TangentPlane) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) right ascensions and declinations of the pixels, in degrees."""
    x, y, z = _of_pixels(plane.to_sky, plane)
    ra = np.degrees(np.arctan2(y, x)) % 360
    return ra, np.degrees(np.arctan2(z, np.hypot(x, y)))


def _of_pixels(matrix: np.ndarray, plane: TangentPlane) -> np.ndarray:
    """(3, H, W) a matrix times (x, y, 1) of each pixel."""
    y, x = np.indices((plane.height, plane.width), dtype=float)
    return np.tensordot(matrix, np.stack([x, y, np.ones_like(x)]), axes=1)


def _axes(ra: float, dec: float) -> np.ndarray:
    """(3, 3) columns: unit vectors to the east, to the north and to a position."""
    (sin_ra, sin_dec), (cos_ra, cos_dec) = (
        [f(math.radians(angle)) for angle in (ra, dec)] for f in (math.sin, math.cos)
    )
    return np.array(
        [
            [-sin_ra, -sin_dec * cos_ra, cos_dec * cos_ra],
            [cos_ra, -sin_dec * sin_ra, cos_dec * sin_ra],
            [0, cos_dec, sin_dec],
        ]
    )
