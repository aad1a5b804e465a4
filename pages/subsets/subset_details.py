"""One named subset: what it is, what it looks like, and where it can go."""

import streamlit as st

from morph.catalogue.release_table import LoadedRelease
from morph.selection import funnel, ordering
from morph.subsets.saved import Subset, as_selection
from morph.wording import minute
from pages.common import words
from pages.common.address import navigation, order_control
from pages.common.components.gallery import gallery
from pages.common.galaxies import tiles
from pages.common.here import Here
from pages.common.subsets import actions, made
from pages.subsets import subset_export, subset_rerun

_TILES = 12
_OF_ITS_RELEASE = {
    "Files": subset_export.files,
    "Code": subset_export.code,
    "For a paper": subset_export.paper,
}
_AGAIN = "Another release"


def draw(here: Here, found: Subset) -> None:
    """Everything about a subset, on the release that is shown."""
    selection = as_selection(found, here.release)
    number = funnel.count(here.con, here.release, selection)
    _heading(found)
    if found.release_key != here.release.key:
        st.caption(f"{here.release.release_id} has {number:,} of {found.galaxies:,}.")
    with st.container(horizontal=True):
        st.button(
            f"Select these {number:,}",
            icon=":material/filter_alt:",
            type="primary",
            key="open_subset",
            disabled=not number,
            on_click=navigation.to_selection,
            args=(selection,),
            help="Every page then shows only these galaxies; Explore opens.",
        )
        actions.edit(found)
        actions.end(found)
    _pictures(here, found, number)
    _aspects(here, found)


def in_short(found: Subset, shown: LoadedRelease) -> str:
    """How many, how, and of which release, where that is not the one shown."""
    text = f"{found.galaxies:,} {made.KINDS[found.kind]}"
    own = found.release_id == shown.release_id
    return text if own else f"{text}, of {found.release_id}"


def _heading(found: Subset) -> None:
    st.header(found.name, anchor=False)
    st.caption(
        f"{words.galaxies(found.galaxies)} of {found.release_id}, "
        f"{made.KINDS[found.kind]}, {minute(found.created)} · id `{found.subset_id}` · "
        f"digest `{found.digest}`",
        help="The digest stands for the galaxies’ names: the same for the same ones.",
    )
    if found.note:
        st.markdown(found.note)
    st.markdown(f"**Made by:** {words.sentence(found.recipe['words'])}.")
    before = found.recipe.get("rerun_of")
    if before:
        changed = found.recipe["difference"]
        st.caption(
            f"The recipe of “{before['name']}” run again: {changed['stayed']:,} "
            f"stayed, {changed['entered']:,} entered, {changed['left']:,} left, "
            f"{changed['missing']:,} are missing here."
        )


def _pictures(here: Here, found: Subset, number: int) -> None:
    release: LoadedRelease = here.release
    rows = ordering.page(
        here.con,
        release,
        as_selection(found, release),
        order=ordering.Order("random"),
        limit=_TILES,
        columns=tiles.columns(release, release.tree.labels[0]),
    )
    order = order_control.to_text(order_control.DEFAULT)
    title = f"{len(rows)} of {words.galaxies(number)}, at random"
    st.caption(title)
    gallery(
        tiles.of(rows, release, None, order=order),
        key="subset_gallery",
        label=title,
        side=96,
        on_open=lambda name: navigation.to_galaxy(name, order),
    )


def _aspects(here: Here, found: Subset) -> None:
    aspect = st.segmented_control(
        "What to do with it",
        [*_OF_ITS_RELEASE, _AGAIN],
        default="Files",
        required=True,
        key="aspect",
        bind="query-params",
        label_visibility="collapsed",
    )
    if aspect == _AGAIN:
        subset_rerun.draw(here, found)
        return
    of = next((one for one in here.releases if one.key == found.release_key), None)
    if of is None:
        st.info(
            f"{found.release_id}, of which it was made, is not loaded as it was. Load "
            "it again, or run the recipe on another release.",
            icon=":material/info:",
        )
        return
    _OF_ITS_RELEASE[aspect](here, found, of)
