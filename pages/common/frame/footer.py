"""The footer of every page: credits, how to cite, and keyboard shortcuts."""

import streamlit as st

from pages.common import keys


def draw() -> None:
    """One line, a click from the credits and a key from the keyboard's sheet."""
    with st.container(
        key="footer", horizontal=True, vertical_alignment="center", gap="medium"
    ):
        st.page_link(
            "../../methods/methods.py",
            label="Credits, licences, how to cite",
            icon=":material/menu_book:",
            width="content",
        )
        st.space("stretch")
        keys.help_button()
