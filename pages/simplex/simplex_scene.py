"""The triangle as a scene of the plane: alone with all layers, or as a panel."""

from dataclasses import replace

from morph.analysis.triangle import Cloud
from morph.catalogue.release_table import LoadedRelease
from morph.figures import ternary_figures
from morph.geometry.regions import Plane
from morph.selection.selection import Selection
from pages.common.components.plane import Scene
from pages.common.here import Here
from pages.common.planes import region_drawing, triangle_frame
from pages.simplex import simplex_data, simplex_layers, simplex_words
from pages.simplex.simplex_controls import Chosen

HEIGHT, LOW = 540, 296  # pixels of one triangle, and of one of three


def triangle(here: Here, chosen: Chosen, wanted: Selection) -> tuple[Scene, str]:
    """The selected galaxies over the whole release, and their caption."""
    corners, blur, release = chosen.corners, chosen.blur, here.release
    cloud = simplex_data.cloud(here, release, wanted, corners, blur=blur)
    rows = simplex_data.sample(here, release, wanted)
    if "Points" not in chosen.layers:
        rows = rows[:0]
    hidden = simplex_data.shares(here, release, corners, blur=False).hidden
    caption = simplex_words.caption(
        here, corners, cloud, hidden=hidden, drawn=len(rows)
    )
    if blur:
        caption += simplex_words.BLURRED
        if release.passes > 1:
            caption += " With several passes, the draw is from the mean concentrations."
    lines, labels = region_drawing.layers(Plane.of_corners(corners))
    for more, words in (_beside(here, chosen), _shifts(here, chosen, wanted)):
        lines, caption = (*more, *lines), caption + words
    if "Contours" in chosen.layers:
        lines = (*simplex_layers.contours(cloud, "text"), *lines)
        labels = (*simplex_layers.masses(cloud, "text"), *labels)
    blank = _blank(chosen, simplex_words.spoken(release, cloud, corners))
    scene = replace(
        blank,
        picture=simplex_layers.density(here, release, corners, blur=blur)
        if "Density" in chosen.layers
        else None,
        points=simplex_layers.points(here, corners, rows, blur=blur)
        if len(rows)
        else None,
        lines=(*blank.lines, *lines),
        labels=(*blank.labels, *labels),
        groups=simplex_layers.legend(len(rows), cloud.galaxies),
        address=triangle_frame.address(release),
        height=HEIGHT,
    )
    return scene, caption


def panel(
    here: Here,
    release: LoadedRelease,
    chosen: Chosen,
    wanted: Selection,
    *,
    over: Cloud | None,
    peak: float,
) -> tuple[Scene, Cloud]:
    """One release's galaxies, with the contours of another cloud dashed over them."""
    corners, blur = chosen.corners, chosen.blur
    cloud = simplex_data.cloud(here, release, wanted, corners, blur=blur)
    rows = simplex_data.sample(here, release, wanted)
    lines, labels = region_drawing.layers(Plane.of_corners(corners))
    if over is not None:
        lines = (*simplex_layers.contours(over, "red", dash=True), *lines)
    if "Contours" in chosen.layers:
        lines = (*simplex_layers.contours(cloud, "text"), *lines)
    blank = _blank(chosen, simplex_words.spoken(release, cloud, corners))
    scene = replace(
        blank,
        picture=simplex_layers.density(here, release, corners, blur=blur, peak=peak)
        if "Density" in chosen.layers
        else None,
        points=simplex_layers.bare_points(here, release, corners, rows, blur=blur)
        if "Points" in chosen.layers
        else None,
        lines=(*blank.lines, *lines),
        labels=(*blank.labels, *labels),
        fixed=True,
        height=LOW,
        tools=False,
    )
    return scene, cloud


def _blank(chosen: Chosen, label: str) -> Scene:
    """An empty triangle with its description for screen readers."""
    reading, corners = chosen.reading, chosen.corners
    return Scene(
        label=label,
        window=ternary_figures.WINDOW,
        lines=triangle_frame.frame(reading=reading),
        labels=triangle_frame.names(corners, reading=reading),
        equal=True,
        readout=tuple(zip(corners.words, ternary_figures.SHARES, strict=True)),
        guides=ternary_figures.PARALLELS if reading else (),
    )


def _beside(here: Here, chosen: Chosen) -> tuple[tuple, str]:
    """Contours of the other release, and their caption."""
    if chosen.beside is None:
        return (), ""
    other, corners = chosen.beside, chosen.corners
    wanted = simplex_data.servable(other, here.selection, corners)
    cloud = simplex_data.cloud(here, other, wanted, corners, blur=chosen.blur)
    lines = simplex_layers.contours(cloud, "red", dash=True)
    return lines, simplex_words.beside(other, cloud)


def _shifts(here: Here, chosen: Chosen, wanted: Selection) -> tuple[tuple, str]:
    """Arrows from the other release to this one, and their caption."""
    if chosen.beside is None or "Shifts" not in chosen.layers:
        return (), ""
    table = simplex_data.shifts(here, chosen.beside, wanted, chosen.corners)
    lines = simplex_layers.arrows(ternary_figures.arrows(table))
    return lines, simplex_words.shifts(chosen.beside, table)
