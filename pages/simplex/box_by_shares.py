"""A region of the triangle from ranges of its fractions, without a mouse."""

import streamlit as st

from morph.geometry.regions import Plane
from morph.geometry.ternary import Corners, share_polygon, to_plane
from pages.common import toasts
from pages.common.components.plane import Drawn
from pages.common.planes import region_drawing


def popover(corners: Corners) -> None:
    """A slider for the fraction of each corner, and a button to draw the region."""
    with st.popover("By numbers", icon=":material/keyboard:"):
        st.caption("The region where each fraction is within its range.")
        for corner, words in enumerate(corners.words):
            st.slider(words, 0.0, 1.0, (0.0, 1.0), 0.01, key=_key(corners, corner))
        st.button("Draw the region", key="draw_shares", on_click=_draw, args=(corners,))


def _draw(corners: Corners) -> None:
    ranges = [st.session_state[_key(corners, corner)] for corner in range(3)]
    polygon = share_polygon(ranges)
    if len(polygon) < 3:
        toasts.note("No three fractions in these ranges sum to 1.", ":material/error:")
        return
    x, y = to_plane(polygon)
    region_drawing.add(Plane.of_corners(corners), Drawn(tuple(x), tuple(y), None))


def _key(corners: Corners, corner: int) -> str:
    return f"share_{corners.question.name}_{corner}"
