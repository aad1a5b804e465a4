"""The selection's widgets: their values, reset and undo.

A widget's key is its parameter in the URL (`bind="query-params"`), see
`morph.selection.parameters`. A widget of a choice writes its words there; links made
elsewhere carry the code. Regions and subsets are ids of the workspace, in hidden
widgets, as are the texts of conditions of certainty and of a region of the sky.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.geometry.sky_regions import SkyRegion, region_from_text, region_text
from morph.home import home
from morph.release.photometry_and_redshifts import MEASURED
from morph.selection import url
from morph.selection.certainty.certainty import Certainty, in_order, to_text
from morph.selection.own_limits import own_limit
from morph.selection.own_limits.own_limit import OwnLimit
from morph.selection.parameters import KEPT_PARAMETERS, parameters
from morph.selection.selection import Selection
from morph.selection.slider_axes import full_range
from morph.subsets import url_ids
from morph.trees.decision_tree import DecisionTree
from pages.common.address import late_messages, session_and_address
from pages.common.address.choices import code
from pages.common.address.page_parameters import PAGE_PARAMETERS
from pages.common.server import database

_UNDO_STEPS = 20
_LINK = "link_at_first"


def remember_link() -> None:
    """Keep the address a session begins with; before there is a link to click on."""
    # Streamlit (1.67) takes along only parameters of widgets that it has drawn, so a
    # click before that goes to an address without them. Remove when it keeps all
    # parameters of an address (tests/browser/test_back).
    st.session_state.setdefault(_LINK, session_and_address.address())


def start(release: LoadedRelease) -> url.Recipe | None:
    """Start a session or another release: the selection, and what was ignored.

    None where neither begins. A session begins with the selection of its URL; another
    release keeps the selection.
    """
    # Streamlit (1.67) reads the URL where a widget is drawn, but drops a value it
    # cannot use without a notice, and knows only the words of a choice. Remove when a
    # widget reports what it dropped.
    before = st.session_state.get("selection_now")
    st.session_state["selection_begins"] = before is None
    if before is not None and st.session_state.get("selection_of") == release.key:
        return None
    if before is None:
        address = st.session_state.get(_LINK, {}) | session_and_address.address()
        query = {
            name: [code(name, value, release.tree) for value in values]
            for name, values in address.items()
        }
    else:
        query = url.to_query(before)
    with database.cursor(home()) as con:
        recipe = url.from_query(
            query, release, others=PAGE_PARAMETERS, kept=url_ids.kept(con)
        )
    selection = _write(recipe.selection, release)
    st.session_state[_LINK] = url.to_query(selection)
    st.session_state["selection_of"] = release.key
    return url.Recipe(selection, recipe.notices)


def just_begun() -> bool:
    """Whether the selection was read from the address in this script run."""
    return st.session_state["selection_begins"]


def read(release: LoadedRelease) -> url.Recipe:
    """The selection of the widgets' values; the one before is kept for undo."""
    values = {}
    for name in parameters(release.tree):
        value = st.session_state.get(name)
        if value is not None and value != _default(name, release):
            values[name] = value
    recipe = _read(values, release)
    before = st.session_state.get("selection_now")
    if before is not None and before.tree != release.tree:
        st.session_state.pop("selection_history", None)  # of answers it does not have
    elif before is not None and before != recipe.selection:
        history = st.session_state.setdefault("selection_history", [])
        history.append(before)
        del history[:-_UNDO_STEPS]
    st.session_state["selection_now"] = recipe.selection
    return recipe


def _read(values: Mapping[str, Any], release: LoadedRelease) -> url.Recipe:
    with database.cursor(home()) as con:
        return url.from_values(values, release, kept=url_ids.kept(con))


def show(selection: Selection, release: LoadedRelease) -> None:
    """Set the widgets to ``selection``; only from a callback, before they are drawn."""
    keep_regions(selection)
    _write(selection, release)


def keep_regions(selection: Selection) -> None:
    """Save the regions in the workspace, as an address holds their id alone."""
    if selection.regions:
        with database.cursor(home()) as con:
            url_ids.keep_regions(con, selection.regions)


def can_undo() -> bool:
    """Whether there is a selection to go back to."""
    return bool(st.session_state.get("selection_history"))


