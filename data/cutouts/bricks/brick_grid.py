"""The grid of bricks of the Legacy Surveys: which brick has a position, and its name.

Rows of bricks are 0.25° high, centred on declinations -90°, -89.75°, ..., 90°. Each row
is an even number of bricks from RA 0 on, none wider than 0.25° on the sky; at the poles
it is one brick. This is the grid of ``survey-bricks.fits.gz``, and of desiutil.brick.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

_STEP = 0.25  # degrees
_ROWS = 721


@dataclass(frozen=True, order=True)
class Brick:
    """A brick by its row, from the south pole, and its place in the row, from RA 0."""

    row: int
    column: int

    @property
    def ra_limits(self) -> tuple[float, float]:
        """Right ascensions of its edges, degrees."""
        columns = int(_columns()[self.row])
        return 360 * self.column / columns, 360 * (self.column + 1) / columns

    @property
    def dec_limits(self) -> tuple[float, float]:
        """Declinations of its edges, degrees; beyond the pole for those at a pole."""
        return self.dec - _STEP / 2, self.dec + _STEP / 2

    @property
    def ra(self) -> float:
        """Right ascension of the centre, degrees."""
        return sum(self.ra_limits) / 2

    @property
    def dec(self) -> float:
        """Declination of the centre, degrees."""
        return self.row * _STEP - 90

    @property
    def name(self) -> str:
        """RRRrpDDd or RRRrmDDd: the coordinates of the centre, cut to 0.1°."""
        # Rounded first: a centre at 39.599999999999994° has the name 0396.
        ra, dec = round(self.ra * 1e4) // 1000, round(abs(self.dec) * 1e4) // 1000
        return f"{ra:04}{'m' if self.dec < 0 else 'p'}{dec:03}"

    @property
    def number(self) -> int:
        """BRICKID: from 1 at the south pole to 662174 at the north pole."""
        return int(_columns()[: self.row].sum()) + self.column + 1


def bricks_at(ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    """(N, 2) row and column of the bricks with N positions in degrees."""
    row = np.floor((np.asarray(dec) + 90 + _STEP / 2) / _STEP).astype(int)
    row = np.clip(row, 0, _ROWS - 1)
    columns = _columns()[row]
    column = np.floor(np.mod(ra, 360) / 360 * columns).astype(int)
    return np.stack([row, np.minimum(column, columns - 1)], axis=-1)


def brick_at(ra: float, dec: float) -> Brick:
    """The brick with a position in degrees."""
    row, column = bricks_at(np.array(ra), np.array(dec)).tolist()
    return Brick(row, column)


@cache
def _columns() -> np.ndarray:
    """The number of bricks in each row."""
    dec = np.abs(np.arange(_ROWS) * _STEP - 90)
    widest = np.cos(np.radians(dec - _STEP / 2))
    columns = np.array(
        [2 * math.ceil(360 / _STEP * width / 2) for width in widest], dtype=int
    )
    columns[[0, -1]] = 1
    columns.setflags(write=False)
    return columns
