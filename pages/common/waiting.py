"""What is shown while nothing is loaded: what to do, or how far the build is."""

from pathlib import Path

import streamlit as st

from morph import catalogue
from morph.demo_status import DemoState, read_demo
from pages.common import database

LOOK_EVERY_S = 2.0

_ICONS = {
    "waiting": ":material/radio_button_unchecked:",
    "running": "spinner",
    "finished": ":material/check_circle:",
}


def room(root: Path) -> None:
    """The first page of an empty catalogue; it opens by itself once there is one."""
    st.title("No galaxies yet")

    @st.fragment(run_every=LOOK_EVERY_S)
    def look() -> None:
        if _something_loaded(root):
            st.rerun()
        demo = read_demo(root)
        if demo is None:
            _what_to_do()
        else:
            build(demo)

    look()


def build(demo: DemoState) -> None:
    """How far the demonstration's build is, step by step."""
    if demo.state == "building":
        left = f" About {_minutes(demo.eta_s)} left." if demo.eta_s else ""
        st.markdown(f"The demonstration is being built.{left}")
        st.progress(demo.progress, text=demo.message or None)
    elif demo.state == "finished":
        st.markdown("The demonstration is built; its release is being loaded.")
    elif demo.state == "interrupted":
        st.warning(
            "The build of the demonstration was interrupted. Run `make demo` again: it "
            "goes on from the last finished step.",
            icon=":material/pause_circle:",
        )
    else:
        st.error(
            f"The build of the demonstration failed: {demo.error}. Run `make demo` "
            "again once that is mended: it goes on from the last finished step.",
            icon=":material/error:",
        )
    for step in demo.steps:
        seconds = f" · {step.seconds:,.0f} s" if step.seconds else ""
        running = step.state == "running" and demo.state == "building"
        icon = _ICONS[step.state if running or step.state != "running" else "waiting"]
        share = f" · {step.progress:.0%}" if running and step.progress else ""
        st.expander(f"{step.title}{share}{seconds}", icon=icon, type="step")


def progress(root: Path) -> None:
    """The build's progress on a page that has galaxies to show, while it goes on."""
    demo = read_demo(root)
    if demo is None or demo.state == "finished":
        return

    @st.fragment(run_every=LOOK_EVERY_S)
    def look() -> None:
        now = read_demo(root)
        if now is None or now.state == "finished":
            st.rerun()
        st.header("The demonstration")
        build(now)

    look()


def _something_loaded(root: Path) -> bool:
    with database.cursor(root) as con:
        return bool(catalogue.releases(con))


def _what_to_do() -> None:
    st.markdown(
        "morph shows catalogues of galaxy morphology: for each galaxy, what a model "
        "expects volunteers to answer about its picture, and how sure it is. Bring one:"
    )
    left, right = st.columns(2, border=True)
    left.markdown("##### Try the demonstration")
    left.code("make demo", language="bash")
    left.caption(
        "Simulates two surveys, trains a model on one, adapts it to the other and "
        "loads what it finds here. Minutes on a laptop."
    )
    right.markdown("##### Load your own table")
    right.code(
        "python -m data load FILE --release NAME --survey SURVEY", language="bash"
    )
    right.caption(
        "Published Galaxy Zoo tables, or any CSV, Parquet, FITS or VOTable with names "
        "or positions and the 34 concentrations."
    )


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
