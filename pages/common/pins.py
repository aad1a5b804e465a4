"""Galaxies pinned in this browser, whichever page they were found on."""

from collections.abc import Iterable
from typing import Any

import streamlit as st

from pages.common import toasts

MOST = 60
_LONGEST = 80  # letters of a name
_PINS, _BEFORE, _CHANGED = "pins", "pins_before", "pins_changed"


def pinned() -> tuple[str, ...]:
    """Their iaunames, in the order they were pinned."""
    return st.session_state.get(_PINS, ())


def known() -> bool:
    """Whether this session has pinned anything yet, or been told of former pins."""
    return _PINS in st.session_state


def restore(found: Any) -> None:
    """Pin what the browser says was pinned before; only from a callback."""
    if known() or not isinstance(found, list):
        return
    names = [n for n in found if isinstance(n, str) and 0 < len(n) <= _LONGEST]
    st.session_state[_PINS] = tuple(dict.fromkeys(names))[:MOST]


def turn(iauname: str) -> None:
    """Pin a galaxy, or take its pin away; only from a callback."""
    now = pinned()
    if iauname in now:
        keep(tuple(one for one in now if one != iauname))
    elif len(now) == MOST:
        toasts.note(f"At most {MOST} are pinned; save them as a subset first.")
    else:
        keep((*now, iauname))


def add(names: Iterable[str]) -> None:
    """Pin these beside those that are; only from a callback."""
    wanted = tuple(dict.fromkeys((*pinned(), *names)))
    if len(wanted) > MOST:
        toasts.note(f"At most {MOST} galaxies are pinned; the first of these are.")
    keep(wanted[:MOST])


def keep(names: tuple[str, ...]) -> None:
    """Pin these and no others; only from a callback."""
    st.session_state[_BEFORE] = pinned()
    st.session_state[_PINS] = names
    st.session_state[_CHANGED] = True


def before() -> tuple[str, ...]:
    """What was pinned before the last change."""
    return st.session_state.get(_BEFORE, ())


def taken_note_of() -> bool:
    """Whether they changed since last asked; a fragment then reruns the page."""
    return st.session_state.pop(_CHANGED, False)
