"""Controls whose values are kept in the address."""

import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import streamlit as st

from pages.common.address import late_messages


def one_of(label: str, options: Iterable, *, key: str, **more: Any) -> Any:
    """One of a few options side by side; at first the first, or ``default``.

    A mapping gives the words of its options. ``more`` is as of `st.segmented_control`;
    ``bind=None`` leaves the value out of the address.
    """
    offered = list(options)
    usual = {"default": offered[0], "required": True, "bind": "query-params"}
    usual["format_func"] = _words(options)
    return st.segmented_control(label, offered, key=key, **usual | more)


def from_list(label: str, options: Iterable, *, key: str, **more: Any) -> Any:
    """One option of a list that opens; at first the first, or that at ``index``.

    A mapping gives the words of its options. ``more`` is as of `st.selectbox`;
    ``bind=None`` leaves the value out of the address.
    """
    usual = {"format_func": _words(options)}
    usual |= {"bind": "query-params"}
    return st.selectbox(label, list(options), key=key, **usual | more)


def slider(label: str, *numbers: Any, key: str, **more: Any) -> Any:
    """A slider; ``numbers`` and ``more`` are as of `st.slider`."""
    return st.slider(label, *numbers, key=key, bind="query-params", **more)


def whole_number(label: str, *numbers: int, key: str, **more: Any) -> int:
    """A whole number; ``numbers`` and ``more`` are as of `st.number_input`."""
    # Streamlit (1.67) makes an int of a number such as 1e400 in the address, which
    # raises. Bind always when it refuses it.
    bound = {} if _drop_infinity(key) else {"bind": "query-params"}
    return st.number_input(label, *numbers, key=key, **bound, **more)


def show(key: str, value: Any) -> None:
    """Set a control, unless it shows the value: setting it closes its open menu.

    Only above `late_messages.draw`: a message from before is no change of the control.
    """
    if key not in st.session_state:
        st.session_state[key] = value
    elif st.session_state[key] != value:
        with late_messages.setting([key]):
            st.session_state[key] = value


def _drop_infinity(key: str) -> bool:
    """Remove a number without an end from the address; whether there was one."""
    with suppress(ValueError):
        if math.isinf(float(st.query_params.get(key, "nan"))):
            del st.query_params[key]
            return True
    return False


def _words(options: Iterable) -> Any:
    return options.get if isinstance(options, Mapping) else str


def seed(again: str) -> int:
    """The seed of a random order, with a button called ``again`` for another."""

    def next_seed() -> None:
        st.session_state["seed"] = st.session_state.get("seed", 0) + 1

    whole_number("Seed", 0, 999_999, 0, key="seed", width=110)
    st.button(again, icon=":material/shuffle:", on_click=next_seed, key=again.lower())
    return st.session_state["seed"]
