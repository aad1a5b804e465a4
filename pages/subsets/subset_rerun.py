"""A subset's recipe run again on another release, and whom that changes."""

import numpy as np
import streamlit as st

from morph.catalogue.arrays import by_name
from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.subsets import rerun
from morph.subsets.rerun import Rerun
from morph.subsets.saved import Subset
from pages.common import words
from pages.common.address import navigation, order_control
from pages.common.components.gallery import gallery
from pages.common.galaxies import tiles
from pages.common.here import Here
from pages.common.subsets.actions import name_and_save

_TILES, _SEED = 12, 0
_PARTS = {
    "stayed": ("Stayed", "In the subset, and chosen there too."),
    "entered": ("Entered", "Chosen there, but not in the subset."),
    "left": ("Left", "In the subset, but not chosen there, though it has them."),
    "missing": ("Missing", "In the subset, and not among that release’s galaxies."),
}


def draw(here: Here, found: Subset) -> None:
    """Choose a release, see what its galaxies make of the recipe, and keep that."""
    others = {r.release_id: r for r in here.releases if r.key != found.release_key}
    if not others:
        st.caption(
            "The recipe can be run again on another release; only the one that it was "
            "made of is loaded."
        )
        return
    chosen = st.selectbox(
        "Run the recipe again on",
        list(others),
        index=list(others).index(here.release.release_id)
        if here.release.release_id in others
        else 0,
        key="rerun_on",
        width=320,
    )
    other = others[chosen]
    try:
        done = _rerun(found.subset_id, other.key, here, other)
    except MorphError as error:
        st.info(f"{words.sentence(str(error))}.", icon=":material/info:")
        return
    _differences(here, done)
    key = f"save_rerun_{found.subset_id}_{chosen}"
    name_and_save(
        key,
        f"Save {words.galaxies(len(done.names))} of {chosen}",
        lambda con, name, note: rerun.save(con, done, name=name, note=note),
        suggested=f"{found.name} of {chosen}"[:80],
        disabled=not len(done.names),
    )


@st.cache_data(max_entries=10, show_spinner="Running the recipe again")
def _rerun(subset_id: str, key: str, _here: Here, _other: LoadedRelease) -> Rerun:
    return rerun.rerun(_here.con, subset_id, _other)


def _differences(here: Here, done: Rerun) -> None:
    """How many stayed, entered, left and are missing; and some who changed."""
    before, now = done.subset.galaxies, len(done.names)
    st.markdown(
        f"**{now:,}** of {words.galaxies(done.release.galaxies)} there; "
        f"the subset has {before:,}."
    )
    for column, (part, (title, meaning)) in zip(
        st.columns(len(_PARTS)), _PARTS.items(), strict=True
    ):
        number = len(getattr(done, part))
        column.metric(title, f"{number:,}", help=meaning, border=True)
    for part in ("entered", "left"):
        _pictures(here, done, part)


def _pictures(here: Here, done: Rerun, part: str) -> None:
    names = getattr(done, part)
    if not len(names):
        return
    some = np.random.default_rng(_SEED).choice(names, min(_TILES, len(names)), False)
    release = done.release
    rows = by_name(
        here.con,
        release,
        list(some),
        columns=tiles.columns(release, release.tree.labels[0]),
    )
    title = f"{len(rows)} of {words.galaxies(len(names))} that {part}"
    st.caption(f"{title}, drawn with seed {_SEED}")
    order = order_control.to_text(order_control.DEFAULT)
    gallery(
        tiles.of(rows, release, None, order=order),
        key=f"rerun_{part}",
        label=title,
        side=96,
        on_open=lambda name: navigation.to_galaxy(name, order, release.release_id),
    )
