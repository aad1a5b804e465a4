"""Galaxies as points of a plane: images on hover, and a click that opens one."""

from typing import Any

import numpy as np

from morph.figures.plane_scene import Points
from morph.geometry import density
from pages.common.address import navigation
from pages.common.components.plane import Click
from pages.common.galaxies import release_columns
from pages.common.here import Here


def points(
    here: Here, rows: np.ndarray, x: np.ndarray, y: np.ndarray, **more: Any
) -> Points:
    """The galaxies of ``rows`` at x, y; ``more`` are other fields of the points."""
    names = release_columns.names(here, rows)
    pictured = release_columns.pictured(here)[rows]
    return Points(x, y, names=names, pictured=pictured, **more)


def open_nearest(
    here: Here, rows: np.ndarray, x: np.ndarray, y: np.ndarray, click: Click
) -> None:
    """Open the galaxy of ``rows`` nearest to a click; only from a callback."""
    nearest = density.nearest_point(x, y, (click.x, click.y), click.near)
    if nearest is not None:
        navigation.to_galaxy(release_columns.names(here, [rows[nearest]])[0])
