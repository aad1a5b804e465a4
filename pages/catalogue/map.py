"""The galaxies arranged by what the model sees in them, to look at and draw on."""

import streamlit as st

from pages.common import (
    drawing,
    frame,
    going,
    map_colour,
    map_data,
    map_empty,
    map_parts,
    map_picked,
    map_view,
    region_found,
)


@st.fragment
def explore_map() -> None:
    """The whole page: what is done on the map draws nothing else anew."""
    if going.asked():
        st.rerun()
    here = frame.here()
    plane = map_view.plane_of(here)
    drawing.start(here)
    map_picked.start(here)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = map_colour.choose(here)
        landmarks, seed = map_view.options()
        drawing.by_numbers(plane, map_data.coordinates(here).window)
    left, right = st.columns([8, 5], gap="medium")
    with left:
        map_parts.breadcrumb(here)
        map_view.draw(here, chosen, landmarks=landmarks, seed=seed)
    with right:
        picked = map_picked.card(here)
        drawing.chips(here, plane)
        if drawing.on(plane):
            drawing.mode_control()
            region_found.draw(here, plane)
        elif not picked:
            map_empty.hint(here)
    drawing.remember(here, plane)


if frame.here().release.has_projection:
    explore_map()
else:
    map_empty.without_map(frame.here())
