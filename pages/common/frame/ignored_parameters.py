"""Notices for values in an address that a page's own controls do not have."""

import re

import streamlit as st

from morph.trees.decision_tree import DecisionTree
from pages.common import toasts
from pages.common.address import session_and_address
from pages.common.address.choices import choices, worded
from pages.common.address.page_parameters import PAGE_PARAMETERS

# Streamlit (1.67) removes a value that a widget cannot use from the address, as it does
# a default, without a notice. Remove when a widget reports what it dropped.
_ASKED = "asked_of_controls"
_SHOWN = 60  # characters of a value
# Kept under the same name in the session, by pages that say themselves what is wrong.
_SAID_ELSEWHERE = ("release", "drawn", "subset")


def note(tree: DecisionTree) -> None:
    """Note what the first address says of the page's controls; before it is run."""
    asked = {
        name: [worded(name, value, tree) for value in st.query_params.get_all(name)]
        for name in PAGE_PARAMETERS
        if name in st.query_params and name not in _SAID_ELSEWHERE
    }
    st.session_state[_ASKED] = session_and_address.page(), asked


def say(tree: DecisionTree) -> None:
    """Name every value that was dropped and is not what the control shows."""
    page, asked = st.session_state.pop(_ASKED, ("", {}))
    if page != session_and_address.page():
        return  # another page was chosen before the first had been drawn
    for name, values in asked.items():
        if name in st.query_params or _is_shown(name, values, tree):
            continue
        text = " ".join(values)[:_SHOWN]
        toasts.note_ignored(f"{name}={text} ignored: not a valid value here")


def _is_shown(name: str, values: list[str], tree: DecisionTree) -> bool:
    if name not in st.session_state:
        return True  # a parameter of another page
    now = st.session_state[name]
    parts = now if isinstance(now, list | tuple) else (now,)
    codes = {_plain(str(part)) for part in parts}
    in_words = {_plain(choices(name, tree).get(part, str(part))) for part in parts}
    return {_plain(value) for value in values} in (codes, in_words)


def _plain(text: str) -> str | float:
    """The text without capitals and punctuation, or its number."""
    try:
        return float(text)
    except ValueError:
        return re.sub(r"[^a-z0-9]", "", text.casefold())
