"""Keeps the keyboard focus in controls that a change draws again in another place."""

import streamlit as st

from pages.common.components.declared import declared

_draw = declared(__file__, uses=(), fetched=True)


def keep_focus(prefix: str) -> None:
    """Keep the focus in controls whose keys begin with ``prefix``; nothing is seen."""
    with st.container(key=f"unseen_focus_{prefix}"):
        _draw(f"focus_{prefix}", prefix=prefix)
