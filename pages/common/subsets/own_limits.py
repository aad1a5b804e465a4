"""The sidebar's limits on columns of one's own."""

import math
from typing import Any

import streamlit as st
from duckdb import DuckDBPyConnection

from morph.catalogue.own_columns import own_column, own_table
from morph.catalogue.own_columns.own_column import OwnColumn
from morph.errors import MorphError
from morph.home import home
from morph.selection.own_limits.own_limit import OwnLimit
from pages.common import words
from pages.common.address import late_messages, selection_widgets
from pages.common.address.controls import show
from pages.common.server import database, unchanged

_MOST_VALUES = 200  # texts to choose from; others can be typed
_ADD = "own_add"
_ENDS = ("from", "to")
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
                args=(own, None),
            )
        if own.outdated:
            st.caption(words.OUTDATED)
        for key, value in _shown(own, limit).items():
            show(key, value)
        if own.is_number:
            _range(own)
        else:
            _values(con, own, limit)
        missing = f"own_missing_{own.ref}"
        st.toggle(_WITHOUT, key=missing, on_change=_changed, args=(own,))


def _shown(own: OwnColumn, limit: OwnLimit) -> dict[str, Any]:
    """The values of a limit's controls, by their keys."""
    of = {f"own_missing_{own.ref}": limit.keep_missing}
    if not own.is_number:
        return {**of, f"own_values_{own.ref}": list(limit.values)}
    ends = _ends(own, limit)
    of |= {f"own_{end}_{own.ref}": one for end, one in zip(_ENDS, ends, strict=True)}
    if _has_slider(own):
        low, high = (min(max(end, own.low), own.high) for end in ends)
        of[f"own_slider_{own.ref}"] = (low, high)
    return of


def _ends(own: OwnColumn, limit: OwnLimit) -> tuple[float, float]:
    return limit.ends or (own.low or 0.0, own.high or 0.0)


def _has_slider(own: OwnColumn) -> bool:
    return own.low is not None and own.high is not None and own.low < own.high


def _range(own: OwnColumn) -> None:
    for column, end in zip(st.columns(2), _ENDS, strict=True):
        column.number_input(
            end.capitalize(),
            step=_step(own),
            format="%g",
            key=f"own_{end}_{own.ref}",
            on_change=_changed,
            args=(own,),
        )
    if _has_slider(own):
        st.slider(
            f"Range of {words.plain(own.name)}",
            own.low,
            own.high,
            step=_step(own),
            format="%g",
            label_visibility="collapsed",
            key=f"own_slider_{own.ref}",
            on_change=_slid,
            args=(own,),
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
    st.multiselect(
        f"Values of {words.plain(own.name)}",
        list(dict.fromkeys([*known, *limit.values])),
        format_func=_in_words,
        label_visibility="collapsed",
        placeholder="Choose a value",
        accept_new_options=own.kind == "text",
        key=key,
        on_change=_changed,
        args=(own,),
    )


def _in_words(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else value


def _add() -> None:
    """Limit the chosen column: to all its numbers, or to its most frequent value."""
    ref = st.session_state[_ADD]
    if ref is None or _set_now(ref) is not None:
        return  # a late message has the choice made before in it
    with database.cursor(home()) as con:
        own = own_column.column(con, ref)
        if own.is_number:
            limit = OwnLimit(ref, (own.low or 0.0, own.high or 0.0))
        else:
            limit = OwnLimit(ref, values=tuple(own_table.frequent(con, own, most=1)))
    _set(own, limit)


def _changed(own: OwnColumn) -> None:
    """Take over what the controls of a limit say; a callback."""
    before, state = _set_now(own.ref), st.session_state
    if before is None:
        return
    keep = state[f"own_missing_{own.ref}"]
    if before.ends is not None:
        low, high = sorted(state[f"own_{end}_{own.ref}"] for end in _ENDS)
        limit = OwnLimit(own.ref, (low, high), keep_missing=keep)
    else:
        values = state[f"own_values_{own.ref}"] or before.values
        limit = OwnLimit(own.ref, values=tuple(values), keep_missing=keep)
    _set(own, limit)


def _slid(own: OwnColumn) -> None:
    """Take over the ends of a limit's slider, rounded to its steps; a callback.

    An end that is not moved stays, as one beyond the slider's ends may.
    """
    key = f"own_slider_{own.ref}"
    before = _set_now(own.ref)
    if before is None or late_messages.is_late(key):
        return
    digits = -math.floor(math.log10(_step(own)))
    slid, shown = st.session_state[key], _shown(own, before)[key]
    ends = []
    for now, was, end, outer in zip(
        slid, shown, _ends(own, before), (own.low, own.high), strict=True
    ):
        ends.append(
            end if now == was else outer if now == outer else round(now, digits)
        )
    _set(own, OwnLimit(own.ref, tuple(ends), keep_missing=before.keep_missing))


def _set_now(ref: str) -> OwnLimit | None:
    """The limit on a column; the controls then differ from it only where changed.

    Only from a callback, which may be of a message that is late.
    """
    late_messages.catch_up()
    return next((one for one in selection_widgets.own() if one.ref == ref), None)


def _set(own: OwnColumn, limit: OwnLimit | None) -> None:
    """Replace or remove the limit on a column; a callback."""
    limits = {one.ref: one for one in selection_widgets.own()}
    if limit is None:
        limits.pop(own.ref, None)
    else:
        limits[own.ref] = limit  # in its place, if there is one already
    shown = _shown(own, limit) if limit else {}
    selection_widgets.set_own([*limits.values()], shown)
