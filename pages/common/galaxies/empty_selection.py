"""An empty selection: the filter that emptied it, and a way to relax it."""

import streamlit as st

from morph.selection.relaxation import relaxation
from pages.common import words
from pages.common.address import selection_widgets
from pages.common.here import Here


def draw(here: Here) -> None:
    """Name the step that left no galaxies, and offer to relax it."""
    found = relaxation(here.con, here.release, here.selection)
    if found is None:
        return
    with st.container(border=True):
        st.markdown("##### No galaxies match all filters")
        st.markdown(words.sentence(found.sentence))
        st.button(
            f"{words.sentence(found.change)}: {words.galaxies(found.count)}",
            type="primary",
            icon=":material/tune:",
            key="relax",
            on_click=selection_widgets.show,
            args=(found.selection, here.release),
        )
