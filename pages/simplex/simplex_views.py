"""The two views of Simplex: one triangle to draw on, and three panels side by side."""

import streamlit as st

from morph.catalogue.lineage import AdaptationReleases
from morph.catalogue.release_table import LoadedRelease
from morph.geometry import density, ternary
from morph.geometry.regions import Plane
from morph.selection.funnel import count
from morph.selection.selection import Selection
from morph.wording import percent
from pages.common.address import navigation
from pages.common.components.plane import Click, plane
from pages.common.galaxies import release_columns
from pages.common.here import Here
from pages.common.planes import plane_table, region_drawing, region_found
from pages.simplex import box_by_shares, simplex_data, simplex_scene, simplex_words
from pages.simplex.simplex_controls import Chosen

MASS = 0.8  # of the contour by which the panels are compared


def plane_of(chosen: Chosen) -> Plane:
    """The plane of regions on the triangle."""
    return Plane.of_corners(chosen.corners)


def one(here: Here, chosen: Chosen) -> None:
    """The triangle, beside the galaxies in the regions drawn on it."""
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
        region_drawing.chips(here, on)
        if region_drawing.on(on):
            region_found.draw(here, on)
        else:
            region_found.nobody_yet(here, wanted, where="triangle")


def three(here: Here, chosen: Chosen, preset: AdaptationReleases) -> None:
    """The source model on both surveys, and the adapted one; regions count in each."""
    on = plane_of(chosen)
    if chosen.reading:
        simplex_words.reading(chosen.corners)
    releases = [release for _, release in preset.panels]
    peak = simplex_data.peak(here, releases, chosen.corners, blur=chosen.blur)
    first = releases[0], _wanted(here, releases[0], chosen)
    over = None
    for number, (column, (title, release)) in enumerate(
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
                key=f"panel_{number}",
                on_draw=lambda polygon: region_drawing.add(on, polygon),
            )
            st.markdown(simplex_words.galaxies(cloud, release))
            _displaced(here, chosen, first, (release, wanted))
            if region_drawing.on(on):
                inside = count(here.con, release, region_drawing.within(wanted, on))
                share = percent(inside / max(cloud.galaxies, 1), 1)
                st.markdown(f"In the regions: **{inside:,}** ({share})")
    st.caption(simplex_words.panels_caption(here, chosen.corners))
    _controls(chosen)
    region_drawing.chips(here, on)


def _wanted(here: Here, release: LoadedRelease, chosen: Chosen) -> Selection:
    return simplex_data.servable(release, here.selection, chosen.corners)


def _displaced(
    here: Here,
    chosen: Chosen,
    first: tuple[LoadedRelease, Selection],
    other: tuple[LoadedRelease, Selection],
) -> None:
    share = simplex_data.within(
        here, first, other, chosen.corners, blur=chosen.blur, mass=MASS
    )
    st.markdown(simplex_words.displaced(share, MASS))


def _controls(chosen: Chosen) -> None:
    """How the next region combines, and a region from numbers."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        region_drawing.mode_control()
        box_by_shares.popover(chosen.corners)


def _triangle(here: Here, chosen: Chosen, on: Plane, wanted: Selection) -> None:
    scene, caption = simplex_scene.triangle(here, chosen, wanted)
    plane(
        scene,
        key=f"triangle_{chosen.corners.question.name}",
        on_draw=lambda polygon: region_drawing.add(on, polygon),
        on_click=lambda click: _open(here, wanted, chosen, click),
    )
    st.caption(caption)


def _open(here: Here, wanted: Selection, chosen: Chosen, click: Click) -> None:
    """Open the selected galaxy nearest to the click."""
    placed = simplex_data.shares(here, here.release, chosen.corners, blur=chosen.blur)
    rows = release_columns.rows(here, here.release, wanted)
    x, y = ternary.to_plane(placed.share[rows])
    nearest = density.nearest_point(x, y, (click.x, click.y), click.near)
    if nearest is not None:
        name = release_columns.names(here)[rows[nearest]]
        navigation.to_galaxy(name)


def _table(here: Here, wanted: Selection, chosen: Chosen) -> None:
    with st.expander(plane_table.TITLE):
        placed = simplex_data.shares(here, here.release, chosen.corners, blur=False)
        rows = release_columns.rows(here, here.release, wanted)
        simplex_words.table(ternary.count_table(placed.share[rows]), chosen.corners)
