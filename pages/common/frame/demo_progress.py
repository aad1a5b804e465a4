"""Progress of the build of the demonstration: one line, or step by step."""

from pathlib import Path

import streamlit as st

from morph.runs.demo_status import DemoState, read_demo
from morph.wording import duration, percent
from pages.common import words

LOOK_EVERY_S = 2.0

_AGAIN = "`make demo` again to resume after the last completed step."
_ICONS = {
    "waiting": ":material/radio_button_unchecked:",
    "running": "spinner",
    "finished": ":material/check_circle:",
}


def line(root: Path) -> None:
    """One line about a running build, which disappears when it ends."""
    demo = read_demo(root)
    if demo is None or demo.state != "building":
        return

    @st.fragment(run_every=LOOK_EVERY_S)
    def look() -> None:
        now = read_demo(root)
        if now is None or now.state != "building":
            st.rerun()
        st.progress(now.progress, text=in_one_line(now))

    look()


def in_one_line(demo: DemoState) -> str:
    """What is being built, which step it is at, and the time left if known."""
    done = sum(step.state == "finished" for step in demo.steps)
    step = f"step {min(done + 1, len(demo.steps))} of {len(demo.steps)}"
    of = f" of {words.galaxies(demo.galaxies)}" if demo.galaxies else ""
    left = f", about {duration(demo.eta_s)} left" if demo.eta_s else ""
    return f"The full demonstration{of} is being built: {step}{left}"


def block(root: Path) -> None:
    """An unfinished build, on a page that shows other things too."""
    demo = read_demo(root)
    if demo is None or demo.state == "finished":
        return

    @st.fragment(run_every=LOOK_EVERY_S)
    def look() -> None:
        now = read_demo(root)
        if now is None or now.state == "finished":
            st.rerun()
        st.header("The demonstration")
        steps(now)

    look()


def steps(demo: DemoState) -> None:
    """Progress of a build, step by step."""
    if demo.state == "building":
        title = demo.current.title if demo.current else ""
        left = f"about {duration(demo.eta_s)} left" if demo.eta_s else ""
        text = " · ".join(filter(None, (title, demo.message, left)))
        st.progress(demo.progress, text=text)
    elif demo.state == "finished":
        st.progress(1.0, text="Built; loading its releases")
    elif demo.state == "interrupted":
        text = f"The build of the demonstration was interrupted. Run {_AGAIN}"
        st.warning(text, icon=":material/pause_circle:")
    else:
        text = f"The build of the demonstration failed: {demo.error}. "
        text += f"Once that is fixed, run {_AGAIN}"
        st.error(text, icon=":material/error:")
    for step in demo.steps:
        state = step.state
        if state == "running" and demo.state != "building":
            state = "waiting"
        done = state == "running" and step.progress
        fraction = f" · {percent(step.progress)}" if done else ""
        seconds = f" · {step.seconds:,.0f} s" if step.seconds else ""
        st.expander(f"{step.title}{fraction}{seconds}", icon=_ICONS[state], type="step")
