"""Select galaxies by their answers, look at them, see how they are distributed."""

import streamlit as st

from pages.common import explore_views, frame, funnel_line, nothing

VIEWS = {
    "Gallery": explore_views.gallery_view,
    "Table": explore_views.table_view,
    "Histograms": explore_views.histograms_view,
}

here = frame.here()
if here.funnel.rows:
    funnel_line.draw(here.funnel)
if here.funnel.left == 0:
    nothing.draw(here)
    st.stop()
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
