"""The selection's widgets: their names in the URL, their values, reset and undo.

A widget's key is its parameter in the URL (`bind="query-params"`). A widget that offers
a choice writes its words there; links made elsewhere carry the code of
`morph.selection.url`. Regions and subsets are ids of the workspace; their widgets are
drawn but not seen.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from morph.catalogue.release_table import LoadedRelease
from morph.home import home
from morph.posterior.measures import UNCERTAINTIES
from morph.posterior.tree import TREES
from morph.release.manifest import MEASURED
from morph.selection import url
from morph.selection.selection import Selection
from morph.subsets import url_ids
from pages.common import words
from pages.common.address import late_messages
from pages.common.address.parameters import PAGE_PARAMETERS
from pages.common.address.picture_options import LOOKS
from pages.common.server import database

RULES = {
    "largest": "Largest answer",
    "asked": "Asked",
    "off": "Ignore",
}
SURENESS = {
    "none": "Off",
    "tail": "Probability above a value",
    **{name: measure.title for name, measure in UNCERTAINTIES.items()},
}
ENDS = {"surest": "Most sure", "least": "Least sure"}
MISSING = {"drop": "Drop unknown", "keep": "Keep unknown"}

# Steps of the sliders of measured columns; others move by a hundredth.
_STEPS = {"ra": 0.1, "dec": 0.1, "redshift": 0.001}
_UNDO_STEPS = 20
_LINK = "link_at_first"


def remember_link() -> None:
    """Keep the address a session begins with; before there is a link to click on.

    Who clicks before the controls are drawn goes to a page whose address has nothing
    of them: Streamlit takes along only the parameters of widgets that it has drawn.
    """
    st.session_state.setdefault(_LINK, _address())


def start(release: LoadedRelease) -> url.Recipe | None:
    """Begin a session, or another release: the selection, and what was left out of it.

    None where neither begins. A session begins with the selection of its URL. Streamlit
    reads the URL by itself where a widget is drawn, but drops a value it cannot use
    without a word, and knows only the words of a choice, not its code. Another release
    keeps the selection.
    """
    query = st.session_state.get("selection_now")
    st.session_state["selection_begins"] = query is None
    if query is not None and st.session_state.get("selection_of") == release.key:
        return None
    if query is None:
        query = _in_codes(st.session_state.get(_LINK, {}) | _address())
    with database.cursor(home()) as con:
        found = url.from_query(
            query, release, others=PAGE_PARAMETERS, kept=url_ids.kept(con)
        )
    selection = _within_sliders(found.selection, release)
    _write(url.to_query(selection), release)
    st.session_state[_LINK] = url.to_query(selection)
    st.session_state["selection_of"] = release.key
    return url.Recipe(selection, found.notices)


def just_begun() -> bool:
    """Whether the selection was read from the address in this script run."""
    return st.session_state["selection_begins"]


def _address() -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}


def _within_sliders(selection: Selection, release: LoadedRelease) -> Selection:
    """The selection with measured ranges cut to their sliders, which refuse others."""
    physical = {}
    for column, limit in selection.physical.items():
        low, high = _clamped(column, (limit.low, limit.high), release)
        if (low, high) != full_range(column, release):
            physical[column] = replace(limit, low=low, high=high)
    return replace(selection, physical=physical)


def in_words(query: str) -> str:
    """An address's query with the codes of choices turned into the widgets' words.

    Streamlit knows a choice only by its words and drops anything else from the
    address; links made elsewhere carry the codes of `morph.selection.url`.
    """
    pairs = parse_qsl(query, keep_blank_values=True)
    worded = [(n, choices(n).get(value, value)) for n, value in pairs]
    return query if worded == pairs else urlencode(worded)


def read(release: LoadedRelease) -> url.Recipe:
    """The selection that the widgets say now; what came before it is kept for undo."""
    query = {}
    for name in _names(release):
        value = st.session_state.get(name)
        if value not in (None, "", [], _unlimited(name, release)):
            values = value if isinstance(value, tuple | list) else (value,)
            query[name] = [str(item) for item in values]
    with database.cursor(home()) as con:
        found = url.from_query(query, release, kept=url_ids.kept(con))
    _remember(url.to_query(found.selection))
    return found


def show(selection: Selection, release: LoadedRelease) -> None:
    """Set the widgets to ``selection``; only from a callback, before they are drawn."""
    keep_regions(selection)
    _write(url.to_query(selection), release)


def keep_regions(selection: Selection) -> None:
    """Let the workspace know the regions whose id an address is going to hold."""
    if selection.regions:
        with database.cursor(home()) as con:
            url_ids.keep_regions(con, selection.regions)


def can_undo() -> bool:
    """Whether there is a selection to go back to."""
    return bool(st.session_state.get("selection_history"))


def undo(release: LoadedRelease) -> None:
    """Go back to the selection before the last change; only from a callback."""
    if can_undo():
        before = st.session_state["selection_history"].pop()
        st.session_state["selection_now"] = before
        _write(before, release)


def draw_kept() -> None:
    """The widgets, out of sight, by which ids are in the address and in its history."""
    with st.container(key="kept"):
        st.text_input("Regions", key="regions", bind="query-params")
        for name in ("in_subset", "not_in_subset"):
            st.multiselect(
                name, [], key=name, bind="query-params", accept_new_options=True
            )
        late_messages.draw()


def is_active(label: str) -> bool:
    """Whether an answer's slider has been moved, here or in the URL."""
    moved = st.session_state.get(label, (0.0, 1.0)) != (0.0, 1.0)
    return moved or label in st.query_params


