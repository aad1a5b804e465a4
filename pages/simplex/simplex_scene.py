"""The triangle as a scene of the plane: alone with all layers, or as a panel."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from morph.analysis.triangle import Cloud
from morph.figures import ternary_figures
from morph.figures.plane_scene import Group, Label, Line, Picture, Points, Scene
from morph.geometry.ternary import to_plane
from morph.geometry.ternary_density import MASSES
from pages.common.here import Here
from pages.common.planes import galaxy_points, region_drawing
from pages.common.planes import triangle_frame as frame
from pages.common.server.routes import thumbnails
from pages.simplex import simplex_data, simplex_words
from pages.simplex.simplex_controls import Triangle
from pages.simplex.simplex_data import Placement

HEIGHT, LOW = 540, 296  # pixels of one triangle, and of one of three
_WIDTHS = dict(zip(MASSES, (2.6, 2.2, 1.8, 1.5, 1.3), strict=True))


def triangle(here: Here, chosen: Triangle) -> tuple[Scene, str]:
    """The selected galaxies over the whole release, and their caption."""
    at = chosen.placed(here.release)
    cloud, rows = simplex_data.cloud(here, at), simplex_data.sample(here, at)
    if "Points" not in chosen.layers:
        rows = rows[:0]
    points, legend, labels = None, (), ()
    if len(rows):
        points = galaxy_points.points(here, rows, *_positions(here, at, rows), size=1.9)
        counts = f"{len(rows):,} / {cloud.galaxies:,}"
        legend = (Group("Selected galaxies", "accent", counts),)
    if "Contours" in chosen.layers:
        labels = frame.masses(reversed(cloud.contours.items()), "text")
    caption = simplex_words.caption(here, chosen, cloud, drawn=len(rows))
    beside, contours = _beside(here, chosen)
    shifted, arrows = _shifts(here, chosen)
    scene = _scene(
        here,
        chosen,
        at,
        cloud,
        lines=(*arrows, *contours),
        labels=labels,
        points=points,
        groups=legend,
        address=thumbnails.url(here.release, "{}", width=128),
        height=HEIGHT,
    )
    return scene, caption + beside + shifted


def panel(
    here: Here, chosen: Triangle, at: Placement, *, over: Cloud | None, peak: float
) -> tuple[Scene, Cloud]:
    """One release's galaxies, with the contours of another cloud dashed over them."""
    cloud, points = simplex_data.cloud(here, at), None
    if "Points" in chosen.layers:
        rows = simplex_data.sample(here, at)
        points = Points(*_positions(here, at, rows), size=1.3)
    scene = _scene(
        here,
        chosen,
        at,
        cloud,
        lines=_dashed(over) if over else (),
        points=points,
        peak=peak,
        fixed=True,
        height=LOW,
        tools=False,
    )
    return scene, cloud


def _scene(
    here: Here,
    chosen: Triangle,
    at: Placement,
    cloud: Cloud,
    *,
    lines: Sequence[Line],
    labels: Sequence[Label] = (),
    peak: float | None = None,
    **more: Any,
) -> Scene:
    """The layers of every triangle: density, contours, regions; and ``more``."""
    regions, names = region_drawing.layers(chosen.plane)
    contours, picture = (), None
    if "Contours" in chosen.layers:
        contours = frame.contours(cloud.contours, _WIDTHS, "text")
    if "Density" in chosen.layers:
        png = simplex_data.picture(here, at, peak=peak)
        picture = Picture(png, ternary_figures.PICTURE)
    return frame.scene(
        at.corners,
        simplex_words.spoken(at, cloud),
        lines=(*contours, *lines, *regions),
        labels=(*labels, *names),
        reading=chosen.reading,
        picture=picture,
        **more,
    )


def _positions(
    here: Here, at: Placement, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    return to_plane(simplex_data.positions(here, at, rows))


def _dashed(cloud: Cloud) -> tuple[Line, ...]:
    return frame.contours(cloud.contours, _WIDTHS, "red", dash=True)


def _beside(here: Here, chosen: Triangle) -> tuple[str, tuple[Line, ...]]:
    """Contours of the other release, and their caption."""
    if chosen.beside is None:
        return "", ()
    cloud = simplex_data.cloud(here, chosen.placed(chosen.beside))
    return simplex_words.beside(chosen.beside, cloud), _dashed(cloud)


def _shifts(here: Here, chosen: Triangle) -> tuple[str, tuple[Line, ...]]:
    """Arrows from the other release to this one, and their caption."""
    if chosen.beside is None or "Shifts" not in chosen.layers:
        return "", ()
    table = simplex_data.shifts(here, chosen.beside, chosen.corners)
    arrows = ternary_figures.arrows(table)
    lines = tuple(Line(arrow[:, 0], arrow[:, 1], 1, 2.0) for arrow in arrows)
    return simplex_words.shifts(chosen.beside, table), lines
