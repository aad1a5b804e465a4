"""Words said in passing: noted anywhere, said by the page, and left until read.

A callback must draw nothing itself: in a fragment Streamlit would put it in place of
the first elements of the whole page, of which one is its style. And a browser knows a
note by its place among those of one script run: what a run says takes away what stands
at the same place since the run before. So notes that are still to be read are said
again, in their places.
"""

import time
from dataclasses import dataclass

import streamlit as st

_WAITING, _SAID = "passing_waiting", "passing_said"
_SHORT_S, _LONG_S = 4, 10


@dataclass(frozen=True)
class _Note:
    text: str
    icon: str | None
    seconds: int


def note(text: str, icon: str | None = None, *, long: bool = False) -> None:
    """Have something said; from a callback, or while a page is drawn."""
    waiting = st.session_state.setdefault(_WAITING, [])
    waiting.append(_Note(text, icon, _LONG_S if long else _SHORT_S))


def say_again() -> None:
    """Say what is still to be read; at the beginning of each run of the whole page."""
    said = st.session_state.get(_SAID, {})
    now = time.monotonic()
    if any(now > since + told.seconds for told, since in said.items()):
        said = {}  # what remains of them stays in the browser by itself
    st.session_state[_SAID] = said
    for told in said:
        _toast(told)


def say() -> None:
    """Say what was noted; around every page, and in each fragment with callbacks."""
    said = st.session_state.setdefault(_SAID, {})
    for told in st.session_state.pop(_WAITING, ()):
        if told not in said:
            said[told] = time.monotonic()
            _toast(told)


def _toast(told: _Note) -> None:
    st.toast(told.text, icon=told.icon, duration=told.seconds)
