"""The browser's address: a button that copies it, and ways to change it."""

from dataclasses import asdict, dataclass
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


@dataclass(frozen=True)
class Turn:
    """Where the browser is to go: a page and its whole query."""

    href: str
    instead: bool = False  # in place of the present address, not after it


def link_button(*, go: Turn | None = None) -> None:
    """The button that copies the address of the view; with ``go``, one goes on."""
    turn = asdict(go) | {"turn": uuid4().hex} if go else None
    _mount(key="address", data={"go": turn}, width="content")
