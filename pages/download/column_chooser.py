"""Choose the columns of a file: sets, search, groups and saved sets."""

from collections.abc import Iterable
from functools import partial

import pandas as pd
import streamlit as st

from morph.catalogue.column_sql import meaning
from morph.catalogue.release_table import LoadedRelease
from morph.export import saved_columns
from morph.export.columns import (
    CHOSEN,
    COLUMN_SETS,
    Columns,
    all_names,
    group,
    names_in_file,
    set_title,
)
from morph.export.columns import plain_names as with_underscores
from morph.export.saved_columns import MAX_NAME, SavedColumns
from morph.home import home
from pages.common import toasts, words
from pages.common.address.controls import one_of
from pages.common.here import HASHES, Here
from pages.common.server import database, who_may

_CHOSEN = "download_columns"  # in the session: the published names that are chosen
_SET = "download_set"  # in the session: the saved set that they are
_TURN = "download_columns_turn"  # a new table is drawn where it changes
_IN, _NAME = "In the file", "Column"
_NAMES = {"published": "As published", "underscores": "With underscores"}
_HEIGHT = 360


def sets(release: LoadedRelease) -> Columns:
    """Which set of columns, and how they are named; `CHOSEN` has no columns yet."""
    titles = {of: set_title(release, of).capitalize() for of in COLUMN_SETS}
    titles |= {CHOSEN: "Choose"}
    of = one_of("Columns", titles, default="posteriors", key="columns", bind=None)
    names = one_of(
        "Column names",
        _NAMES,
        key="column_names",
        bind=None,
        help="Published names have hyphens, as in “smooth-or-featured_smooth”. With "
        "underscores instead they need no quotes in SQL, ADQL or TOPCAT; the published "
        "name is then in the column’s description.",
    )
    return Columns(of, underscores=names == "underscores")


