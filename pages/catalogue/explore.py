"""Select galaxies by their answers, look at them, see how they are distributed."""

import streamlit as st

from pages.common import nothing, words
from pages.common.components import funnel
from pages.common.explore import removed
from pages.common.explore import table as table_view
from pages.common.explore import views as explore_views
from pages.common.here import current, end
from pages.common.samples import ready_made as sample_views

TOO_MANY = 150_000  # to make anything of them by looking

VIEWS = {
    "Gallery": explore_views.gallery_view,
    "Table": table_view.table_view,
    "Histograms": explore_views.histograms_view,
}

here = current()
with st.container(key="explore_line", horizontal=True, vertical_alignment="center"):
    if here.funnel.rows:
        with st.container(width="stretch"):
            funnel.draw(
                here.funnel,
                chosen=removed.chosen(here),
                on_choose=lambda place: removed.choose(here, place),
            )
    elif here.funnel.left > TOO_MANY:
        st.caption(
            f"{words.galaxies(here.funnel.left)} are more than anybody looks at: limit "
            "an answer on the left, or start from a sample.",
            width="stretch",
        )
    else:
        st.space("stretch")
    sample_views.menu(here)
removed.draw(here)
if here.funnel.left == 0:
    nothing.draw(here)
    end()
controls = st.container(horizontal=True, vertical_alignment="bottom")
view = controls.segmented_control(
    "View",
    list(VIEWS),
    default="Gallery",
    required=True,
    key="view",
    bind="query-params",
)
VIEWS[view](here, controls)
