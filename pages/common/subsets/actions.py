"""What can be done to named subsets: save, rename, note, delete, and undo that."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st
from duckdb import DuckDBPyConnection

from morph.errors import MorphError
from morph.home import home
from morph.subsets import saved
from morph.subsets.saved import Subset
from pages.common import toasts, words
from pages.common.here import Here
from pages.common.server import database

CHOSEN = "subset"  # in the session and in the address: the one whose details are shown
_SAVING = "saving_selection"  # whether the form over the page is open
_DELETED = "subset_deleted"
_PROBLEM = "subset_problem"
_MOST_DELETED = 12  # of the latest


def do(
    change: Callable[[DuckDBPyConnection], Subset],
    done: str = "",
    *,
    problem: str = _PROBLEM,
) -> None:
    """Change the workspace and show the subset; only from a callback.

    ``done`` is said in passing, with the subset's name in place of ``{}``. Why it could
    not be done is put into the session under ``problem``.
    """
    try:
        with database.cursor(home()) as con:
            changed = change(con)
    except MorphError as error:
        st.session_state[problem] = words.sentence(str(error))
        return
    st.session_state[CHOSEN] = changed.subset_id
    st.session_state[_SAVING] = False
    if done:
        toasts.note(done.format(f"“{changed.name}”"), ":material/check:")


def say() -> None:
    """What went wrong with the last change, and the way back from a deletion."""
    problem = st.session_state.pop(_PROBLEM, None)
    if problem:
        st.error(f"{problem}.", icon=":material/error:")
    gone: Subset | None = st.session_state.get(_DELETED)
    if gone is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"“{gone.name}” is deleted.", width="content")
            st.button(
                "Restore it",
                icon=":material/undo:",
                key="restore_subset",
                on_click=_restore,
                args=(gone,),
            )


def name_and_save(
    key: str,
    words_of_button: str,
    make: Callable[[DuckDBPyConnection, str, str], Subset],
    *,
    suggested: str = "",
    disabled: bool = False,
) -> None:
    """A name, a note, and the button by which ``make(con, name, note)`` is called."""

    def save() -> None:
        name = st.session_state[f"{key}_name"]
        note = st.session_state[f"{key}_note"]
        change = partial(make, name=name, note=note)
        do(change, "{} is kept.", problem=f"{key}_problem")

    with st.form(key, border=False, clear_on_submit=False):
        st.text_input(
            "Name",
            value=suggested,
            max_chars=saved.MAX_NAME,
            key=f"{key}_name",
            placeholder="Secure bars",
        )
        st.text_input("Note", max_chars=saved.MAX_NOTE, key=f"{key}_note")
        st.form_submit_button(
            words_of_button,
            icon=":material/bookmark_add:",
            on_click=save,
            disabled=disabled,
            key=f"{key}_save",
        )
    problem = st.session_state.pop(f"{key}_problem", None)
    if problem:
        st.error(f"{problem}.", icon=":material/error:")


def save_selection(here: Here) -> None:
    """Keep what is selected now under a name."""
    number = here.funnel.left
    with st.popover(
        f"Save the {number:,} selected",
        icon=":material/bookmark_add:",
        key=_SAVING,
        on_change="rerun",
    ):
        st.caption(
            "The galaxies are kept as they are now, with the filters that chose them."
        )
        name_and_save(
            "save_selection",
            f"Save {words.galaxies(number)}",
            lambda con, name, note: saved.save_selection(
                con, here.release, here.selection, name=name, note=note
            ),
            disabled=number == 0,
        )


def edit(found: Subset) -> None:
    """Another name or note for a subset."""
    key = f"edit_{found.subset_id}"

    def save() -> None:
        name, note = st.session_state[f"{key}_name"], st.session_state[f"{key}_note"]
        do(lambda con: _changed(con, found, name, note))

    with st.popover("Edit", icon=":material/edit:"):
        st.text_input(
            "Name",
            found.name,
            max_chars=saved.MAX_NAME,
            key=f"{key}_name",
            on_change=save,
        )
        st.text_area(
            "Note",
            found.note,
            max_chars=saved.MAX_NOTE,
            key=f"{key}_note",
            on_change=save,
        )


def end(found: Subset) -> None:
    """Take a subset off the list, in two steps; it can be restored."""
    with st.popover("Delete", icon=":material/delete:"):
        st.markdown(
            f"“{found.name}” leaves the list, with its "
            f"{words.galaxies(found.galaxies)}, its note and its recipe. Links to it "
            "and selections by it go on working, and it can be restored."
        )
        st.button(
            f"Delete “{found.name}”",
            icon=":material/delete:",
            key=f"delete_{found.subset_id}",
            on_click=_delete,
            args=(found,),
        )


def deleted(gone: Sequence[Subset]) -> None:
    """The subsets that were deleted, each with the way back."""
    if not gone:
        return
    with st.popover(f"{len(gone)} deleted", icon=":material/restore_from_trash:"):
        for one in gone[:_MOST_DELETED]:
            st.button(
                f"Restore “{one.name}” ({one.galaxies:,})",
                icon=":material/undo:",
                type="tertiary",
                key=f"restore_{one.subset_id}",
                on_click=_restore,
                args=(one,),
            )


def _changed(con: DuckDBPyConnection, found: Subset, name: str, note: str) -> Subset:
    if name != found.name:
        saved.rename(con, found.subset_id, name)
    return saved.annotate(con, found.subset_id, note)


def _delete(found: Subset) -> None:
    do(lambda con: saved.delete(con, found.subset_id))
    st.session_state[_DELETED] = found


def _restore(gone: Subset) -> None:
    do(lambda con: saved.restore(con, gone.subset_id))
    if _PROBLEM not in st.session_state:
        st.session_state.pop(_DELETED, None)