def undo(release: LoadedRelease) -> None:
    """Go back to the selection before the last change; only from a callback."""
    # A change may have come whose script run was stopped by this one, which may itself
    # have been sent before the browser received what that change had set.
    late_messages.catch_up()
    read(release)
    if can_undo():
        before = url.to_values(st.session_state["selection_history"].pop())
        # Another release may have been chosen since, which lacks what a filter needs.
        served = _read(before, release).selection
        st.session_state["selection_now"] = served
        _write(served, release)


def draw_kept() -> None:
    """Hidden widgets by which ids are in the address and in its history."""
    # Streamlit (1.67) binds only widgets to the address and its history. Remove when
    # components can have `bind="query-params"`.
    with st.container(key="kept"):
        st.text_input("Sky", key="sky", bind="query-params")
        st.text_input("Regions", key="regions", bind="query-params")
        for name in ("certain", "in_subset", "not_in_subset", "own"):
            st.multiselect(
                name, [], key=name, bind="query-params", accept_new_options=True
            )
        late_messages.draw()


def is_active(label: str) -> bool:
    """Whether an answer's slider has been moved, here or in the URL."""
    moved = st.session_state.get(label, (0.0, 1.0)) != (0.0, 1.0)
    return moved or label in st.query_params


def limit(parameter: str, low: float, high: float) -> None:
    """Set the ends of a slider; only from a callback."""
    with late_messages.setting([parameter]):
        st.session_state[parameter] = (low, high)


def keep_missing(column: str, keep: bool) -> None:
    """Keep or drop galaxies without a measured value; only from a callback."""
    name = f"{column}_missing"
    with late_messages.setting([name]):
        st.session_state[name] = "keep" if keep else "drop"


def set_sky(region: SkyRegion | None) -> None:
    """Set or remove the region of the sky; only from a callback."""
    with late_messages.setting(["sky"]):
        st.session_state["sky"] = region_text(region) if region else ""


def certain(release: LoadedRelease) -> tuple[Certainty, ...]:
    """The conditions of certainty as they apply, without those that are ignored."""
    late_messages.catch_up()  # a callback may be of a message that is late itself
    texts = st.session_state.get("certain", [])
    return url.from_values({"certain": texts}, release).selection.certainty


def set_certain(conditions: Iterable[Certainty], tree: DecisionTree) -> None:
    """Set the conditions of certainty; only from a callback.

    Raises MorphError for too many, and then leaves those that are set.
    """
    ordered = in_order(conditions, tree)
    with late_messages.setting(["certain"]):
        st.session_state["certain"] = [to_text(one) for one in ordered]


def set_own(limits: Sequence[OwnLimit], shown: Mapping[str, Any]) -> None:
    """Set the limits on columns of lists, and controls; only from a callback."""
    with late_messages.setting(["own", *shown]):
        st.session_state["own"] = [own_limit.to_text(one) for one in limits]
        for key, value in shown.items():
            st.session_state[key] = value


def own() -> list[OwnLimit]:
    """The limits on columns of lists, without unusable texts of a link."""
    limits = []
    for text in st.session_state.get("own", ()):
        with suppress(MorphError):
            limits.append(own_limit.from_text(text))
    return limits


def sky() -> SkyRegion | None:
    """The region of the sky that is set; None also for an unusable text of a link."""
    with suppress(MorphError):
        return region_from_text(st.session_state.get("sky", ""))
    return None


def _write(selection: Selection, release: LoadedRelease) -> Selection:
    """Set the widgets; returns the selection as they can show it."""
    selection = _within_sliders(selection, release)
    values = url.to_values(selection)
    names = parameters(release.tree)
    with late_messages.setting(names):
        for name in names:
            if name in values:
                st.session_state[name] = values[name]
            elif name in st.session_state or name in KEPT_PARAMETERS:
                st.session_state[name] = _default(name, release)
    return selection


def _within_sliders(selection: Selection, release: LoadedRelease) -> Selection:
    """The selection with measured ranges cut to the ends of their sliders."""
    # Streamlit (1.67) ignores a URL's range beyond a slider's ends, and raises where
    # the session sets one. Remove when it clamps both.
    physical = {}
    for column, limit in selection.physical.items():
        full = full_range(column, release)
        if full is not None:
            low, high = np.clip((limit.low, limit.high), *full).tolist()
            limit = replace(limit, low=low, high=high)
        if (limit.low, limit.high) != full:
            physical[column] = limit
    return replace(selection, physical=physical)


def _default(name: str, release: LoadedRelease) -> Any:
    """The value of a widget that limits nothing."""
    if name in MEASURED:
        return full_range(name, release)
    return copy(parameters(release.tree)[name].default)
