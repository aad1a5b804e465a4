"""The browser's address: a button that copies it, and ways to change it."""

from pathlib import Path
from uuid import uuid4

import streamlit as st

_HERE = Path(__file__).parent

_mount = st.components.v2.component(
    "morph_address",
    html='<button type="button"></button><span role="status"></span>',
    css=(_HERE / "address.css").read_text(encoding="utf-8"),
    js=(_HERE / "address.js").read_text(encoding="utf-8"),
)


def link_button(*, go: str | None = None) -> None:
    """The button that copies the address of the view.

    With ``go``, a page and its whole query, the browser goes there at once.
    """
    there = {"href": go, "turn": uuid4().hex} if go else None
    _mount(key="address", data={"go": there}, width="content")
