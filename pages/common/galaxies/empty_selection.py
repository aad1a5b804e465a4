"""An empty selection: the filter that emptied it, and a way to relax it."""

import streamlit as st

from morph.selection.relaxation import relaxation
from pages.common import words
from pages.common.address import selection_widgets
from pages.common.here import Here


def draw(here: Here) -> bool:
    """Offer to relax the step that left no galaxies; False if some are left."""
    if here.funnel.left:
        return False
    offer = relaxation(here.con, here.release, here.selection)
    if offer is None:
        return True
    with st.container(border=True):
        st.markdown("##### No galaxies match all filters")
        st.markdown(words.sentence(offer.sentence))
        st.button(
            f"{words.sentence(offer.change)}: {words.galaxies(offer.count)}",
            type="primary",
            icon=":material/tune:",
            key="relax",
            on_click=selection_widgets.show,
            args=(offer.selection, here.release),
        )
    return True
