"""The sidebar's limits on columns of one's own."""

import math
from functools import partial
from typing import Any

import streamlit as st
from duckdb import DuckDBPyConnection

from morph.catalogue.own_columns import own_column, own_table
from morph.catalogue.own_columns.own_column import OwnColumn
from morph.errors import MorphError
from morph.home import home
from morph.selection.own_limits.own_limit import OwnLimit
from pages.common import words
from pages.common.address import selection_widgets
from pages.common.address.controls import show
from pages.common.server import database, unchanged

_MOST_VALUES = 200  # texts to choose from; others can be typed
_ADD = "own_add"
_WITHOUT = "Include galaxies without a value"


def draw() -> None:
    """The limits that are set, and a menu of columns for another one."""
    limits = selection_widgets.own()
    columns = {one.ref: one for one in unchanged.read(own_column.offered)}
    if not columns and not limits:
        return
    with database.cursor(home()) as con:
        st.markdown(
            "##### Your columns",
            help="Columns of the lists uploaded on Subsets, and similarities kept on "
            "Similar, joined by galaxy.",
        )
        for limit in limits:
            try:
                own = columns.get(limit.ref) or own_column.column(con, limit.ref)
            except MorphError:
                continue  # the notice on the address says why
            _limit(con, own, limit)
    free = [ref for ref in columns if ref not in {limit.ref for limit in limits}]
    if free:
        show(_ADD, None)
        st.selectbox(
            "Limit a column",
            free,
            format_func=lambda ref: columns[ref].in_list,
            index=None,
            placeholder="Limit a column",
            label_visibility="collapsed",
            key=_ADD,
            on_change=_add,
        )


def _limit(con: DuckDBPyConnection, own: OwnColumn, limit: OwnLimit) -> None:
    """The controls of one limit."""
    with st.container(key=f"own_{own.ref.replace('.', '_')}", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{words.plain(own.title)}**",
                help=f"{words.plain(words.sentence(own.origin))}; {own.known:,} "
                "galaxies have a value.",
                width="stretch",
            )
            st.button(
                "Remove",
                icon=":material/close:",
                type="tertiary",
                key=f"own_remove_{own.ref}",
                on_click=_set,
                args=(own.ref, None),
            )
        if own.outdated:
            st.caption(words.OUTDATED)
        if own.is_number:
            _range(own, limit)
        else:
            _values(con, own, limit)
        show(f"own_missing_{own.ref}", limit.keep_missing)
        changed = partial(_changed, own.ref, limit)
        st.toggle(_WITHOUT, key=f"own_missing_{own.ref}", on_change=changed)


def _range(own: OwnColumn, limit: OwnLimit) -> None:
    ends = limit.ends or (own.low or 0.0, own.high or 0.0)
    for column, end, value in zip(st.columns(2), ("from", "to"), ends, strict=True):
        key = f"own_{end}_{own.ref}"
        show(key, value)
        column.number_input(
            end.capitalize(),
            step=_step(own),
            format="%g",
            key=key,
            on_change=partial(_changed, own.ref, limit),
        )
    if own.low is not None and own.high is not None and own.low < own.high:
        key = f"own_slider_{own.ref}"
        low, high = (min(max(end, own.low), own.high) for end in ends)
        show(key, (low, high))
        st.slider(
            f"Range of {words.plain(own.name)}",
            own.low,
            own.high,
            step=_step(own),
            format="%g",
            label_visibility="collapsed",
            key=key,
            on_change=partial(_slid, own, limit),
        )
    if own.low is not None:
        st.caption(f"Values reach {own.low:.6g} to {own.high:.6g}.")


def _step(own: OwnColumn) -> float:
    """A power of ten, a hundredth of the column's range or less."""
    if own.low is None or own.high is None or own.low == own.high:
        return 1.0
    step = 10.0 ** math.floor(math.log10(own.high - own.low) - 2)
    return max(step, 1.0) if own.kind == "whole" else step


def _values(con: DuckDBPyConnection, own: OwnColumn, limit: OwnLimit) -> None:
    key = f"own_values_{own.ref}"
    known = own_table.frequent(con, own, most=_MOST_VALUES)
    show(key, list(limit.values))
    st.multiselect(
        f"Values of {words.plain(own.name)}",
        list(dict.fromkeys([*known, *limit.values])),
        format_func=_in_words,
        label_visibility="collapsed",
        placeholder="Choose a value",
        accept_new_options=own.kind == "text",
        key=key,
        on_change=partial(_changed, own.ref, limit),
    )


def _in_words(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else value


def _add() -> None:
    """Limit the chosen column: to all its numbers, or to its most frequent value."""
    ref = st.session_state[_ADD]
    if ref is None:
        return
    with database.cursor(home()) as con:
        own = own_column.column(con, ref)
        if own.is_number:
            limit = OwnLimit(ref, (own.low or 0.0, own.high or 0.0))
        else:
            limit = OwnLimit(ref, values=tuple(own_table.frequent(con, own, most=1)))
    _set(ref, limit)


def _changed(ref: str, before: OwnLimit) -> None:
    """Take over what the controls of a limit say; a callback."""
    state: Any = st.session_state
    keep = state[f"own_missing_{ref}"]
    if before.ends is not None:
        ends = sorted((state[f"own_from_{ref}"], state[f"own_to_{ref}"]))
        _set(ref, OwnLimit(ref, (ends[0], ends[1]), keep_missing=keep))
    elif values := state[f"own_values_{ref}"] or before.values:
        _set(ref, OwnLimit(ref, values=tuple(values), keep_missing=keep))


def _slid(own: OwnColumn, before: OwnLimit) -> None:
    """Take over the ends of a limit's slider, rounded to its steps; a callback.

    An end that is not moved stays, as one beyond the slider's ends may.
    """
    digits = -math.floor(math.log10(_step(own)))
    shown = before.ends or (own.low or 0.0, own.high or 0.0)
    ends = []
    for slid, end, outer in zip(
        st.session_state[f"own_slider_{own.ref}"],
        shown,
        (own.low, own.high),
        strict=True,
    ):
        unmoved = slid == min(max(end, own.low), own.high)
        ends.append(end if unmoved else outer if slid == outer else round(slid, digits))
    _set(own.ref, OwnLimit(own.ref, tuple(ends), keep_missing=before.keep_missing))


def _set(ref: str, limit: OwnLimit | None) -> None:
    """Replace or remove the limit on a column; a callback."""
    others = [one for one in selection_widgets.own() if one.ref != ref]
    selection_widgets.set_own([*others, *([limit] if limit else [])])
