"""Words said in passing after a click: a callback notes them, the next run says them.

In a fragment a callback must draw nothing itself: Streamlit would put it in place of
the first elements of the whole page, of which one is its style.
"""

import streamlit as st

_NOTED = "said_in_passing"


def note(text: str, icon: str | None = None) -> None:
    """Have something said; from a callback."""
    st.session_state.setdefault(_NOTED, []).append((text, icon))


def say() -> None:
    """Say what was noted; after every page, and in each fragment that has callbacks."""
    for text, icon in st.session_state.pop(_NOTED, ()):
        st.toast(text, icon=icon)
