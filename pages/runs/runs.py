"""Training runs: fit the demonstration's models again, watch, cancel and load runs."""

from datetime import timedelta
from pathlib import Path

import streamlit as st

from morph.home import home, run_folder
from morph.runs import lifecycle
from morph.runs.demo_status import read_demo
from pages.common import toasts
from pages.common.frame import demo_progress
from pages.runs import run_cards

EVERY = timedelta(seconds=2)
MODEL_RUN = "demo-source"
ADAPTED_RUN = "demo-adapted"


def why_not(root: Path) -> str:
    """Why no run of the demonstration can be started; empty if one can."""
    active = [run.run_id for run in lifecycle.list_runs(root) if run.active]
    if active:
        return f"{active[0]} is running; wait until it ends, or cancel it."
    if (run_folder(root, ADAPTED_RUN) / "config.json").is_file() and (
        lifecycle.read_run(run_folder(root, MODEL_RUN)).state == "finished"
    ):
        return ""
    demo = read_demo(root)
    if demo is not None and demo.state == "building":
        return "The demonstration is still being built."
    return "The demonstration is not built; `make demo` builds it."


@toasts.refusals()
def start_like(root: Path, run_id: str, called: str) -> None:
    """Start a run of the demonstration again, as a new run; only from a callback."""
    folder = lifecycle.create_run_like(root, run_id, called)
    lifecycle.start_run(folder)
    toasts.note(f"{folder.name} is starting", ":material/play_arrow:")


root = home()
st.title("Runs")
st.caption(
    "Runs continue in the background even when this page, the browser or the "
    "dashboard is closed. Results appear only after you load them."
)
problem = why_not(root)
with st.container(horizontal=True, vertical_alignment="center"):
    st.button(
        "Start the adaptation",
        icon=":material/play_arrow:",
        type="primary",
        key="start_adaptation",
        disabled=bool(problem),
        on_click=start_like,
        args=(root, ADAPTED_RUN, "adaptation"),
    )
    st.button(
        "Fit the source model",
        icon=":material/model_training:",
        key="start_source",
        disabled=bool(problem),
        on_click=start_like,
        args=(root, MODEL_RUN, "source"),
    )
    st.caption(
        problem
        or "Adapts the demonstration’s source model to the simulated BASS+MzLS images, "
        "or fits it to the simulated votes, as a new run. `make demo-train` does both."
    )
demo_progress.block(root)
any_active = any(run.active for run in lifecycle.list_runs(root))


@st.fragment(run_every=EVERY if any_active else None)
def cards() -> None:
    """All runs, the newest first; refreshed while one of them is active."""
    toasts.say()
    runs = lifecycle.list_runs(root)
    first = st.query_params.get("run")
    runs.sort(key=lambda run: run.run_id != first)
    for run in runs:
        run_cards.draw(run, root)
    if not runs:
        st.info(
            "No runs yet. `make demo` creates the first ones.",
            icon=":material/model_training:",
        )
    if any_active != any(run.active for run in runs):
        st.rerun()


cards()
