"""Go to another page from a callback, and write the selection into the address."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode

import streamlit as st

from morph.selection.certainty.earlier_address import earlier_parameters
from morph.selection.parameters import parameters
from morph.selection.selection import Selection
from morph.selection.url import to_query
from pages.common.address import selection_widgets, session_and_address
from pages.common.address.choices import in_words
from pages.common.address.page_parameters import PAGE_PARAMETERS
from pages.common.components import gallery
from pages.common.components.address import Turn

# A click in a component runs a callback, and Streamlit (1.67) changes no page from one:
# so a callback leaves a note, and the frame sends the browser once the selection is
# read. Remove when `st.switch_page` with `query_params` works in callbacks.
_NOTE, _ONCE = "going_to", "written_at_first"
_LEFT = "gallery_left"  # the page from which a galaxy was opened, its values, and it


def to_galaxy(
    iauname: str, order: str = "random:0", release_id: str | None = None
) -> None:
    """Go to one galaxy, among its neighbours in ``order``; only from a callback.

    The release is the present one unless another is named. From the page of another
    galaxy, that page's own parameters are taken along.
    """
    now, page = session_and_address.address(), session_and_address.page()
    own = {name: texts for name, texts in now.items() if name in PAGE_PARAMETERS}
    if page != "galaxy":
        st.session_state[_LEFT] = (page, own, iauname)
    values = {
        n: texts for n, texts in own.items() if PAGE_PARAMETERS[n].page == "galaxy"
    }
    values |= {"id": iauname, "order": order}
    values |= {"release": release_id} if release_id else {}
    st.session_state[_NOTE] = ("galaxy", values, None)


def has_left() -> bool:
    """Whether a galaxy was opened from a page with others, to which one may go back."""
    return _LEFT in st.session_state


def back(iauname: str) -> None:
    """Go back to where a galaxy was opened, at its tile; only from a callback.

    After Next or Previous, at the tile of the present one, if it is there too.
    """
    page, values, opened = st.session_state[_LEFT]
    gallery.come_back(iauname, opened)
    st.session_state[_NOTE] = (page or "./", values, None)


def to(page: str, values: Mapping[str, Any]) -> None:
    """Go to a page with values of its parameters; only from a callback."""
    st.session_state[_NOTE] = (page, values, None)


def to_similar(*iaunames: str) -> None:
    """Search for galaxies similar to these; only from a callback."""
    to("similar", {"like": iaunames})


def to_answer(label: str, selection: Selection) -> None:
    """Explore with an answer limited to 0.5-1 as well; only from a callback."""
    limits = {**selection.limits, label: (0.5, 1.0)}
    to_selection(replace(selection, limits=limits))


def to_selection(selection: Selection) -> None:
    """Explore with another selection; only from a callback.

    Widgets are not set here: they would change the address that Back returns to.
    """
    selection_widgets.keep_regions(selection)
    st.session_state[_NOTE] = ("explore", {}, selection)


def asked() -> bool:
    """Whether a callback noted a page; then a fragment must rerun the whole page."""
    return _NOTE in st.session_state


def turn(selection: Selection) -> Turn | None:
    """Where the browser is to go before a page is drawn, if anywhere.

    To the page that a callback noted, or to the present one with the selection in its
    address.
    """
    page, values, other = st.session_state.pop(_NOTE, (None, {}, None))
    if page is not None:
        return Turn(f"{page}?{_query(values, other or selection)}")
    # Streamlit (1.67) leaves the selection out of the address of a page that was chosen
    # before the last one had been drawn. Remove when it takes along bound parameters of
    # widgets that are not drawn yet (tests/browser/test_back).
    return _rewritten(selection) if session_and_address.arrived() else None


def at_first(selection: Selection) -> Turn | None:
    """The first address as the widgets write it, where it differs.

    Before they are drawn: links made elsewhere hold codes, ranges beyond a slider's
    ends, or unknown values.
    """
    # Streamlit (1.67) removes those one by one, each with an entry in the browser's
    # history. Remove when it corrects an address in place (tests/browser/test_back).
    page = session_and_address.page()
    if st.session_state.get(_ONCE) == page:
        return None
    there = _rewritten(selection)
    if there:
        st.session_state[_ONCE] = page  # never in circles
    return there


def _rewritten(selection: Selection) -> Turn | None:
    """The present address as the widgets write it; None where it is so already."""
    now = session_and_address.address()
    values = {name: texts for name, texts in now.items() if name in PAGE_PARAMETERS}
    query = _query(values, selection)
    names = {
        *parameters(selection.tree),
        *earlier_parameters(selection.tree),
        *PAGE_PARAMETERS,
    }
    before = {name: texts for name, texts in now.items() if name in names}
    if parse_qs(query, keep_blank_values=True) == before:
        return None
    return Turn(f"?{query}", instead=True)


def _query(values: Mapping[str, Any], selection: Selection) -> str:
    query = {**values, **to_query(selection)}
    if "release" in st.query_params and "release" not in values:  # not that by default
        query["release"] = st.query_params["release"]
    return in_words(urlencode(query, doseq=True), selection.tree)
