"""The frame of every page: release, selection, top line and errors."""

from contextlib import suppress
from pathlib import Path

import streamlit as st
from duckdb import DuckDBPyConnection
from streamlit.delta_generator import DeltaGenerator

from morph.catalogue import default_release, release_table
from morph.catalogue.release_table import LoadedRelease
from morph.errors import DamagedCatalogue, MorphError
from morph.home import check_home, home
from morph.selection import funnel
from pages.common import toasts
from pages.common.address import late_messages, navigation, selection_widgets
from pages.common.components import slider_news
from pages.common.components.address import Turn, link_button
from pages.common.components.sliders import heard
from pages.common.frame import (
    ignored_parameters,
    nothing_loaded,
    opening_release,
    problems,
    sidebar,
    slider_histograms,
    top_line,
)
from pages.common.here import Here, PageEnds, current
from pages.common.server import database, slider_plan, unchanged

LOOK_EVERY_S = 3.0
_ENTERED = "entered"


def enter(title: str, *, selecting: bool) -> None:
    """Draw the frame around a page, and prepare `here` if it shows a selection.

    Stops the script run where such a page has nothing to show, as nothing is loaded.
    """
    root = home()
    check_home(root, to_write=True)
    top_line.who()
    st.session_state[_ENTERED] = True
    late_messages.begin()
    releases = _releases(root, needed=selecting)
    if not releases:
        st.session_state.pop("release_here", None)
        st.session_state.pop("here", None)
        if selecting:
            nothing_loaded.room(root, title)
            st.stop()
        return
    opening_release.note_unloaded(releases)
    line = st.container(key="line", horizontal=True, vertical_alignment="center")
    with line:
        chosen, notices = top_line.choose_release(releases)
    st.session_state["release_here"] = chosen
    toasts.note_ignored(*notices)
    turn = None
    if selecting:
        turn = _begin(chosen)
        if turn is None:
            _prepare(root, releases, chosen, line)
            turn = navigation.turn(current().selection)
    else:
        st.session_state.pop("here", None)  # that of another page
        # Not in the sidebar, so that the page has its width; first.css knows the key.
        with line, st.container(key="without_sidebar", width="content"):
            st.caption("Your selection is kept while you are on this page.")
        _leave_when_unloaded(root, chosen)
    with line:
        st.space("stretch")
        link_button(release=chosen.release_id, go=turn)
    if turn and (not turn.instead or selection_widgets.just_begun()):
        st.stop()  # the browser is on its way there
    toasts.say()
    problems.note_catalogue(root)


def _releases(root: Path, *, needed: bool) -> tuple[LoadedRelease, ...]:
    """The loaded releases; none where a page does without a catalogue."""
    try:
        database.cursor(root)
    except MorphError:
        if needed:
            raise
        return ()  # a page that needs one says why there is none
    return unchanged.read(_in_order)


def _in_order(con: DuckDBPyConnection) -> tuple[LoadedRelease, ...]:
    return default_release.in_order(
        release_table.releases(con), default_release.chosen(con)
    )


@st.fragment(run_every=LOOK_EVERY_S)
def _leave_when_unloaded(root: Path, shown: LoadedRelease) -> None:
    """Draw the page again once its release was unloaded."""
    if st.session_state.pop(_ENTERED, False):
        return  # `enter` has read the releases of this script run
    with database.cursor(root) as con:
        unloaded = not release_table.is_loaded(con, shown)
    if unloaded:
        st.rerun()


def _begin(chosen: LoadedRelease) -> Turn | None:
    """Read the address at the start of a session or release; how to rewrite it."""
    begun = selection_widgets.start(chosen)
    if begun is None:
        return None
    toasts.note_ignored(*begun.notices)
    if not selection_widgets.just_begun():
        return None
    ignored_parameters.note(chosen.tree)
    return navigation.at_first(begun.selection)


def _prepare(
    root: Path,
    releases: tuple[LoadedRelease, ...],
    chosen: LoadedRelease,
    line: DeltaGenerator,
) -> None:
    """Read the selection from its controls and count it."""
    sidebar.draw(chosen)
    con, recipe = database.cursor(root), selection_widgets.read(chosen)
    toasts.note_ignored(*recipe.notices)
    selection, counted = recipe.selection, funnel.counted(con, chosen, recipe.steps)
    st.session_state["here"] = Here(root, con, releases, chosen, selection, counted)
    slider_news.tell("plan", plan=slider_plan.plan(chosen, selection))
    slider_news.tell("counted", left=counted.left, heard=heard())
    with line:
        top_line.count(chosen, selection, counted)
    top_line.chips(chosen, selection, counted)


def run(page: st.Page) -> None:
    """Draw the page; an error in it leaves its frame as it is."""
    try:
        with suppress(PageEnds):
            page.run()
    except DamagedCatalogue:
        raise  # the frame cannot be read either
    except MorphError as error:
        problems.explain(error)


def leave() -> None:
    """Draw what surrounds a page and would delay it."""
    at = current()
    ignored_parameters.say(at.release.tree)
    toasts.say()
    slider_histograms.draw(at.con, at.release, at.selection)
    _leave_when_unloaded(at.root, at.release)
