"""Save, rename, annotate, delete and restore named subsets."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st
from duckdb import DuckDBPyConnection

from morph.errors import MorphError
from morph.home import home
from morph.subsets import saved, subset_rows
from morph.subsets.saved import Subset
from pages.common import toasts, words
from pages.common.here import Here
from pages.common.server import database, who_may

KINDS = {
    "filter": "selected by filters",
    "region": "selected in a region",
    "similar": "found by similarity",
    "pins": "pinned",
    "list": "matched to an uploaded list",
    "algebra": "combined from subsets",
    "similarity": "similarity of all galaxies to examples",
    "labels": "labelled by people",
}
CHOSEN = "subset"  # in the session and the URL: the subset whose details are shown
TAB, SAVED = "subsets_tab", "Saved"  # in the session: the tab of Subsets that is open
_SAVING = "saving_selection"  # whether the form is open
_DELETED = "subset_deleted"
_PROBLEM = "subset_problem"
_MOST_DELETED = 12  # the latest


def do(
    change: Callable[[DuckDBPyConnection], Subset],
    done: str = "",
    *,
    owner: str | None = None,
    problem: str = _PROBLEM,
) -> None:
    """Change the workspace and show the subset; only from a callback.

    Refused to visitors who may not change what belongs to ``owner``. ``done`` is shown
    as a toast, with the subset's name in place of ``{}``. The message of a failure is
    put into the session under ``problem``.
    """
    try:
        who_may.check(owner)
        with database.cursor(home()) as con:
            changed = change(con)
    except MorphError as error:
        st.session_state[problem] = words.sentence(str(error))
        return
    st.session_state[CHOSEN] = changed.subset_id
    st.session_state[_SAVING] = False
    if done:
        toasts.note(done.format(f"“{words.plain(changed.name)}”"), ":material/check:")


def say() -> None:
    """Show why the last change failed, and a button that undoes a deletion."""
    _say_problem(_PROBLEM)
    gone: Subset | None = st.session_state.get(_DELETED)
    if gone is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"“{words.plain(gone.name)}” was deleted.", width="content")
            _restore_button("Restore", gone, key="restore_subset")


def _say_problem(key: str) -> None:
    problem = st.session_state.pop(key, None)
    if problem:
        st.error(f"{words.plain(problem)}.", icon=":material/error:")


def name_and_save(
    key: str,
    button: str,
    make: Callable[..., Subset],
    *,
    suggested: str = "",
    disabled: bool = False,
) -> None:
    """A form with name and note; ``make(con, name=, note=, owner=)`` saves them.

    Subsets then shows what was saved.
    """

    def save() -> None:
        given = {what: st.session_state[f"{key}_{what}"] for what in ("name", "note")}
        change = partial(make, **given, owner=who_may.person())
        do(change, "Saved {}.", problem=f"{key}_problem")
        if f"{key}_problem" not in st.session_state:
            st.session_state[TAB] = SAVED

    refused = who_may.explained()
    if refused:
        st.caption(f":material/lock: {refused}")
    with st.form(key, border=False, clear_on_submit=False):
        st.text_input(
            "Name",
            value=suggested,
            max_chars=subset_rows.MAX_NAME,
            key=f"{key}_name",
            placeholder="My galaxies",
        )
        st.text_input("Note", max_chars=subset_rows.MAX_NOTE, key=f"{key}_note")
        st.form_submit_button(
            button,
            icon=":material/bookmark_add:",
            on_click=save,
            disabled=disabled or bool(refused),
            key=f"{key}_save",
        )
    _say_problem(f"{key}_problem")


def save_selection(here: Here) -> None:
    """Save the selected galaxies as a subset."""
    number = here.funnel.left
    with st.popover(
        f"Save the {number:,} selected",
        icon=":material/bookmark_add:",
        key=_SAVING,
        on_change="rerun",
    ):
        st.caption("Saves the list of galaxies and the filters that selected them.")
        name_and_save(
            "save_selection",
            f"Save {words.galaxies(number)}",
            partial(
                saved.save_selection, release=here.release, selection=here.selection
            ),
            disabled=number == 0,
        )


def edit(subset: Subset) -> None:
    """Change the name or note of a subset."""
    key = f"edit_{subset.subset_id}"

    def save() -> None:
        name, note = st.session_state[f"{key}_name"], st.session_state[f"{key}_note"]

        def change(con: DuckDBPyConnection) -> Subset:
            if name != subset.name:
                saved.rename(con, subset.subset_id, name)
            return saved.annotate(con, subset.subset_id, note)

        do(change, owner=subset.owner)

    with st.popover("Edit", icon=":material/edit:", **_unless_allowed(subset)):
        for field, label, text, most in (
            (st.text_input, "Name", subset.name, subset_rows.MAX_NAME),
            (st.text_area, "Note", subset.note, subset_rows.MAX_NOTE),
        ):
            name = f"{key}_{label.lower()}"
            field(label, text, max_chars=most, key=name, on_change=save)


def end(subset: Subset) -> None:
    """Delete a subset, in two steps; it can be restored."""
    with st.popover("Delete", icon=":material/delete:", **_unless_allowed(subset)):
        st.markdown(
            f"Removes “{words.plain(subset.name)}” "
            f"({words.galaxies(subset.galaxies)}) from the list. Links to it "
            "and selections with it still work, and it can be restored."
        )
        st.button(
            f"Delete “{words.plain(subset.name)}”",
            icon=":material/delete:",
            key=f"delete_{subset.subset_id}",
            on_click=_delete,
            args=(subset,),
        )


def deleted(gone: Sequence[Subset]) -> None:
    """The deleted subsets, each with a button that restores it."""
    if not gone:
        return
    with st.popover(f"{len(gone)} deleted", icon=":material/restore_from_trash:"):
        for one in gone[:_MOST_DELETED]:
            label = f"Restore “{words.plain(one.name)}” ({one.galaxies:,})"
            _restore_button(label, one, key=f"restore_{one.subset_id}", type="tertiary")


def _unless_allowed(subset: Subset) -> dict[str, Any]:
    """Arguments of a control: disabled, with the reason, if it would be refused."""
    refused = who_may.explained(subset.owner)
    return {"disabled": bool(refused), "help": refused or None}


def _delete(subset: Subset) -> None:
    do(lambda con: saved.delete(con, subset.subset_id), owner=subset.owner)
    if _PROBLEM not in st.session_state:
        st.session_state[_DELETED] = subset


def _restore_button(label: str, gone: Subset, **more: Any) -> None:
    def restore() -> None:
        do(lambda con: saved.restore(con, gone.subset_id), owner=gone.owner)
        if _PROBLEM not in st.session_state:
            st.session_state.pop(_DELETED, None)

    more |= _unless_allowed(gone)
    st.button(label, icon=":material/undo:", on_click=restore, **more)
