"""Ways from one page to another that begin in a picture.

A component reports a click to a callback, which may set widgets but not change pages;
so it leaves a note, and the frame sends the browser there once the selection is read.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode

import streamlit as st

from morph.selection.selection import Selection
from morph.selection.url import KEPT_PARAMETERS, parameter_names, to_query
from pages.common.address import selection_widgets, session_and_address
from pages.common.address.parameters import PAGE_PARAMETERS
from pages.common.components.address import Turn

_NOTE, _ONCE = "going_to", "written_at_first"


def to_galaxy(
    iauname: str, order: str = "random:0", release_id: str | None = None
) -> None:
    """Go to one galaxy, among its neighbours in ``order``; only from a callback.

    It is shown in the present release if no other one is named. From the page of
    another galaxy, what is looked at there is looked at here as well.
    """
    own = {
        name: st.query_params.get_all(name)
        for name, parameter in PAGE_PARAMETERS.items()
        if parameter.page == "galaxy" and name in st.query_params
    }
    own |= {"id": iauname, "order": order}
    own |= {"release": release_id} if release_id else {}
    st.session_state[_NOTE] = ("galaxy", own, None)


def to_similar(*iaunames: str) -> None:
    """Look for galaxies like these; only from a callback."""
    st.session_state[_NOTE] = ("similar", {"like": iaunames}, None)


def to_answer(label: str, selection: Selection) -> None:
    """Explore with one answer more, limited to its upper half; from a callback."""
    limits = {**selection.limits, label: (0.5, 1.0)}
    to_selection(replace(selection, limits=limits))


def to_selection(selection: Selection) -> None:
    """Explore with another selection; only from a callback.

    The widgets stay as they are until the browser is there: set now, they would write
    themselves into the address that Back returns to.
    """
    selection_widgets.keep_regions(selection)
    st.session_state[_NOTE] = ("explore", {}, selection)


def asked() -> bool:
    """Whether a click asked to go somewhere; then a fragment must rerun the page."""
    return _NOTE in st.session_state


def turn(selection: Selection) -> Turn | None:
    """Where the browser is to go before a page is drawn, if anywhere.

    After a click in a picture that is another page, with all of the selection. Where a
    page was chosen before the last one had been drawn, it is the same page with the
    selection in its address, which Streamlit leaves out then.
    """
    page, own, other = st.session_state.pop(_NOTE, (None, {}, None))
    if page is not None:
        return Turn(f"{page}?{_query(own, other or selection)}")
    if session_and_address.arrived() and not _is_written(selection):
        return _written(selection)
    return None


def at_first(selection: Selection) -> Turn | None:
    """The address a session begins with as the widgets write it, if it is not so.

    Before they are drawn: links made elsewhere hold codes, ranges beyond a slider's
    ends, or values that mean nothing, which Streamlit would drop from the address
    though the selection has them, each time with an entry in the browser's history.
    """
    if (
        _is_written(selection)
        or st.session_state.get(_ONCE) == session_and_address.page()
    ):
        return None
    st.session_state[_ONCE] = session_and_address.page()  # never in circles
    return _written(selection)


def _written(selection: Selection) -> Turn:
    own = {n: st.query_params.get_all(n) for n in PAGE_PARAMETERS}
    return Turn(f"?{_query(own, selection)}", instead=True)


def _query(own: Mapping[str, Any], selection: Selection) -> str:
    query = {**own, **to_query(selection)}
    if "release" in st.query_params and "release" not in own:  # not that by default
        query["release"] = st.query_params["release"]
    return selection_widgets.in_words(urlencode(query, doseq=True))


def _is_written(selection: Selection) -> bool:
    wanted = parse_qs(_query({}, selection))
    given = {name: st.query_params.get_all(name) for name in st.query_params}
    names = {*parameter_names(selection.tree), *KEPT_PARAMETERS, "release"}
    query = urlencode(given, doseq=True)
    if (
        selection_widgets.in_words(query) != query
    ):  # codes, of a page's own choices at least
        return False
    return wanted == {n: values for n, values in given.items() if n in names}
