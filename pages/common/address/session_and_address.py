"""What a page keeps both in the session and in the address, where both may change.

A link, or the browser going back, changes the address; a click changes the session. Of
the two the one that changed counts. A page come to by the navigation has an address
without anything of its own, and then goes on where it was.
"""

from collections.abc import Sequence

import streamlit as st

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


def from_address(name: str) -> tuple[str, ...] | None:
    """Values of a parameter where the address has changed; None where it has not."""
    given = tuple(st.query_params.get_all(name))
    if given == st.session_state.get(_written(name), ()):
        return None
    if not given and arrived():
        return None
    st.session_state[_written(name)] = given
    return given


def to_address(name: str, values: Sequence[str]) -> None:
    """Write what the session holds now into the address."""
    st.session_state[_written(name)] = tuple(values)
    if tuple(st.query_params.get_all(name)) == tuple(values):
        return
    if values:
        st.query_params[name] = list(values)
    else:
        del st.query_params[name]


def _written(name: str) -> str:
    return f"{name}_written"
