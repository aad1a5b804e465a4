"""What every page stands in: the release, the selection, the sample bar, errors."""

import logging
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from duckdb import DuckDBPyConnection

from morph import catalogue, funnel
from morph.catalogue import LoadedRelease
from morph.errors import CatalogueHeld, MorphError
from morph.home import home
from morph.selection import Selection
from pages.common import database, samplebar, sidebar, urls, waiting

RETRY_EVERY_S = 3.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Here:
    """What a page shows: one release, the selection from it, how many that leaves."""

    root: Path
    con: DuckDBPyConnection
    releases: tuple[LoadedRelease, ...]
    release: LoadedRelease
    selection: Selection
    funnel: funnel.Funnel


def here() -> Here:
    """What the shell prepared for the page that is being drawn."""
    return st.session_state["here"]


def enter() -> None:
    """Draw the frame of a page about galaxies, and prepare `here`.

    Stops the script run where nothing is loaded yet: the page has nothing to show.
    """
    root = home()
    con = database.cursor(root)
    releases = tuple(catalogue.releases(con))
    if not releases:
        waiting.room(root)
        st.stop()
    line = st.container(key="line", horizontal=True, vertical_alignment="center")
    with line:
        release, problems = samplebar.choose_release(releases)
    notices = [*problems, *urls.start(release)]
    sidebar.draw(release)
    found = urls.read(release)
    counted = funnel.funnel(con, release, found.selection)
    st.session_state["here"] = Here(
        root, con, releases, release, found.selection, counted
    )
    with line:
        samplebar.count(release, found.selection, counted)
    samplebar.chips(release, found.selection, counted)
    for notice in (*notices, *found.notices):
        st.toast(notice, icon=":material/link_off:", duration="long")
    if database.health.problem:
        st.warning(database.health.problem, icon=":material/sync_problem:")


def explain(error: Exception) -> bool:
    """Say what went wrong in plain words; True, so that no trace is shown."""
    if isinstance(error, CatalogueHeld):
        _explain_held(str(error))
    elif isinstance(error, MorphError):
        st.error(str(error), icon=":material/error:")
    else:
        _log.error("a page failed", exc_info=error)
        st.error(
            "Something in morph itself went wrong. Your selection is kept in the "
            "address; the log of the dashboard has the details.",
            icon=":material/bug_report:",
        )
        with st.expander("Details for a report"):
            st.code(f"{type(error).__name__}: {error}", language=None)
    return True


def _explain_held(message: str) -> None:
    st.info(
        f"{message} This page opens by itself as soon as it can.",
        title="The catalogue is in use",
        icon=":material/lock:",
    )

    @st.fragment(run_every=RETRY_EVERY_S)
    def retry() -> None:
        try:
            database.cursor(home()).close()
        except CatalogueHeld:
            return
        st.rerun()

    retry()
