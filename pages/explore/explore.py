"""Browse the selected galaxies as a gallery, a table or histograms."""

import streamlit as st

from pages.common import words
from pages.common.address import controls
from pages.common.components import funnel
from pages.common.galaxies import empty_selection
from pages.common.here import current, end
from pages.common.samples import ready_made_cards
from pages.explore import explore_table, explore_views, removed_by_step

TOO_MANY = 150_000  # galaxies to browse

VIEWS = {
    "Gallery": explore_views.gallery_view,
    "Table": explore_table.table_view,
    "Histograms": explore_views.histograms_view,
}

here = current()
with st.container(key="explore_line", horizontal=True, vertical_alignment="center"):
    if here.funnel.rows:
        with st.container(width="stretch"):
            funnel.draw(
                here.funnel,
                chosen=removed_by_step.chosen(here),
                on_choose=lambda index: removed_by_step.choose(here, index),
            )
    elif here.funnel.left > TOO_MANY:
        st.caption(
            f"{words.galaxies(here.funnel.left)} are too many to browse: set a filter "
            "on the left or start from a sample.",
            width="stretch",
        )
    else:
        st.space("stretch")
    ready_made_cards.menu(here)
removed_by_step.draw(here)
if empty_selection.draw(here):
    end()
line = st.container(
    key="controls_explore", horizontal=True, vertical_alignment="bottom"
)
with line:
    view = controls.one_of("View", [*VIEWS], key="view")
VIEWS[view](here, line)
