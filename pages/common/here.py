"""What a page shows: the release and selection prepared for it."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import streamlit as st
from duckdb import DuckDBPyConnection

from morph.catalogue.release_table import LoadedRelease
from morph.release.kinds import kind_of
from morph.release.manifest import SIMULATED
from morph.release.maps import ReleaseMap
from morph.selection import funnel
from morph.selection.histograms import Expected, expected_counts
from morph.selection.selection import Selection
from morph.selection.url import digest


@dataclass(frozen=True)
class Here:
    """What a page shows: a release, a selection from it, and the number selected."""

    root: Path
    con: DuckDBPyConnection
    releases: tuple[LoadedRelease, ...]
    release: LoadedRelease
    selection: Selection
    funnel: funnel.Funnel

    @property
    def others(self) -> list[LoadedRelease]:
        """The other loaded releases of the same decision tree.

        Questions that were added to it for one release may be missing in another.
        """
        mine, root = self.release, self.release.tree.root
        return [r for r in self.releases if r.key != mine.key and r.tree.root == root]

    def others_with(self, labels: Collection[str]) -> list[LoadedRelease]:
        """The other releases of the same tree that have all these answers."""
        return [one for one in self.others if {*labels} <= {*one.tree.labels}]

    @property
    def of_other_trees(self) -> list[LoadedRelease]:
        """The loaded releases whose questions differ, so that none can be compared."""
        root = self.release.tree.root
        return [one for one in self.releases if one.tree.root != root]


# `hash_funcs` of cached functions: what their results depend on.
HASHES = {
    LoadedRelease: lambda release: release.key,
    ReleaseMap: lambda one: (one.release_id, one.name),
    Selection: digest,
    Here: lambda here: (here.release.key, digest(here.selection)),
}
BY_RELEASE = {**HASHES, Here: lambda here: here.release.key}  # not on the selection


class PageEnds(Exception):
    """A page has nothing more to show; the frame around it is still drawn."""


def current() -> Here:
    """What the shell prepared for the page that is being drawn."""
    return st.session_state["here"]


def release() -> LoadedRelease | None:
    """The release chosen at the top of the page; None where none is loaded."""
    return st.session_state.get("release_here")


def end() -> NoReturn:
    """End the page; unlike `st.stop`, the frame below it is still drawn."""
    raise PageEnds


@st.cache_data(max_entries=20, show_spinner=False, hash_funcs=BY_RELEASE)
def expected(at: Here) -> Expected:
    """Expected numbers along the tree, computed once for each release."""
    return expected_counts(at.con, at.release)


def hero(release: LoadedRelease, counts: Expected) -> str:
    """What the release holds, in one sentence with its numbers.

    ``counts`` are those of the whole release: a question of which no galaxy has a vote
    fraction does not count.
    """
    answers = sum(
        len(question.labels)
        for question in release.tree.questions
        if any(counts.answers[label] > 0 for label in question.labels)
    )
    total = len(release.tree.labels)
    known = f"{total}" if answers == total else f"{answers} of {total}"
    fractions = f"Galaxy Zoo vote fractions for {known} answers"
    kind = kind_of(release.manifest)
    if kind.is_votes:
        whose = "simulated" if kind.images in SIMULATED else "volunteers’"
        fractions = f"{fractions}, computed from {whose} votes"
        if kind.prior:
            fractions = f"{fractions}, with uncertainties (prior: {kind.prior})"
    elif release.has_uncertainty:
        fractions = f"predicted {fractions}, with uncertainties"
    return f"{release.galaxies:,} galaxies: {fractions}"
