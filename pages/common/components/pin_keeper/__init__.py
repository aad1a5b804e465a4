"""The browser's memory of pins, so that they are there again in its next session."""

from pathlib import Path

import streamlit as st

from pages.common import pins

_mount = st.components.v2.component(
    "morph_pin_keeper",
    html="<span></span>",
    js=(Path(__file__).parent / "keeper.js").read_text(encoding="utf-8"),
)


def keep() -> None:
    """Let the browser keep the pins, or give back those it has kept before."""

    def found() -> None:
        pins.restore(st.session_state["pin_keeper"].get("found"))

    now = list(pins.pinned()) if pins.known() else None
    _mount(key="pin_keeper", data={"pins": now}, on_found_change=found)
