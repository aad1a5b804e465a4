"""Ways from one page to another that begin in a picture.

A component reports a click to a callback, which may set widgets but not change pages;
so it leaves a note, and the frame sends the browser there once the selection is read.
"""

from dataclasses import replace
from urllib.parse import urlencode

import streamlit as st

from morph.catalogue import LoadedRelease
from morph.recipe import to_query
from morph.selection import Selection
from pages.common import urls

_NOTE = "going_to"


def to_galaxy(iauname: str, order: str) -> None:
    """Go to one galaxy, among its neighbours in ``order``; only from a callback."""
    st.session_state[_NOTE] = ("galaxy", {"id": iauname, "order": order})


def to_answer(label: str, selection: Selection, release: LoadedRelease) -> None:
    """Explore with one answer more, limited to its upper half; from a callback."""
    limits = {**selection.limits, label: (0.5, 1.0)}
    to_selection(replace(selection, limits=limits), release)


def to_selection(selection: Selection, release: LoadedRelease) -> None:
    """Explore with another selection; only from a callback."""
    urls.show(selection, release)
    st.session_state[_NOTE] = ("explore", {})


def address(selection: Selection) -> str | None:
    """Where the last click in a picture asked to go, with all of the selection."""
    page, own = st.session_state.pop(_NOTE, (None, {}))
    if page is None:
        return None
    query = {**own, **to_query(selection)}
    if "release" in st.query_params:  # it is not the one shown by default
        query["release"] = st.query_params["release"]
    return f"{page}?{urls.in_words(urlencode(query, doseq=True))}"
