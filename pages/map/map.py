"""The galaxies on a UMAP of their features, with regions to draw."""

import streamlit as st

from pages.common import toasts
from pages.common.address import navigation
from pages.common.galaxies import empty_selection, release_columns, vectors
from pages.common.here import current
from pages.common.planes import region_drawing, region_found
from pages.map import map_colour, map_empty, map_picked, map_view, map_zoom


@st.fragment
def explore_map() -> None:
    """The whole page as a fragment: a change on the map reruns only this."""
    if navigation.asked():
        st.rerun()
    here = current()
    region_drawing.start(here)
    toasts.say()
    map_picked.start(here)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        on = map_view.choose(here.release)
        plane = on.plane
        if on.features is not None:  # for the most typical galaxies of a region
            vectors.search(here, "features", on.features)
        chosen = map_colour.choose(here, on)
        landmarks, seed = map_view.options()
        region_drawing.by_numbers(plane, release_columns.coordinates(here, on).window)
        map_zoom.breadcrumb(here, on)
    left, right = st.columns([8, 5], gap="medium")
    with left:
        map_view.draw(here, on, chosen, landmarks=landmarks, seed=seed)
    with right:
        picked = map_picked.card(here, on)
        region_drawing.chips(here, plane)
        if region_drawing.on(plane):
            region_drawing.mode_control()
            region_found.draw(here, plane)
        elif not picked:
            map_empty.hint(here, on)
    region_drawing.remember(here, plane)


empty_selection.draw(current())
if current().release.maps:
    explore_map()
else:
    map_empty.without_map(current())
