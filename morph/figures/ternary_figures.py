"""What is drawn of the triangle of three answers: its frame, arrows, and a picture.

Everything is in the plane of `morph.geometry.ternary`, so it lies where the galaxies
lie.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from morph.figures.plane_images import png
from morph.geometry import ternary_density
from morph.geometry.density import Window
from morph.geometry.ternary import HEIGHT, from_plane, to_plane

WINDOW = Window(-0.04, 1.04, -0.085, HEIGHT + 0.075)  # the triangle and its names
PICTURE = Window(0.0, 1.0, 0.0, HEIGHT)
TICKS = (0.25, 0.5, 0.75)
_INSIDE = 0.035  # from the side to the middle of a value written at it
TEXT = (0.14, 0.062)  # width and height of a value where the triangle is 300 px wide
_GREY = (128, 136, 156)
_LEAST_OPACITY = 0.04  # of the densest place's; fainter ones are left blank

# The share of each corner, as a x + b y + c of the plane.
SHARES = ((1.0, -0.5 / HEIGHT, 0.0), (0.0, 1 / HEIGHT, 0.0), (-1.0, -0.5 / HEIGHT, 1.0))

# Directions along which one corner's share stays the same: its opposite side's.
PARALLELS = ((0.5, HEIGHT), (1.0, 0.0), (-0.5, HEIGHT))


@dataclass(frozen=True)
class Tick:
    """A line on which one corner's share is ``value``, and where that is written."""

    corner: int  # 0 bottom right, 1 on top, 2 bottom left
    value: float
    x: tuple[float, float]  # from the side it is written on to the other
    y: tuple[float, float]

    @property
    def written(self) -> tuple[float, float]:
        """x and y just inside the triangle, on the line."""
        start, stop = np.array([self.x[0], self.y[0]]), np.array([self.x[1], self.y[1]])
        way = (stop - start) / np.linalg.norm(stop - start)
        return tuple((start + _INSIDE * way).tolist())


def edges() -> tuple[np.ndarray, np.ndarray]:
    """x and y of the closed triangle."""
    return to_plane(np.eye(3)[[0, 1, 2, 0]])


def ticks() -> tuple[Tick, ...]:
    """Three lines for each corner; each side of the triangle has one corner's values.

    The bottom has those of the first corner, the right side those of the second, the
    left side those of the third, as in Ye et al. 2025, figure 3.
    """
    found = []
    for corner in range(3):
        for value in TICKS:
            ends = np.zeros((2, 3))
            ends[:, corner] = value
            ends[0, (corner + 2) % 3] = 1 - value  # on the corner's own side
            ends[1, (corner + 1) % 3] = 1 - value
            x, y = to_plane(ends)
            found.append(Tick(corner, value, tuple(x), tuple(y)))
    return tuple(found)


def density_picture(
    density: np.ndarray, *, peak: float | None = None, width: int = 560
) -> bytes:
    """PNG of a lattice density over ``PICTURE``: grey, on the scale
    of a square root, clear outside the triangle.

    ``peak`` is the density drawn darkest, by default its own largest; pictures with
    the same peak can be compared.
    """
    _, _, image = ternary_density.density_image(density, width)
    height = np.sqrt(np.maximum(np.nan_to_num(image), 0))
    most = height.max(initial=0) if peak is None else np.sqrt(peak)
    share = np.minimum(height / max(most, 1e-12), 1)
    opacity = np.where(share > _LEAST_OPACITY, 0.1 + 0.8 * share, 0)
    return png(np.broadcast_to(_GREY, (*image.shape, 3)), opacity)


def arrows(shifts: pd.DataFrame, *, head: float = 0.018) -> list[np.ndarray]:
    """Arrows of `ternary.displacement` as polylines (5, 2): shaft, then head.

    An arrow is as long as the mean shift is; its head is a third of it at most.
    """
    found = []
    for row in shifts.itertuples():
        start = np.array([row.x, row.y])
        way = np.array([row.dx, row.dy])
        length = np.hypot(*way)
        if length == 0:
            continue
        along = way / length * min(head, length / 3)
        across = np.array([-along[1], along[0]]) * 0.6
        tip = start + way
        wings = (tip - along + across, tip - along - across)
        found.append(np.array([start, tip, wings[0], tip, wings[1]]))
    return found


def label_place(
    lines: Sequence[np.ndarray], *, avoid: Sequence[tuple[float, float]] = ()
) -> tuple[float, float] | None:
    """Where the name of a contour stands: on it, clear of other names and the ticks'.

    Parameters
    ----------
    lines : sequence of (K, 2) arrays
        The contour, in one piece or several.
    avoid : sequence of (x, y)
        Where other names stand.

    Returns
    -------
    x, y or None
        The contour's point that is farthest from all others, by the size of a text;
        None where it would run into one of them.
    """
    corners = np.column_stack(to_plane(np.eye(3)))
    others = np.array([*corners, *(tick.written for tick in ticks()), *avoid])
    points = np.concatenate(lines)
    apart = np.abs(points[:, None] - others[None]) / TEXT
    gaps = apart.max(axis=-1).min(axis=1)  # boxes are clear in one direction at least
    gaps[from_plane(*points.T).min(axis=1) < _INSIDE] = 0  # half would be outside
    best = int(gaps.argmax())
    return tuple(points[best].tolist()) if gaps[best] > 1 else None
