"""The two views of Simplex: one triangle to draw on, and three panels side by side."""

import streamlit as st

from morph import listing, planes, simplex
from morph.funnel import count
from morph.lineage import Adaptation
from morph.listing import Order
from morph.regions import Plane
from morph.selection import Selection
from pages.common import (
    drawing,
    going,
    map_data,
    ordering,
    region_found,
    simplex_data,
    simplex_numbers,
    simplex_scene,
    simplex_words,
    tiles,
)
from pages.common.frame import Here
from pages.common.gallery import gallery
from pages.common.plane import Click, plane
from pages.common.simplex_controls import Chosen

TILES = 24
SIDE = 84  # pixels, the least side of a picture


def plane_of(chosen: Chosen) -> Plane:
    """The plane that regions on the triangle lie on."""
    return Plane.of_corners(chosen.corners)


def one(here: Here, chosen: Chosen) -> None:
    """The triangle, and beside it who is in the regions drawn on it."""
    on = plane_of(chosen)
    wanted = simplex_data.servable(here.release, here.selection, chosen.corners)
    left, right = st.columns([8, 5], gap="medium")
    with left:
        _triangle(here, chosen, on, wanted)
        _table(here, wanted, chosen)
    with right:
        if chosen.reading:
            simplex_words.reading(chosen.corners)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            drawing.mode_control()
            simplex_numbers.popover(chosen.corners)
        drawing.chips(here, on)
        if drawing.on(on):
            region_found.draw(here, on)
        else:
            _everyone(here, wanted)


def three(here: Here, chosen: Chosen, preset: Adaptation) -> None:
    """The source model on both surveys, and adapted; what is drawn counts in each."""
    on = plane_of(chosen)
    if chosen.reading:
        simplex_words.reading(chosen.corners)
    over = None
    for place, (column, (title, release)) in enumerate(
        zip(st.columns(3), preset.panels, strict=True)
    ):
        wanted = simplex_data.servable(release, here.selection, chosen.corners)
        scene, cloud = simplex_scene.panel(here, release, chosen, wanted, over=over)
        over = over or cloud
        with column, st.container(gap="xsmall"):
            st.markdown(f"**{title}**  \n:gray[:small[{release.release_id}]]")
            plane(
                scene,
                key=f"panel_{place}",
                on_draw=lambda polygon: drawing.add(on, polygon),
            )
            st.markdown(simplex_words.galaxies(cloud, release))
            if drawing.on(on):
                inside = count(here.con, release, drawing.within(wanted, on))
                share = inside / max(cloud.galaxies, 1)
                st.markdown(f"In the regions: **{inside:,}** ({share:.1%})")
    st.caption(simplex_words.panels_caption(here, chosen.corners))
    drawing.chips(here, on)


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


def _everyone(here: Here, wanted: Selection) -> None:
    """Some of the galaxies on the triangle, until a region is drawn."""
    st.caption(
        "Draw around galaxies on the triangle, or click one. These are some of all, at "
        "random (seed 0)."
    )
    order = ordering.to_text(ordering.DEFAULT)
    columns = tiles.columns(here.release, here.release.tree.labels[0])
    rows = listing.page(
        here.con,
        here.release,
        wanted,
        order=Order("random"),
        limit=TILES,
        columns=columns,
    )
    gallery(
        tiles.of(rows, here.release, None, order=order),
        key="on_triangle",
        label=f"{len(rows)} galaxies on the triangle, at random",
        side=SIDE,
        on_open=lambda name: going.to_galaxy(name, order),
    )


def _table(here: Here, wanted: Selection, chosen: Chosen) -> None:
    with st.expander("The same as a table"):
        placed = simplex_data.shares(here, here.release, chosen.corners)
        rows = simplex_data.rows(here, here.release, wanted)
        simplex_words.table(simplex.count_table(placed.share[rows]), chosen.corners)
