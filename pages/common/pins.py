"""Galaxies pinned in this browser session, on any page."""

from collections.abc import Iterable
from typing import Any

import streamlit as st

from pages.common import toasts

MOST = 60
_FULL = f"At most {MOST} galaxies can be pinned;"
_LONGEST = 80  # characters of a name
_PINS, _BEFORE, _CHANGED = "pins", "pins_before", "pins_changed"


def pinned() -> tuple[str, ...]:
    """Iaunames of the pinned galaxies, in the order of pinning."""
    return st.session_state.get(_PINS, ())


def known() -> bool:
    """Whether this session has pinned a galaxy or restored earlier pins."""
    return _PINS in st.session_state


def restore(earlier: Any) -> None:
    """Restore the pins that the browser saved; only from a callback."""
    if known() or not isinstance(earlier, list):
        return
    names = [n for n in earlier if isinstance(n, str) and 0 < len(n) <= _LONGEST]
    st.session_state[_PINS] = tuple(dict.fromkeys(names))[:MOST]


def turn(iauname: str) -> None:
    """Pin or unpin a galaxy; only from a callback."""
    now = pinned()
    if iauname in now:
        keep(tuple(one for one in now if one != iauname))
    elif len(now) < MOST:
        keep((*now, iauname))
    else:
        toasts.note(f"{_FULL} save them as a subset first.")


def add(names: Iterable[str]) -> None:
    """Pin these too; only from a callback."""
    wanted = tuple(dict.fromkeys((*pinned(), *names)))
    if len(wanted) > MOST:
        toasts.note(f"{_FULL} only the first were added.")
    keep(wanted[:MOST])


def keep(names: tuple[str, ...]) -> None:
    """Pin these and no others; only from a callback."""
    st.session_state[_BEFORE] = pinned()
    st.session_state[_PINS] = names
    st.session_state[_CHANGED] = True


def before() -> tuple[str, ...]:
    """Galaxies pinned before the last change."""
    return st.session_state.get(_BEFORE, ())


def changed() -> bool:
    """Whether pins changed since the last call; a fragment then reruns the page."""
    return st.session_state.pop(_CHANGED, False)
