"""The line above every page: provenance, release, count, active filters, link."""

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from morph.catalogue.release_table import LoadedRelease
from morph.selection.funnel import Funnel
from morph.selection.selection import Selection
from pages.common import toasts, words
from pages.common.address import selection_widgets
from pages.common.address.controls import from_list

_DEMONSTRATION = "Simulated galaxies to try morph with, none of them real."
_ORIGINS: dict[str, tuple[str, str, Literal["green", "violet", "orange"], str]] = {
    "real": ("Real", "verified", "green", "Real galaxies."),
    "simulated": ("Simulated", "science", "violet", "Simulated galaxies, none real."),
    "demonstration": ("Demonstration", "school", "orange", _DEMONSTRATION),
}


def choose_release(
    releases: Sequence[LoadedRelease],
) -> tuple[LoadedRelease, tuple[str, ...]]:
    """The release shown, and what was wrong with the one in the URL."""
    by_id = {release.release_id: release for release in releases}
    before = st.session_state.get("release_here")
    wanted = st.query_params.get("release")
    if st.session_state.get("release") not in by_id:
        st.session_state.pop("release", None)  # it was unloaded meanwhile
    chip = st.container(width="content")
    release_id = from_list(
        "Release", [*by_id], key="release", label_visibility="collapsed", width=200
    )
    title, icon, colour, meaning = _ORIGINS[by_id[release_id].manifest.origin]
    chip.badge(title, icon=f":material/{icon}:", color=colour, help=meaning)
    notices = ()
    if before is not None and before.release_id not in by_id:
        notices = (f"{before.release_id} was removed; {release_id} is shown instead",)
    elif wanted is not None and wanted not in by_id:
        notices = (f"release={wanted} is not loaded; {release_id} is shown",)
    return by_id[release_id], notices


def count(release: LoadedRelease, selection: Selection, counted: Funnel) -> None:
    """The number of selected galaxies, Undo and Reset."""
    st.markdown(
        f"**{counted.left:,}** of {words.galaxies(counted.total)}", width="content"
    )
    st.button(
        "Undo",
        icon=":material/undo:",
        key="undo",
        type="tertiary",
        disabled=not selection_widgets.can_undo(),
        on_click=selection_widgets.undo,
        args=(release,),
        help="Undo the last change of the selection",
    )
    st.button(
        "Reset all",
        icon=":material/restart_alt:",
        key="reset",
        type="tertiary",
        disabled=selection == Selection(tree=release.tree),
        on_click=_reset,
        args=(release,),
    )


def chips(release: LoadedRelease, selection: Selection, counted: Funnel) -> None:
    """One chip for each active filter, which a click removes."""
    steps = [row.step for row in counted.rows if row.step.kind != "gate"]
    # Drawn even when empty: with the first filter, elements after it would otherwise
    # be made again, and a map lose its zoom.
    with st.container(key="chips", horizontal=True, gap="small"):
        for step in steps:
            st.button(
                words.sentence(step.words),
                icon=":material/close:",
                icon_position="right",
                key=f"chip_{step.parameter}",
                on_click=selection_widgets.show,
                args=(selection.without(step.parameter), release),
                help="Remove this filter",
            )


def _reset(release: LoadedRelease) -> None:
    selection_widgets.show(Selection(tree=release.tree), release)
    toasts.note("All filters removed. Undo restores them.", ":material/undo:")
