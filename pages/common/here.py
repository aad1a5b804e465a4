"""What a page shows: the release and selection prepared for it."""

from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import streamlit as st
from duckdb import DuckDBPyConnection

from morph.catalogue.release_table import LoadedRelease
from morph.selection import funnel
from morph.selection.histograms import Expected, expected_counts
from morph.selection.selection import Selection


@dataclass(frozen=True)
class Here:
    """What a page shows: one release, the selection from it, how many that leaves."""

    root: Path
    con: DuckDBPyConnection
    releases: tuple[LoadedRelease, ...]
    release: LoadedRelease
    selection: Selection
    funnel: funnel.Funnel


class PageEnds(Exception):
    """A page has nothing more to show; what stands around it is still drawn."""


def current() -> Here:
    """What the shell prepared for the page that is being drawn."""
    return st.session_state["here"]


def release() -> LoadedRelease | None:
    """The release chosen above every page; None where nothing is loaded."""
    return st.session_state.get("release_here")


def end() -> NoReturn:
    """End the page here, unlike `st.stop`, after which nothing more can be drawn."""
    raise PageEnds


def expected(at: Here) -> Expected:
    """Expected numbers along the tree, computed once for each release."""
    return _expected(at.release.key, at)


@st.cache_data(max_entries=20, show_spinner=False)
def _expected(key: str, _at: Here) -> Expected:
    return expected_counts(_at.con, _at.release)


def hero(release: LoadedRelease) -> str:
    """What this is, in one sentence with the release's own numbers."""
    answers = f"{release.galaxies:,} galaxies, {len(release.tree.labels)} answers each"
    if release.has_uncertainty:
        return f"{answers}, and how sure the model is"
    return f"{answers}, as fractions of votes"
