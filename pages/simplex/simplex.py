"""Galaxies on the triangle of three answers: density, shifts, regions to draw."""

import streamlit as st

from morph.catalogue.adaptation_releases import adaptation
from morph.geometry.ternary import suggested_corners
from pages.common import toasts
from pages.common.address import navigation
from pages.common.galaxies import empty_selection
from pages.common.here import current
from pages.common.planes import region_drawing
from pages.simplex import simplex_controls, simplex_views


@st.fragment
def explore_triangle() -> None:
    """The whole page as a fragment: a change on the triangle reruns only this."""
    if navigation.asked():
        st.rerun()
    here = current()
    region_drawing.start(here)
    tree = here.release.tree
    preset = adaptation([one for one in here.releases if one.tree == tree])
    chosen = simplex_controls.choose(here, preset)
    toasts.say()
    if chosen.panels:
        simplex_views.three(here, chosen, preset)
    else:
        simplex_views.one(here, chosen)
    region_drawing.remember(here, chosen.plane)


empty_selection.draw(current())
tree = current().release.tree
if suggested_corners(tree):
    explore_triangle()
else:
    st.info(
        f"No question of the tree {tree.title} has three answers, so there is no "
        "triangle to draw.",
        icon=":material/change_history:",
    )
