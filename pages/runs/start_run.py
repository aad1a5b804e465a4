"""The button that starts the demonstration's adaptation anew."""

from pathlib import Path

import streamlit as st

from morph.home import run_folder
from morph.runs import lifecycle
from morph.runs.demo_status import read_demo
from pages.common import toasts

MODEL_RUN = "demo-source"
ADAPTED_RUN = "demo-adapted"


def draw(root: Path) -> None:
    """The button, or the reason why there is nothing to start."""
    problem = why_not(root)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Start the adaptation",
            icon=":material/play_arrow:",
            type="primary",
            key="start_adaptation",
            disabled=bool(problem),
            on_click=_start,
            args=(root,),
        )
        st.caption(
            problem
            or "Adapts the demonstration’s source model to the simulated BASS+MzLS "
            "pictures, once more and under a new name."
        )


def why_not(root: Path) -> str:
    """What is missing for the adaptation; empty if it can be started."""
    living = [run.run_id for run in lifecycle.list_runs(root) if run.active]
    if living:
        return f"{living[0]} is running; one at a time."
    if (run_folder(root, ADAPTED_RUN) / "config.json").is_file() and (
        lifecycle.read_run(run_folder(root, MODEL_RUN)).state == "finished"
    ):
        return ""
    demo = read_demo(root)
    if demo is not None and demo.state == "building":
        return "The demonstration is still being built."
    return "The demonstration is not built; `make demo` builds it."


def _start(root: Path) -> None:
    with toasts.refusals():
        folder = lifecycle.create_run_like(root, ADAPTED_RUN)
        lifecycle.start_run(folder)
        toasts.note(f"{folder.name} is starting", ":material/play_arrow:")
