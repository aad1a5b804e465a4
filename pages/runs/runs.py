"""Training runs: prepare, start, watch, cancel, compare and load runs."""

import streamlit as st

from morph.home import home
from morph.runs import lifecycle
from pages.common.address import controls
from pages.common.frame import demo_progress
from pages.runs import all_runs, compare_runs, new_run_form, run_lineage, views

root = home()
st.title("Runs")
st.caption(
    "Runs continue in the background even when this page, the browser or the "
    "dashboard is closed. Results appear only after you load them."
)
view = controls.one_of(
    "Show", views.VIEWS, key=views.VIEW, label_visibility="collapsed"
)
if view == views.NEW:
    new_run_form.draw(root, lifecycle.list_runs(root))
elif view == views.COMPARE:
    compare_runs.draw(lifecycle.list_runs(root))
elif view == views.LINEAGE:
    run_lineage.draw(root, lifecycle.list_runs(root))
else:
    demo_progress.block(root)
    all_runs.draw(root)
