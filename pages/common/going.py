"""Ways from one page to another that begin in a picture.

A component reports a click to a callback, which may set widgets but not change pages;
so it leaves a note, and the page that drew the picture follows it first thing.
"""

from dataclasses import replace

import streamlit as st

from morph.catalogue import LoadedRelease
from morph.selection import Selection
from pages.common import urls

_NOTE = "going_to"


def to_galaxy(iauname: str, order: str) -> None:
    """Go to one galaxy, among its neighbours in ``order``; only from a callback."""
    st.session_state[_NOTE] = (
        "../catalogue/galaxy.py",
        {"id": iauname, "order": order},
    )


def to_answer(label: str, selection: Selection, release: LoadedRelease) -> None:
    """Explore with one answer more, limited to its upper half; from a callback."""
    limits = {**selection.limits, label: (0.5, 1.0)}
    urls.show(replace(selection, limits=limits), release)
    st.session_state[_NOTE] = ("../catalogue/explore.py", {})


def follow() -> None:
    """Go where the last click in a picture asked to go, if it asked."""
    page, query = st.session_state.pop(_NOTE, (None, {}))
    if page is not None:
        st.switch_page(page, query_params=query)
