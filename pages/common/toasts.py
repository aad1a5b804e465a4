"""Words said in passing: noted anywhere, said by the page, and left until read.

A callback must draw nothing itself: in a fragment Streamlit would put it in place of
the first elements of the whole page, of which one is its style. And a browser knows a
note by its place among those of one script run: what a run says takes away what stands
at the same place since the run before. So notes that are still to be read are said
again, in their places, where a run of the whole page is to say another; and where they
were said only just now, as a run that is followed at once by another may not have
reached the browser. (Of two fragments' notes without such a run between, the second
takes the first's place.)
At other times they are let be: who has closed one does not want it back.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from morph.errors import MorphError
from pages.common import words

_WAITING, _SAID, _PLACED = "passing_waiting", "passing_said", "passing_placed"
_SHORT_S, _LONG_S = 4, 10
_JUST_NOW_S = 1.0


@dataclass(frozen=True)
class _Note:
    text: str
    icon: str | None
    seconds: int


def note(text: str, icon: str | None = None, *, long: bool = False) -> None:
    """Have something said; from a callback, or while a page is drawn."""
    waiting = st.session_state.setdefault(_WAITING, [])
    waiting.append(_Note(text, icon, _LONG_S if long else _SHORT_S))


@contextmanager
def refusals(icon: str = ":material/error:") -> Iterator[None]:
    """Note why something is refused, and go on after the block."""
    try:
        yield
    except MorphError as error:
        note(words.sentence(str(error)), icon)


def say_again() -> None:
    """Say what may not have been heard; where a run of the whole page begins."""
    said = st.session_state.get(_SAID, {})
    now = time.monotonic()
    if any(now > since + told.seconds for told, since in said.items()):
        said = {}  # what remains of them stays in the browser by itself
    st.session_state[_SAID] = said
    st.session_state[_PLACED] = False
    if any(now < since + _JUST_NOW_S for since in said.values()):
        _place(said)


def say() -> None:
    """Say what was noted; around every page, and in each fragment with callbacks."""
    said = st.session_state.setdefault(_SAID, {})
    waiting = st.session_state.pop(_WAITING, ())
    new = [told for told in dict.fromkeys(waiting) if told not in said]
    if new:
        _place(said)
    for told in new:
        said[told] = time.monotonic()
        _toast(told)


def _place(said: Iterable[_Note]) -> None:
    """Say these in the first places of this run, unless they stand there."""
    if not st.session_state.get(_PLACED):
        for told in said:
            _toast(told)
    st.session_state[_PLACED] = True


def _toast(told: _Note) -> None:
    st.toast(told.text, icon=told.icon, duration=told.seconds)
