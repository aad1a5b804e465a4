"""The two views of Simplex: one triangle to draw on, and three panels side by side."""

import streamlit as st

from morph import planes, simplex
from morph.amounts import percent
from morph.funnel import count
from morph.lineage import Adaptation
from morph.regions import Plane
from morph.release_table import LoadedRelease
from morph.selection import Selection
from pages.common import going, ordering
from pages.common.components.plane import Click, plane
from pages.common.here import Here
from pages.common.planes import drawing, region_found
from pages.common.planes import points as map_data
from pages.common.planes import table as plane_table
from pages.common.simplex import data as simplex_data
from pages.common.simplex import numbers as simplex_numbers
from pages.common.simplex import scene as simplex_scene
from pages.common.simplex import words as simplex_words
from pages.common.simplex.controls import Chosen

MASS = 0.8  # of the line by which the panels' clouds are compared


def plane_of(chosen: Chosen) -> Plane:
    """The plane that regions on the triangle lie on."""
    return Plane.of_corners(chosen.corners)


def one(here: Here, chosen: Chosen) -> None:
    """The triangle, and beside it who is in the regions drawn on it."""
    on = plane_of(chosen)
    wanted = _wanted(here, here.release, chosen)
    left, right = st.columns([8, 5], gap="medium")
    with left:
        _triangle(here, chosen, on, wanted)
        _table(here, wanted, chosen)
    with right:
        if chosen.reading:
            simplex_words.reading(chosen.corners)
        _controls(chosen)
        drawing.chips(here, on)
        if drawing.on(on):
            region_found.draw(here, on)
        else:
            region_found.nobody_yet(here, wanted, where="triangle")


def three(here: Here, chosen: Chosen, preset: Adaptation) -> None:
    """The source model on both surveys, and adapted; what is drawn counts in each."""
    on = plane_of(chosen)
    if chosen.reading:
        simplex_words.reading(chosen.corners)
    releases = [release for _, release in preset.panels]
    peak = simplex_data.peak(here, releases, chosen.corners, blur=chosen.blur)
    first = releases[0], _wanted(here, releases[0], chosen)
    over = None
    for place, (column, (title, release)) in enumerate(
        zip(st.columns(3), preset.panels, strict=True)
    ):
        wanted = _wanted(here, release, chosen)
        scene, cloud = simplex_scene.panel(
            here, release, chosen, wanted, over=over, peak=peak
        )
        over = over or cloud
        with column, st.container(gap="xsmall"):
            st.markdown(f"**{title}**  \n:gray[:small[{release.release_id}]]")
            plane(
                scene,
                key=f"panel_{place}",
                on_draw=lambda polygon: drawing.add(on, polygon),
            )
            st.markdown(simplex_words.galaxies(cloud, release))
            _displaced(here, chosen, first, (release, wanted))
            if drawing.on(on):
                inside = count(here.con, release, drawing.within(wanted, on))
                share = percent(inside / max(cloud.galaxies, 1), 1)
                st.markdown(f"In the regions: **{inside:,}** ({share})")
    st.caption(simplex_words.panels_caption(here, chosen.corners))
    _controls(chosen)
    drawing.chips(here, on)


def _wanted(here: Here, release: LoadedRelease, chosen: Chosen) -> Selection:
    return simplex_data.servable(release, here.selection, chosen.corners)


def _displaced(
    here: Here,
    chosen: Chosen,
    first: tuple[LoadedRelease, Selection],
    own: tuple[LoadedRelease, Selection],
) -> None:
    share = simplex_data.within(
        here, first, own, chosen.corners, blur=chosen.blur, mass=MASS
    )
    st.markdown(simplex_words.displaced(share, MASS))


def _controls(chosen: Chosen) -> None:
    """How the next region combines, and the way to one without a mouse."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        drawing.mode_control()
        simplex_numbers.popover(chosen.corners)


def _triangle(here: Here, chosen: Chosen, on: Plane, wanted: Selection) -> None:
    scene, said = simplex_scene.triangle(here, chosen, wanted)
    plane(
        scene,
        key=f"triangle_{chosen.corners.question.name}",
        on_draw=lambda polygon: drawing.add(on, polygon),
        on_click=lambda click: _open(here, wanted, chosen, click),
    )
    st.caption(said)


def _open(here: Here, wanted: Selection, chosen: Chosen, click: Click) -> None:
    """Go to the galaxy that was clicked: the nearest of those selected."""
    placed = simplex_data.shares(here, here.release, chosen.corners, blur=chosen.blur)
    rows = simplex_data.rows(here, here.release, wanted)
    x, y = simplex.to_plane(placed.share[rows])
    nearest = planes.nearest_point(x, y, (click.x, click.y), click.near)
    if nearest is not None:
        name = map_data.names(here)[rows[nearest]]
        going.to_galaxy(name, ordering.to_text(ordering.DEFAULT))


def _table(here: Here, wanted: Selection, chosen: Chosen) -> None:
    with st.expander(plane_table.TITLE):
        placed = simplex_data.shares(here, here.release, chosen.corners)
        rows = simplex_data.rows(here, here.release, wanted)
        simplex_words.table(simplex.count_table(placed.share[rows]), chosen.corners)
