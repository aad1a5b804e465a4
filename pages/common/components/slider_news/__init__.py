"""What the server tells the sliders of a page, which are drawn before it is known."""

from typing import Any

import streamlit as st

from pages.common.components.declared import declared

_draw = declared(__file__, uses=(), fetched=True)


def tell(key: str, **news: Any) -> None:
    """Give the sliders these values by name; nothing is seen."""
    with st.container(key=f"unseen_{key}"):
        _draw(f"news_{key}", news=news)
