"""Layers of the triangle: frame, names and ticks, density, contours, arrows, points."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from morph.analysis.triangle import Cloud
from morph.catalogue.release_table import LoadedRelease
from morph.figures import ternary_figures
from morph.geometry.ternary import Corners, to_plane
from morph.geometry.ternary_density import MASSES
from morph.wording import percent
from pages.common.components.plane import Colour, Group, Label, Line, Picture, Points
from pages.common.galaxies import release_columns
from pages.common.here import Here
from pages.simplex import simplex_data

_WIDTHS = dict(zip(MASSES, (2.6, 2.2, 1.8, 1.5, 1.3), strict=True))


def contours(cloud: Cloud, colour: Colour, *, dash: bool = False) -> tuple[Line, ...]:
    """Contours that enclose 20 to 95% of a cloud, the inner ones thicker."""
    return tuple(
        Line(line[:, 0], line[:, 1], colour, 1.6 if dash else _WIDTHS[mass], dash)
        for mass, lines in cloud.contours.items()
        for line in lines
    )


def masses(cloud: Cloud, colour: Colour) -> tuple[Label, ...]:
    """The fraction each contour encloses, written on it where there is room."""
    labels: list[Label] = []
    for mass, lines in reversed(cloud.contours.items()):
        taken = [(label.x, label.y) for label in labels]
        position = ternary_figures.label_place(lines, avoid=taken)
        if position is not None:
            labels.append(Label(*position, percent(mass), colour=colour))
    return tuple(labels)


def arrows(polylines: Iterable[np.ndarray]) -> tuple[Line, ...]:
    """Mean shifts, each with a head."""
    return tuple(Line(line[:, 0], line[:, 1], 1, 2.0) for line in polylines)


def density(
    here: Here,
    release: LoadedRelease,
    corners: Corners,
    *,
    blur: bool,
    peak: float | None = None,
) -> Picture:
    """All galaxies of a release, in grey."""
    png = simplex_data.picture(here, release, corners, blur=blur, peak=peak)
    return Picture(png, ternary_figures.PICTURE)


def points(here: Here, corners: Corners, rows: np.ndarray, *, blur: bool) -> Points:
    """Some galaxies, which show their image on hover."""
    plain = bare_points(here, here.release, corners, rows, blur=blur)
    names = list(release_columns.names(here)[rows])
    pictured = release_columns.pictured(here)[rows]
    return replace(plain, names=names, pictured=pictured, size=1.9)


def bare_points(
    here: Here,
    release: LoadedRelease,
    corners: Corners,
    rows: np.ndarray,
    *,
    blur: bool,
) -> Points:
    """Some galaxies of any release."""
    share = simplex_data.shares(here, release, corners, blur=blur).share
    return Points(*to_plane(share[rows]), size=1.3)


def legend(drawn: int, of: int) -> tuple[Group, ...]:
    """The legend of the points; empty if none are drawn."""
    if not drawn:
        return ()
    return (Group("Selected galaxies", "accent", f"{drawn:,} / {of:,}"),)