def choose(here: Here, *, underscores: bool) -> Columns:
    """The controls; the columns that are chosen, at first those of "basic"."""
    known = _table(here.release)
    basic = names_in_file(here.release, here.selection, Columns("basic"))
    st.session_state.setdefault(_CHOSEN, basic)
    saved = {one.name: one for one in saved_columns.saved_columns(here.con)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = st.text_input(
            "Search columns",
            placeholder="such as bar variance",
            icon=":material/search:",
            key="column_search",
        )
        groups = ["All", *known["Group"].unique()]
        of = st.selectbox("Group", groups, key="column_group")
        _saved_sets(saved, known[_NAME])
    shown = _found(known, search, of)
    _editor(shown)
    with st.container(horizontal=True, vertical_alignment="center"):
        _many("Add", "add", shown[_NAME])
        _many("Remove", "remove", shown[_NAME])
        _save()
        _delete(saved.get(st.session_state.get(_SET, "")))
    chosen = tuple(name for name in known[_NAME] if name in st.session_state[_CHOSEN])
    return Columns(st.session_state.get(_SET) or CHOSEN, chosen, underscores)


@st.cache_data(max_entries=8, show_spinner=False, hash_funcs=HASHES)
def _table(release: LoadedRelease) -> pd.DataFrame:
    """What can be chosen: each column with its names, its meaning and its group."""
    names = all_names(release)
    return pd.DataFrame(
        {
            _NAME: names,
            "With underscores": with_underscores(names).values(),
            "Meaning": [meaning(release, name)[1] for name in names],
            "Unit": [meaning(release, name)[0] for name in names],
            "Group": [group(release, name) for name in names],
        }
    )


def _found(known: pd.DataFrame, search: str, of: str) -> pd.DataFrame:
    """The rows of a group that have all words in their names or meaning."""
    if of != "All":
        known = known[known["Group"] == of]
    texts = known.agg(" ".join, axis=1).str.lower()
    for word in search.lower().split():
        known = known[texts[known.index].str.contains(word, regex=False)]
    return known


def _editor(shown: pd.DataFrame) -> None:
    key = f"column_editor_{st.session_state.setdefault(_TURN, 0)}"
    key += f"_{hash(tuple(shown.index))}"
    names = [*shown[_NAME]]
    chosen = shown[_NAME].isin(st.session_state[_CHOSEN])
    st.data_editor(
        shown.assign(**{_IN: chosen})[[_IN, *shown.columns]],
        hide_index=True,
        height=min(_HEIGHT, 38 + 35 * max(len(shown), 1)),
        disabled=[*shown.columns],
        key=key,
        on_change=partial(_edited, key, names),
        alt=f"{len(names)} columns, and whether each is in the file",
    )


def _edited(key: str, names: list[str]) -> None:
    """Take over the ticks of the table."""
    chosen = dict.fromkeys(st.session_state[_CHOSEN])
    for row, change in st.session_state[key]["edited_rows"].items():
        if change.get(_IN):
            chosen[names[int(row)]] = None
        else:
            chosen.pop(names[int(row)], None)
    _set(chosen, turn=False)


def _set(names: Iterable[str], *, saved: str = "", turn: bool = True) -> None:
    st.session_state[_CHOSEN] = tuple(names)
    st.session_state[_SET] = saved
    st.session_state[_TURN] += turn


def _many(word: str, key: str, names: pd.Series) -> None:
    """A button that adds or removes all columns that are shown."""
    chosen = st.session_state[_CHOSEN]
    changed = [name for name in names if (name in chosen) == (key == "remove")]

    def change() -> None:
        kept = [name for name in chosen if name not in set(changed)]
        _set(kept if key == "remove" else [*chosen, *changed])

    st.button(
        f"{word} the {len(names)} shown",
        icon=f":material/{key}:",
        on_click=change,
        disabled=not changed,
        key=f"columns_{key}",
    )


def _saved_sets(sets: dict[str, SavedColumns], known: pd.Series) -> None:
    """A menu of the saved sets; a choice replaces the columns."""

    def load() -> None:
        name = st.session_state["column_set"]
        if name in sets:
            _set(sets[name].columns, saved=name)

    st.session_state["column_set"] = st.session_state.get(_SET) or None
    st.selectbox(
        "Saved set",
        [*sets],
        index=None,
        placeholder="choose one" if sets else "none saved yet",
        format_func=words.plain,
        disabled=not sets,
        on_change=load,
        key="column_set",
    )
    of = sets.get(st.session_state.get(_SET, ""))
    lacking = len(set(of.columns) - {*known}) if of else 0
    if lacking:
        st.caption(
            f"{lacking} of its {len(of.columns)} columns are not in this release."
        )


def _save() -> None:
    def save() -> None:
        with toasts.refusals():
            who_may.check()
            with database.cursor(home()) as con:
                made = saved_columns.save(
                    con,
                    st.session_state["column_set_name"],
                    st.session_state[_CHOSEN],
                    owner=who_may.person(),
                )
            st.session_state[_SET] = made.name

    refused = who_may.explained()
    with st.popover("Save as a set", icon=":material/bookmark_add:"):
        if refused:
            st.caption(f":material/lock: {refused}")
        with st.form("save_columns", border=False):
            st.text_input("Name", max_chars=MAX_NAME, key="column_set_name")
            number = len(st.session_state[_CHOSEN])
            st.form_submit_button(
                f"Save {number} columns", on_click=save, disabled=bool(refused)
            )


def _delete(of: SavedColumns | None) -> None:
    if of is None:
        return

    def delete() -> None:
        with toasts.refusals():
            who_may.check(of.owner)
            with database.cursor(home()) as con:
                saved_columns.delete(con, of.name)
            st.session_state[_SET] = ""

    refused = who_may.explained(of.owner)
    st.button(
        f"Delete the set “{words.plain(of.name)}”",
        icon=":material/delete:",
        type="tertiary",
        on_click=delete,
        disabled=bool(refused),
        help=refused or "The columns stay chosen.",
        key="delete_column_set",
    )
