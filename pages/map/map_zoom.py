"""Refined parts of the map, one within another, and the way back."""

import math

import streamlit as st

from morph.geometry.density import Window
from morph.release.maps import ReleaseMap
from pages.common.address import session_and_address
from pages.common.galaxies import release_columns
from pages.common.here import Here

_PARTS = "part"  # in the address, once for each refinement
_DEEPEST = 6


def window(here: Here, on: ReleaseMap) -> Window:
    """The part of the map that is drawn now."""
    parts = _parts(here, on)
    return parts[-1] if parts else release_columns.coordinates(here, on).window


def refine(part: Window) -> None:
    """Redraw a part of the map in more detail; only from a callback."""
    st.session_state[_PARTS] = (*st.session_state[_PARTS], part)[-_DEEPEST:]


def breadcrumb(here: Here, on: ReleaseMap) -> None:
    """Buttons that lead back to the enclosing parts."""
    parts = _parts(here, on)
    _remember(parts)
    for depth in range(len(parts)):
        st.button(
            "Whole map" if depth == 0 else f"Part {depth}",
            key=f"part_{depth}",
            icon=":material/zoom_out_map:" if depth == 0 else ":material/arrow_back:",
            on_click=_back,
            args=(depth,),
            help="Show the whole map again",
        )


def _parts(here: Here, on: ReleaseMap) -> tuple[Window, ...]:
    """The parts, which belong to one map of one release."""
    of = (here.release.key, on.name)
    if st.session_state.setdefault("parts_of", of) != of:
        st.session_state["parts_of"] = of
        st.session_state[_PARTS] = ()
    texts = session_and_address.from_address(_PARTS)
    if texts is not None:
        windows = [_from_text(text) for text in texts[:_DEEPEST]]
        st.session_state[_PARTS] = tuple(part for part in windows if part is not None)
    return st.session_state.setdefault(_PARTS, ())


def _back(depth: int) -> None:
    st.session_state[_PARTS] = st.session_state[_PARTS][:depth]


def _remember(parts: tuple[Window, ...]) -> None:
    texts = [f"{p.left:.5g},{p.right:.5g},{p.low:.5g},{p.high:.5g}" for p in parts]
    session_and_address.to_address(_PARTS, texts)


def _from_text(text: str) -> Window | None:
    try:
        left, right, low, high = (float(number) for number in text.split(","))
    except ValueError:
        return None
    finite = all(math.isfinite(number) for number in (left, right, low, high))
    if finite and left < right and low < high:
        return Window(left, right, low, high)
    return None
