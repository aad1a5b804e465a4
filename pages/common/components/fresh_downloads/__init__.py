"""Download buttons wait until the page shows what was chosen last."""

import streamlit as st

from pages.common.components.declared import declared

_draw = declared(__file__, uses=(), fetched=True)


def wait_for_page() -> None:
    """Let all download buttons wait; nothing is seen of this."""
    with st.container(key="unseen_fresh_downloads"):
        _draw("fresh_downloads")
