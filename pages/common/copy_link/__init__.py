"""A button that copies the address of the present view."""

from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent

_mount = st.components.v2.component(
    "morph_copy_link",
    html='<button type="button"></button><span role="status"></span>',
    css=(_HERE / "copy_link.css").read_text(encoding="utf-8"),
    js=(_HERE / "copy_link.js").read_text(encoding="utf-8"),
)


def copy_link(*, key: str) -> None:
    """Draw the button; the browser copies its own address, so it is always right."""
    _mount(key=key, data={}, width="content")
