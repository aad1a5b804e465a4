"""The choice of one of a person's own columns, which an address holds by its ref."""

import streamlit as st

from morph.catalogue.own_columns import own_column
from morph.catalogue.own_columns.own_column import OwnColumn
from morph.errors import MorphError
from morph.home import home
from pages.common import words
from pages.common.server import database, unchanged


def is_offered(key: str, *, numbers: bool = False) -> bool:
    """Whether there is such a column, or the address names one under ``key``."""
    return bool(_columns(numbers)) or bool(_asked(key))


def choose(key: str, *, numbers: bool = False) -> OwnColumn | None:
    """The column chosen; None, with a sentence, where the one of a link is unknown.

    ``key`` is its parameter in the address. With ``numbers``, only columns of numbers
    are offered.
    """
    columns, asked = {one.ref: one for one in _columns(numbers)}, _asked(key)
    problem = "" if columns or asked else "you have no such column"
    if asked and asked not in columns:  # of a deleted list, or unknown
        try:
            with database.cursor(home()) as con:
                columns[asked] = _checked(own_column.column(con, asked), numbers)
        except MorphError as error:
            problem = str(error)
    if columns and not asked:
        st.session_state[key] = asked = next(iter(columns))
    if columns:
        _menu(key, columns, asked)
    if problem:
        st.caption(f":orange[{words.plain(words.sentence(problem))}.]")
    # Streamlit (1.67) writes the words of a choice into the address, which change with
    # the name of the list: so the ref is in a hidden widget. Remove when it can write
    # codes.
    with st.container(key=f"unseen_{key}"):
        st.text_input(key, key=key, bind="query-params")
    return columns.get(asked)


def known(ref: str) -> OwnColumn | None:
    """The column with a ref, None where the workspace has none."""
    try:
        with database.cursor(home()) as con:
            return own_column.column(con, ref)
    except MorphError:
        return None


def _columns(numbers: bool) -> list[OwnColumn]:
    every = unchanged.read(own_column.offered)
    return [one for one in every if one.is_number or not numbers]


def _asked(key: str) -> str:
    return st.session_state.get(key) or st.query_params.get(key, "")


def _checked(own: OwnColumn, numbers: bool) -> OwnColumn:
    if numbers and not own.is_number:
        raise MorphError(f"the column {own.in_list} holds no numbers")
    return own


def _menu(key: str, columns: dict[str, OwnColumn], asked: str) -> None:
    menu = f"{key}_menu"

    def take() -> None:
        st.session_state[key] = st.session_state[menu] or ""

    shown = asked if asked in columns else None
    if menu not in st.session_state or st.session_state[menu] != shown:
        st.session_state[menu] = shown
    st.selectbox(
        "Column",
        list(columns),
        format_func=lambda ref: columns[ref].in_list,
        placeholder="Choose a column",
        key=menu,
        on_change=take,
        width=260,
    )
