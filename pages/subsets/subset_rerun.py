"""Apply a subset's definition to another release, and show which galaxies differ."""

from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st
from duckdb import DuckDBPyConnection

from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.subsets import rerun
from morph.subsets.rerun import Rerun
from morph.subsets.saved import Subset
from pages.common import words
from pages.common.address import navigation
from pages.common.components.gallery import gallery
from pages.common.galaxies import tiles
from pages.common.here import HASHES, Here
from pages.common.subsets import actions

_TILES, _SEED = 12, 0
_PARTS = {
    "stayed": ("Stayed", "In the subset and selected in that release."),
    "entered": ("Entered", "Selected in that release but not in the subset."),
    "left": ("Left", "In the subset and that release, but not selected there."),
    "missing": ("Missing", "In the subset but not in that release."),
}


def draw(here: Here, subset: Subset) -> None:
    """Choose a release, show what the definition selects there, and save that."""
    others = {r.release_id: r for r in here.releases if r.key != subset.release_key}
    names = list(others)
    if not others:
        st.caption(
            "The definition can be applied to another release, but no other one is "
            "loaded."
        )
        return
    chosen = st.selectbox(
        "Apply the definition to",
        names,
        index=names.index(shown) if (shown := here.release.release_id) in others else 0,
        key="rerun_on",
        width=320,
    )
    other = others[chosen]
    try:
        done = _rerun(here.con, subset.subset_id, other)
    except MorphError as error:
        st.info(f"{words.plain(words.sentence(str(error)))}.", icon=":material/info:")
        return
    _differences(here, done)
    actions.name_and_save(
        f"save_rerun_{subset.subset_id}_{chosen}",
        f"Save {words.galaxies(len(done.names))} of {chosen}",
        partial(rerun.save, done=done),
        suggested=f"{subset.name} of {chosen}"[:80],
        disabled=not len(done.names),
    )


@st.cache_data(max_entries=10, show_spinner="Selecting", hash_funcs=HASHES)
def _rerun(_con: DuckDBPyConnection, subset_id: str, release: LoadedRelease) -> Rerun:
    return rerun.rerun(_con, subset_id, release)


def _differences(here: Here, done: Rerun) -> None:
    """Numbers that stayed, entered, left and are missing; images of some."""
    before, now = done.subset.galaxies, len(done.names)
    st.markdown(
        f"The definition selects **{now:,}** of the "
        f"{words.galaxies(done.release.galaxies)} in {done.release.release_id}; the "
        f"subset contains {before:,}."
    )
    for column, (part, (title, meaning)) in zip(
        st.columns(len(_PARTS)), _PARTS.items(), strict=True
    ):
        number = len(getattr(done, part))
        column.metric(title, f"{number:,}", help=meaning, border=True)
    for part in ("entered", "left"):
        _images(here, done, part)


def _images(here: Here, done: Rerun, part: str) -> None:
    names = getattr(done, part)
    if not len(names):
        return
    some = np.random.default_rng(_SEED).choice(names, min(_TILES, len(names)), False)
    there = replace(here, release=done.release)
    about = tiles.subset_label(done.subset, done.release)
    shown = tiles.named(there, list(some), about=about)
    title = f"{len(shown)} of {words.galaxies(len(names))} that {part}"
    st.caption(f"{title} (random order, seed {_SEED})")
    gallery(
        shown,
        key=f"rerun_{part}",
        label=title,
        side=96,
        on_open=partial(navigation.to_galaxy, release_id=done.release.release_id),
    )
