"""The release that a dashboard opens with: its control, and a notice without it."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from morph.catalogue import default_release
from morph.catalogue.release_table import LoadedRelease
from pages.common import toasts
from pages.common.here import Here
from pages.common.server import database, unchanged, who_may

_NOTED = "opening_noted"


def note_unloaded(releases: Sequence[LoadedRelease]) -> None:
    """Say once in a session that the release to open with is not loaded."""
    chosen = unchanged.read(default_release.chosen)
    loaded = {release.release_id for release in releases}
    gone = chosen is not None and chosen not in loaded
    if gone and st.session_state.get(_NOTED) != chosen:
        toasts.note(
            f"The default release, {chosen}, is not loaded; morph opens with the "
            f"newest one, {releases[0].release_id}.",
            ":material/home:",
            long=True,
        )
    st.session_state[_NOTED] = chosen if gone else None


def control(here: Here) -> None:
    """Which release morph opens with, and buttons to change and undo that."""
    release_id, chosen = here.release.release_id, default_release.chosen(here.con)
    opens = here.releases[0].release_id
    refused = who_may.explained()
    reason = "the newest one" if chosen is None else "the default release"
    if chosen not in (None, opens):
        reason = f"the newest one, because {chosen} is not loaded"
    with st.container(horizontal=True, vertical_alignment="center", key="opening"):
        st.markdown(
            f"Unless a link names a release, morph opens with **{opens}**, {reason}."
        )
        st.button(
            "Open morph with this release",
            icon=":material/home:",
            key="open_with",
            disabled=chosen == release_id or bool(refused),
            on_click=_choose,
            args=(here.root, release_id),
            help=refused
            or f"Anyone who opens this dashboard then sees {release_id} first.",
        )
        st.button(
            "Undo",
            icon=":material/undo:",
            key="undo_opening",
            type="tertiary",
            disabled=chosen is None or bool(refused),
            on_click=_undo,
            args=(here.root,),
            help="Undo the last choice",
        )


@toasts.refusals()
@who_may.change
def _choose(root: Path, release_id: str) -> None:
    with database.cursor(root) as con:
        default_release.choose(con, release_id)
    st.session_state["release"] = release_id  # the menu begins with another one now
    toasts.note(f"morph now opens with {release_id}.", ":material/home:")


@toasts.refusals()
@who_may.change
def _undo(root: Path) -> None:
    shown = st.session_state["release_here"].release_id
    with database.cursor(root) as con:
        default_release.undo(con)
    st.session_state["release"] = shown
    toasts.note("The last choice was undone.", ":material/undo:")
