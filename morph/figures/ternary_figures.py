"""Frame, ticks, arrows and density image of the triangle of three answers.

Coordinates are those of the plane of `morph.geometry.ternary`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from morph.figures.plane_images import GREY, png
from morph.geometry import ternary_density
from morph.geometry.density import Window
from morph.geometry.ternary import HEIGHT, from_plane, to_plane

WINDOW = Window(-0.04, 1.04, -0.085, HEIGHT + 0.075)  # the triangle and its names
PICTURE = Window(0.0, 1.0, 0.0, HEIGHT)
TICKS = (0.25, 0.5, 0.75)
_INSIDE = 0.035  # from a side to the centre of its tick labels
TEXT = (0.14, 0.062)  # width and height of a tick label on a triangle 300 px wide
_SHOWN = 2.0  # least size of a contour with a label, in sizes of the label
_HEAD = 0.018  # of an arrow
_WIDTH = 560  # pixels of a density image
_LEAST_OPACITY = 0.04  # of the maximum; fainter pixels are blank

# The fraction of each corner, as a x + b y + c in the plane.
SHARES = ((1.0, -0.5 / HEIGHT, 0.0), (0.0, 1 / HEIGHT, 0.0), (-1.0, -0.5 / HEIGHT, 1.0))

# Directions of constant fraction of each corner, parallel to its opposite side.
PARALLELS = ((0.5, HEIGHT), (1.0, 0.0), (-0.5, HEIGHT))


@dataclass(frozen=True)
class Tick:
    """A line of constant fraction ``value`` of one corner, and its label."""

    corner: int  # 0 bottom right, 1 on top, 2 bottom left
    value: float
    x: tuple[float, float]  # from the labelled side to the other
    y: tuple[float, float]

    @property
    def written(self) -> tuple[float, float]:
        """Position of the label, on the line just inside the triangle."""
        start, stop = np.array([self.x[0], self.y[0]]), np.array([self.x[1], self.y[1]])
        way = (stop - start) / np.linalg.norm(stop - start)
        return tuple((start + _INSIDE * way).tolist())


def edges() -> tuple[np.ndarray, np.ndarray]:
    """x and y of the closed triangle."""
    return to_plane(np.eye(3)[[0, 1, 2, 0]])


def ticks() -> tuple[Tick, ...]:
    """Three lines per corner, labelled on one side each.

    The bottom has the labels of the first corner, the right side those of the second,
    the left side those of the third, as in Ye et al. 2025, figure 3.
    """
    lines = []
    for corner in range(3):
        for value in TICKS:
            ends = np.zeros((2, 3))
            ends[:, corner] = value
            ends[0, (corner + 2) % 3] = 1 - value  # on the corner's own side
            ends[1, (corner + 1) % 3] = 1 - value
            x, y = to_plane(ends)
            lines.append(Tick(corner, value, tuple(x), tuple(y)))
    return tuple(lines)


def density_picture(density: np.ndarray, *, peak: float | None = None) -> bytes:
    """PNG of a lattice density over ``PICTURE``, grey on a square-root scale.

    It is transparent outside the triangle. ``peak`` is the density drawn darkest, by
    default the maximum; images with the same peak can be compared.
    """
    image = ternary_density.density_image(density, _WIDTH)
    height = np.sqrt(np.maximum(np.nan_to_num(image), 0))
    most = height.max(initial=0) if peak is None else np.sqrt(peak)
    share = np.minimum(height / max(most, 1e-12), 1)
    opacity = np.where(share > _LEAST_OPACITY, 0.1 + 0.8 * share, 0)
    return png(GREY, opacity)


def arrows(shifts: pd.DataFrame) -> list[np.ndarray]:
    """Arrows of `ternary.displacement` as polylines (5, 2): shaft, then head.

    An arrow has the length of the mean shift, and a head of at most a third of it.
    """
    polylines = []
    for row in shifts.itertuples():
        start = np.array([row.x, row.y])
        way = np.array([row.dx, row.dy])
        length = np.hypot(*way)
        if length == 0:
            continue
        along = way / length * min(_HEAD, length / 3)
        across = np.array([-along[1], along[0]]) * 0.6
        tip = start + way
        wings = (tip - along + across, tip - along - across)
        polylines.append(np.array([start, tip, wings[0], tip, wings[1]]))
    return polylines


def label_place(
    lines: Sequence[np.ndarray], *, avoid: Sequence[tuple[float, float]] = ()
) -> tuple[float, float] | None:
    """A position for the label of a contour, clear of other labels and ticks.

    ``lines`` are the pieces of the contour, (K, 2) each, and ``avoid`` the positions of
    other labels. The result is the point of the contour farthest from all others, in
    units of label sizes; None where labels would overlap, or hide most of the contour.
    """
    lines = [line for line in lines if (np.ptp(line, axis=0) / TEXT).max() > _SHOWN]
    if not lines:
        return None
    corners = np.column_stack(to_plane(np.eye(3)))
    others = np.array([*corners, *(tick.written for tick in ticks()), *avoid])
    points = np.concatenate(lines)
    apart = np.abs(points[:, None] - others[None]) / TEXT
    gaps = apart.max(axis=-1).min(axis=1)  # boxes are clear in one direction at least
    gaps[from_plane(*points.T).min(axis=1) < _INSIDE] = 0  # half would be outside
    best = int(gaps.argmax())
    return tuple(points[best].tolist()) if gaps[best] > 1 else None
