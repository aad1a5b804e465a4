"""Notices for values in an address that a page's own controls do not have."""

import re
from urllib.parse import parse_qs, urlencode

import streamlit as st

from pages.common import toasts, words
from pages.common.address import selection_widgets, session_and_address
from pages.common.address.page_parameters import PAGE_PARAMETERS

# Streamlit (1.67) removes a value that a widget cannot use from the address, as it does
# a default, without a notice. Remove when a widget reports what it dropped.
_ASKED = "asked_of_controls"
_SHOWN = 60  # characters of a value
# Kept under the same name in the session, by pages that say themselves what is wrong.
_SAID_ELSEWHERE = ("release", "drawn", "subset")


def note() -> None:
    """Note what the first address says of the page's controls; before it is run."""
    given = {name: st.query_params.get_all(name) for name in PAGE_PARAMETERS}
    asked = parse_qs(
        selection_widgets.in_words(urlencode(given, doseq=True)), keep_blank_values=True
    )
    st.session_state[_ASKED] = session_and_address.page(), asked


def say() -> None:
    """Name every value that was dropped and is not what the control shows."""
    page, asked = st.session_state.pop(_ASKED, ("", {}))
    if page != session_and_address.page():
        return  # another page was chosen before the first had been drawn
    for name, values in asked.items():
        is_control = name in st.session_state and name not in _SAID_ELSEWHERE
        if is_control and name not in st.query_params and not _is_shown(name, values):
            text = words.plain(" ".join(values)[:_SHOWN])
            toasts.note(
                f"{name}={text} ignored: not a value of this control",
                ":material/link_off:",
                long=True,
            )


def _is_shown(name: str, values: list[str]) -> bool:
    now = st.session_state[name]
    parts = now if isinstance(now, list | tuple) else (now,)
    codes = {_plain(str(part)) for part in parts}
    worded = {
        _plain(selection_widgets.choices(name).get(part, str(part))) for part in parts
    }
    return {_plain(value) for value in values} in (codes, worded)


def _plain(text: str) -> str | float:
    """The text without capitals and punctuation, or its number."""
    try:
        return float(text)
    except ValueError:
        return re.sub(r"[^a-z0-9]", "", text.casefold())
