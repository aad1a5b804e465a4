"""Toasts: queued anywhere, shown by the page, and shown again until they are read.

A callback draws nothing itself: in a fragment, Streamlit would replace the first
elements of the page, which include its style. The browser identifies a toast by its
position within one script run, so the toasts of a run replace those of the run before.
Therefore a run of the whole page that shows a new toast shows the unread ones again,
in their positions; so does a run that begins within a second, as the previous one may
not have reached the browser. Other runs leave toasts alone, so that one that was closed
does not come back.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from morph.errors import MorphError
from pages.common import words

_QUEUED, _SHOWN, _AGAIN = "passing_waiting", "passing_said", "passing_again"
_SHORT_S, _LONG_S = 4, 10
_JUST_NOW_S = 1.0


@dataclass(frozen=True)
class _Toast:
    text: str
    icon: str | None
    seconds: int


def note(text: str, icon: str | None = None, *, long: bool = False) -> None:
    """Queue a toast; from a callback, or while a page is drawn."""
    queue = st.session_state.setdefault(_QUEUED, [])
    queue.append(_Toast(text, icon, _LONG_S if long else _SHORT_S))


def note_ignored(*notices: str) -> None:
    """Queue what was wrong with the address; brackets in it are escaped."""
    for notice in notices:
        note(words.plain(notice), ":material/link_off:", long=True)


@contextmanager
def refusals(icon: str = ":material/error:") -> Iterator[None]:
    """Queue the message of a `MorphError`, and continue after the block."""
    try:
        yield
    except MorphError as error:
        note(words.plain(words.sentence(str(error))), icon)


def say_again() -> None:
    """Show recent toasts again; called where a run of the whole page begins."""
    shown = st.session_state.get(_SHOWN, {})
    now = time.monotonic()
    if any(now > since + toast.seconds for toast, since in shown.items()):
        shown = {}  # the browser keeps those that remain
    st.session_state[_SHOWN] = shown
    st.session_state[_AGAIN] = tuple(shown)
    if any(now < since + _JUST_NOW_S for since in shown.values()):
        _show_again()


def say() -> None:
    """Show queued toasts; around every page, and in each fragment with callbacks."""
    shown = st.session_state.setdefault(_SHOWN, {})
    for toast in st.session_state.pop(_QUEUED, ()):
        if toast not in shown:
            _show_again()
            shown[toast] = time.monotonic()
            _show(toast)


def _show_again() -> None:
    """Show earlier toasts in the first positions of this run, if not done already."""
    for toast in st.session_state.pop(_AGAIN, ()):
        _show(toast)


def _show(toast: _Toast) -> None:
    st.toast(toast.text, icon=toast.icon, duration=toast.seconds)
