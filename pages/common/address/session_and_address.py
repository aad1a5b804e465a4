"""Values of a page that are no widget's, in the session and in the address alike.

A link, or the browser going back, changes the address; a click changes the session. The
one that changed counts. Navigation leads to an address without the page's own values,
which then stay as they were in the session.
"""

from collections.abc import Sequence

import streamlit as st

# Streamlit (1.67) binds widgets to the address, but no other values: lists of galaxies,
# outlines and parts of a map. Remove when components can have `bind="query-params"`.
_PAGE = "page_now"
_ARRIVED = "page_arrived"


def note_page(path: str) -> None:
    """Note which page is drawn; only from the entry script, before the page."""
    st.session_state[_ARRIVED] = st.session_state.get(_PAGE) != path
    st.session_state[_PAGE] = path


def page() -> str:
    """The path of the page that is drawn."""
    return st.session_state.get(_PAGE, "")


def arrived() -> bool:
    """Whether another page was drawn before this one, or none."""
    return st.session_state.get(_ARRIVED, True)


def address() -> dict[str, list[str]]:
    """Every parameter of the address with its values."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def from_address(name: str) -> tuple[str, ...] | None:
    """Values of a parameter where the address has changed; None where it has not."""
    now = tuple(st.query_params.get_all(name))
    before = st.session_state.get(f"{name}_written", ())
    if now == before or (not now and arrived()):
        return None
    st.session_state[f"{name}_written"] = now
    return now


def to_address(name: str, values: Sequence[str]) -> None:
    """Write the session's values into the address."""
    st.session_state[f"{name}_written"] = tuple(values)
    if values and st.query_params.get_all(name) != list(values):
        st.query_params[name] = list(values)
    elif not values and name in st.query_params:
        del st.query_params[name]
