"""Galaxies on the triangle of three answers: dense places, shifts, regions to draw."""

import streamlit as st

from morph.lineage import adaptation
from pages.common import going, nothing, passing
from pages.common.here import current
from pages.common.planes import drawing
from pages.common.simplex import controls as simplex_controls
from pages.common.simplex import views as simplex_views


@st.fragment
def explore_triangle() -> None:
    """The whole page: what is done on the triangle draws nothing else anew."""
    if going.asked():
        st.rerun()
    here = current()
    drawing.start(here)
    preset = adaptation(here.releases)
    chosen = simplex_controls.choose(here, preset)
    passing.say()
    if chosen.panels:
        simplex_views.three(here, chosen, preset)
    else:
        simplex_views.one(here, chosen)
    drawing.remember(here, simplex_views.plane_of(chosen))


if current().funnel.left == 0:
    nothing.draw(current())
explore_triangle()
