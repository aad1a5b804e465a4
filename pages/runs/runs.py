"""Training runs: start the demonstration's adaptation, watch, cancel, load."""

from datetime import timedelta

import streamlit as st

from morph.home import home
from morph.runs import lifecycle
from pages.common import toasts
from pages.common.frame import nothing_loaded
from pages.runs import run_cards, start_run

EVERY = timedelta(seconds=2)

root = home()
st.title("Runs")
st.caption(
    "A run is a process of its own with a folder of its own: it goes on when this "
    "page, the browser or the dashboard closes. What it finds comes into the catalogue "
    "only when you load it."
)
start_run.draw(root)
nothing_loaded.progress(root)
living = any(run.active for run in lifecycle.list_runs(root))


@st.fragment(run_every=EVERY if living else None)
def cards() -> None:
    """All runs, the newest first; looked at again while one of them lives."""
    toasts.say()
    found = lifecycle.list_runs(root)
    wanted = st.query_params.get("run")
    found.sort(key=lambda run: run.run_id != wanted)
    for run in found:
        run_cards.draw(run, root)
    if not found:
        st.info(
            "No runs yet. `make demo` makes the first ones.",
            icon=":material/model_training:",
        )
    if living != any(run.active for run in found):
        st.rerun()


cards()