def free(label: str) -> None:
    """Take the limit on an answer away; only from a callback."""
    with late_messages.setting([label]):
        st.session_state[label] = (0.0, 1.0)


def step_of(column: str) -> float:
    """By how much the slider of a measured column moves."""
    return _STEPS.get(column, 0.01)


def full_range(column: str, release: LoadedRelease) -> tuple[float, float] | None:
    """The ends of a measured column's slider, or None where nothing is known of it."""
    found = release.ranges.get(column)
    if found is None or found.low is None or found.high is None:
        return None
    per_unit = round(1 / step_of(column))
    low = math.floor(found.low * per_unit) / per_unit
    high = math.ceil(found.high * per_unit) / per_unit
    return (low, high) if low < high else None


def _remember(now: dict) -> None:
    before = st.session_state.get("selection_now")
    if before is not None and before != now:
        history = st.session_state.setdefault("selection_history", [])
        history.append(before)
        del history[:-_UNDO_STEPS]
    st.session_state["selection_now"] = now


def _in_codes(query: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    translated = {}
    for name, values in query.items():
        codes = {words: code for code, words in choices(name).items()}
        translated[name] = [codes.get(value, value) for value in values]
    return translated


def choices(name: str) -> Mapping[str, str]:
    """Code -> words of the choice that a parameter holds; empty if it holds none."""
    if name in ("question", "triangle", "posterior"):
        return {q.name: q.title for tree in TREES.values() for q in tree.questions}
    if name in ("sure_answer", "answer"):
        return {
            label: tree.words(label) for tree in TREES.values() for label in tree.labels
        }
    fixed = {"rule": RULES, "sure": SURENESS, "sure_end": ENDS}
    fixed["uncertainty"] = SURENESS
    fixed |= LOOKS
    fixed["against"] = {column: words.measured(column) for column in MEASURED}
    return fixed.get(name, MISSING if name.endswith("_missing") else {})


def _write(query: Mapping[str, str | list[str]], release: LoadedRelease) -> None:
    names = _names(release)
    with late_messages.setting(names):
        for name in names:
            if name in query:
                value = _value(name, query[name])
                st.session_state[name] = _clamped(name, value, release)
            elif name in st.session_state or name in url.KEPT_PARAMETERS:
                st.session_state[name] = _default(name, release)


def _names(release: LoadedRelease) -> tuple[str, ...]:
    return (*url.parameter_names(release.tree), *url.KEPT_PARAMETERS)


def _value(name: str, given: str | list[str]) -> Any:
    if name in url.KEPT_PARAMETERS:
        return given
    if isinstance(given, list):
        return tuple(float(item) for item in given)
    if choices(name):
        return given
    return float(given)


def _clamped(name: str, value: Any, release: LoadedRelease) -> Any:
    """A measured range cut to its slider, which refuses anything beyond its ends."""
    ends = full_range(name, release) if name in MEASURED else None
    if ends is None:
        return value
    return tuple(min(max(part, ends[0]), ends[1]) for part in value)


def _default(name: str, release: LoadedRelease) -> Any:
    fixed = {"rule": "largest", "asked": 0.5, "sure": "none", "sure_t": 0.5}
    fixed |= {"sure_c": 0.9, "sure_share": 15.0, "sure_end": "surest"}
    fixed["sure_answer"] = release.tree.labels[0]
    fixed |= {"regions": "", "in_subset": [], "not_in_subset": []}
    if name.endswith("_missing"):
        return "drop"
    return fixed.get(name, _unlimited(name, release))


def _unlimited(name: str, release: LoadedRelease) -> tuple[float, float] | None:
    """A range slider's value that limits nothing."""
    if name in MEASURED:
        return full_range(name, release)
    return (0.0, 1.0) if name in release.tree.labels else None
