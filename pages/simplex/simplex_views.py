"""The two views of Simplex: one triangle to draw on, and three panels side by side."""

from functools import partial

import streamlit as st

from morph.analysis.triangle import Cloud
from morph.catalogue.adaptation_releases import AdaptationReleases
from morph.figures.in_print.numbers import of_triangles
from morph.figures.plane_scene import Scene
from morph.geometry import ternary
from morph.selection.funnel import count
from morph.wording import percent
from pages.common import figure_file, toasts
from pages.common.components.plane import Click, Drawn, plane
from pages.common.here import Here
from pages.common.planes import (
    galaxy_points,
    region_drawing,
    region_found,
)
from pages.simplex import simplex_data, simplex_scene, simplex_words
from pages.simplex.simplex_controls import Triangle
from pages.simplex.simplex_data import Placement

MASS = 0.8  # of the contour by which the panels are compared


def one(here: Here, chosen: Triangle) -> None:
    """The triangle, beside the galaxies in the regions drawn on it."""
    left, right = st.columns([8, 5], gap="medium")
    with left:
        scene, caption = simplex_scene.triangle(here, chosen)
        cloud = simplex_data.cloud(here, chosen.placed(here.release))
        plane(
            scene,
            key=f"triangle_{chosen.corners.question.name}",
            on_draw=partial(region_drawing.add, chosen.plane),
            on_click=partial(_open, here, chosen),
        )
        _figure(chosen, [scene], {here.release.release_id: cloud}, caption)
        st.caption(caption)
        simplex_words.table(here, Placement(here.release, chosen.corners, blur=False))
    with right:
        if chosen.reading:
            simplex_words.reading(chosen.corners)
        _controls(chosen)
        wanted = simplex_data.wanted(here, chosen.placed(here.release))
        region_found.beside(here, chosen.plane, wanted, where="triangle")


def three(here: Here, chosen: Triangle, preset: AdaptationReleases) -> None:
    """The source model on both surveys, and the adapted one; regions apply to each."""
    if chosen.reading:
        simplex_words.reading(chosen.corners)
    every = [chosen.placed(release) for _, release in preset.panels]
    peak = simplex_data.peak(here, every)
    columns, over, scenes, clouds = st.columns(3), None, [], {}
    for number, (at, (title, release)) in enumerate(
        zip(every, preset.panels, strict=True)
    ):
        scene, cloud = simplex_scene.panel(here, chosen, at, over=over, peak=peak)
        over = over or cloud
        scenes.append(scene)
        clouds[f"{title}\n{release.release_id}"] = cloud
        with columns[number], st.container(gap="xsmall"):
            st.markdown(f"**{title}**  \n:gray[:small[{release.release_id}]]")
            plane(
                scene,
                key=f"panel_{number}",
                on_draw=partial(region_drawing.add, chosen.plane),
            )
            st.markdown(simplex_words.galaxies(cloud, release))
            share = simplex_data.within(here, every[0], at, MASS)
            st.markdown(simplex_words.displaced(share, MASS))
            _in_regions(here, chosen, at, cloud.galaxies)
    caption = simplex_words.panels_caption(here, chosen.corners)
    _figure(chosen, scenes, clouds, caption)
    st.caption(caption)
    _controls(chosen)
    region_drawing.chips(here, chosen.plane)


def _figure(
    chosen: Triangle, scenes: list[Scene], clouds: dict[str, Cloud], caption: str
) -> None:
    """Offer the triangles for print; three are figure 3 of Ye et al. 2025."""
    corners, several = chosen.corners, len(scenes) > 1
    title = f"Expected vote fractions of {corners.question.title}"
    panels = {
        name: (cloud.contours if "Contours" in chosen.layers else {}, scene.points)
        for (name, cloud), scene in zip(clouds.items(), scenes, strict=True)
    }
    figure_file.offer_planes(
        scenes,
        key=f"simplex_{corners.question.name}" + ("_adaptation" if several else ""),
        caption=f"{title}. {caption}",
        table=lambda: of_triangles(panels, corners.words),
        titles=list(clouds) if several else (),
        columns=180 if several else 88,
    )


def _in_regions(here: Here, chosen: Triangle, at: Placement, galaxies: int) -> None:
    if region_drawing.on(chosen.plane):
        within = region_drawing.within(simplex_data.wanted(here, at), chosen.plane)
        inside = count(here.con, at.release, within)
        share = percent(inside / max(galaxies, 1), 1)
        st.markdown(f"In the regions: **{inside:,}** ({share})")


def _controls(chosen: Triangle) -> None:
    """How the next region combines, and a region from numbers."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        region_drawing.mode_control()
        with st.popover("Enter limits", icon=":material/keyboard:"):
            st.caption("The region where each fraction is within its range.")
            question = chosen.corners.question.name
            keys = [f"share_{question}_{corner}" for corner in range(3)]
            for words, key in zip(chosen.corners.words, keys, strict=True):
                st.slider(words, 0.0, 1.0, (0.0, 1.0), 0.01, key=key)
            st.button(
                "Draw the region",
                key="draw_shares",
                on_click=_draw_region,
                args=(chosen, keys),
            )


def _draw_region(chosen: Triangle, keys: list[str]) -> None:
    polygon = ternary.share_polygon([st.session_state[key] for key in keys])
    if len(polygon) < 3:
        toasts.note("No three fractions in these ranges sum to 1.", ":material/error:")
        return
    x, y = ternary.to_plane(polygon)
    region_drawing.add(chosen.plane, Drawn(tuple(x), tuple(y), None))


def _open(here: Here, chosen: Triangle, click: Click) -> None:
    at = chosen.placed(here.release)
    x, y = ternary.to_plane(simplex_data.selected_shares(here, at))
    galaxy_points.open_nearest(here, simplex_data.rows(here, at), x, y, click)
