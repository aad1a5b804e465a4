"""Choices among saved things, kept in the address by their ids.

Streamlit (1.67) writes the words of a choice into the address, and these may change;
remove when it can write codes.
"""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.common import words


def chosen(key: str, options: Mapping[str, Any]) -> None:
    """Set the choice ``key`` from the address, also after going back; else the first.

    An id that is none of the options is said.
    """
    asked = st.query_params.get(key)
    written = st.session_state.get(f"{key}_written")
    if asked in options and asked != written:
        st.session_state[key] = asked
    elif asked is not None and asked not in options and asked != written:
        st.caption(f":orange[There is no “{words.plain(asked[:20])}” here.]")
    if st.session_state.get(key) not in options:
        st.session_state[key] = next(iter(options))


def keep(key: str) -> None:
    """Write the choice into the address."""
    st.query_params[key] = st.session_state[f"{key}_written"] = st.session_state[key]
