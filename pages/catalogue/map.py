"""The galaxies arranged by what the model sees in them, to look at and draw on."""

import streamlit as st

from pages.common import going, nothing, passing, vectors
from pages.common.here import current
from pages.common.map import colour as map_colour
from pages.common.map import empty as map_empty
from pages.common.map import parts as map_parts
from pages.common.map import picked as map_picked
from pages.common.map import view as map_view
from pages.common.planes import drawing, region_found
from pages.common.planes import points as map_data


@st.fragment
def explore_map() -> None:
    """The whole page: what is done on the map draws nothing else anew."""
    if going.asked():
        st.rerun()
    here = current()
    plane = map_view.plane_of(here)
    drawing.start(here)
    passing.say()
    vectors.prepare(here)  # a region's most typical galaxies will be asked for
    map_picked.start(here)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = map_colour.choose(here)
        landmarks, seed = map_view.options()
        drawing.by_numbers(plane, map_data.coordinates(here).window)
        map_parts.breadcrumb(here)
    left, right = st.columns([8, 5], gap="medium")
    with left:
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


if current().funnel.left == 0:
    nothing.draw(current())
if current().release.has_projection:
    explore_map()
else:
    map_empty.without_map(current())
