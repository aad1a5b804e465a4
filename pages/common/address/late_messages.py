"""Values that a callback set, kept until the browser has received them.

Each time widgets are set, a hidden widget gets a number, last of all. A message with an
older number comes from a browser that has not received them: its values are replaced,
except those that the person has changed meanwhile.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

# Streamlit (1.67) takes all values in a browser's message for the person's. A click
# sent between a callback that sets widgets and the arrival of their new values carries
# the old values, and what was set is lost. Remove when Streamlit discards values that
# are older than its own (tests/browser/test_quick_clicks).
_SEEN = "set_seen"  # the unseen widget: the number that the browser has had
_LAST = "set_last"
_STATES = "set_states"  # number -> the widgets' values before and after they were set
_AGAIN = "set_again"  # the widgets set again in this script run
_KEPT = 20


@contextmanager
def setting(names: Iterable[str]) -> Iterator[None]:
    """Set widgets, by their keys ``names``, within this."""
    catch_up()  # the message that has them set may itself be a late one
    last = st.session_state.get(_LAST, 0)
    states = st.session_state.setdefault(_STATES, {})
    names = {*names, *states.get(last, ({}, {}))[1]}
    before = _values(names)
    yield
    states[last + 1] = before, _values(names)
    states.pop(last + 1 - _KEPT, None)
    st.session_state[_LAST] = last + 1
    st.session_state[_SEEN] = str(last + 1)


def catch_up() -> None:
    """Set again what the browser had not received; before the widgets are drawn."""
    seen, last = st.session_state.get(_SEEN, ""), st.session_state.get(_LAST, 0)
    states = st.session_state.get(_STATES, {})
    if not seen.isdecimal() or int(seen) == last or int(seen) + 1 not in states:
        return
    before: dict[str, Any] = {}  # of each widget, when it was first set since
    for number in range(last, int(seen), -1):
        before |= states[number][0]
    _, after = states[last]
    for name, value in after.items():
        own = st.session_state.get(name)
        if value is not None and own == before.get(name) and own != value:
            st.session_state[name] = value
            st.session_state.setdefault(_AGAIN, set()).add(name)
    st.session_state[_SEEN] = str(last)


def is_late(name: str) -> bool:
    """Whether a widget's change is none of the person's; only from its callback.

    A message that is late has the value in it that the widget had before it was set,
    for which Streamlit calls the callback.
    """
    catch_up()
    return name in st.session_state.get(_AGAIN, ())


def begin() -> None:
    """Catch up at the start of a script run, when all callbacks have been called."""
    catch_up()
    st.session_state.pop(_AGAIN, None)


def draw() -> None:
    """Draw the hidden widget, after all those that it counts for."""
    st.session_state.setdefault(_SEEN, str(st.session_state.get(_LAST, 0)))
    st.text_input("Set", key=_SEEN)


def _values(names: Iterable[str]) -> dict[str, Any]:
    return {name: st.session_state.get(name) for name in names}
