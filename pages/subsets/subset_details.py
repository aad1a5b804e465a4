"""One subset: its description, its images, and its files, code and text."""

import streamlit as st

from morph.catalogue.own_columns import own_column
from morph.catalogue.release_table import LoadedRelease
from morph.selection import funnel
from morph.selection.selection import Selection
from morph.subsets.saved import Subset, as_selection
from morph.wording import minute
from pages.common import words
from pages.common.address import controls, navigation
from pages.common.components.gallery import gallery
from pages.common.galaxies import picture_sheet, tiles
from pages.common.here import Here
from pages.common.subsets import actions
from pages.subsets import subset_export, subset_match, subset_rerun

_TILES = 12
_USES = {
    "Files": subset_export.files,
    "Code": subset_export.code,
    "For a paper": subset_export.paper,
}
_MATCHED, _AGAIN = "Matched file", "Another release"


def draw(here: Here, subset: Subset) -> None:
    """All about a subset, with images from the chosen release."""
    selection = as_selection(subset, here.release)
    number = funnel.count(here.con, here.release, selection)
    _heading(subset)
    if subset.release_key != here.release.key:
        st.caption(
            f"{here.release.release_id} contains {number:,} of the "
            f"{words.galaxies(subset.galaxies)} in this subset."
        )
    with st.container(horizontal=True):
        st.button(
            f"Select these {number:,}",
            icon=":material/filter_alt:",
            type="primary",
            key="open_subset",
            disabled=not number,
            on_click=navigation.to_selection,
            args=(selection,),
            help="Opens Explore; every page then shows only these galaxies.",
        )
        actions.edit(subset)
        actions.end(subset)
    _images(here, subset, selection, number)
    _aspects(here, subset)


def in_short(subset: Subset, shown: LoadedRelease) -> str:
    """Number of galaxies, how it was made, and the release unless it is ``shown``."""
    text = f"{subset.galaxies:,}, {actions.KINDS[subset.kind]}"
    here = subset.release_id == shown.release_id
    return text if here else f"{text}, of {subset.release_id}"


def _heading(subset: Subset) -> None:
    st.header(words.plain(subset.name), anchor=False)
    st.caption(
        f"{words.galaxies(subset.galaxies)} of {subset.release_id}, "
        f"{actions.KINDS[subset.kind]} · saved {minute(subset.created)}"
        f"{f' by {words.plain(subset.owner)}' if subset.owner else ''} · "
        f"id `{subset.subset_id}` · digest `{subset.digest}`",
        help="Subsets of the same galaxies have the same digest.",
    )
    if subset.note:
        st.markdown(words.plain(subset.note))
    definition = words.plain(words.sentence(subset.recipe["words"]))
    st.markdown(f"**Definition:** {definition}.")
    before = subset.recipe.get("rerun_of")
    if before:
        changed = subset.recipe["difference"]
        st.caption(
            f"Definition of “{words.plain(before['name'])}”, applied to "
            f"{subset.release_id}: "
            f"{changed['stayed']:,} stayed, {changed['entered']:,} entered, "
            f"{changed['left']:,} left, {changed['missing']:,} missing."
        )


def _images(here: Here, subset: Subset, selection: Selection, number: int) -> None:
    if not number:
        return
    about = tiles.subset_label(subset, here.release)
    shown = tiles.at_random(here, selection, _TILES, about=about)
    title = f"{len(shown)} of {words.galaxies(number)}, chosen at random"
    st.caption(title)
    gallery(
        shown,
        key="subset_gallery",
        label=title,
        side=96,
        on_open=navigation.to_galaxy,
    )
    picture_sheet.offer(here, [{title: shown}], key="subset", caption=f"{title}.")


def _aspects(here: Here, subset: Subset) -> None:
    kept = own_column.columns_of(here.con, subset.subset_id)
    uses = [*([_MATCHED] if kept else []), *_USES, _AGAIN]
    aspect = controls.one_of("Use", uses, key="aspect", label_visibility="collapsed")
    if aspect == _MATCHED:
        subset_match.draw(here, subset)
        return
    if aspect == _AGAIN:
        subset_rerun.draw(here, subset)
        return
    of = next((one for one in here.releases if one.key == subset.release_key), None)
    if of is None:
        st.info(
            f"Made from {subset.release_id}, which is not loaded or has changed. Load "
            "it again, or apply the definition to another release.",
            icon=":material/info:",
        )
        return
    _USES[aspect](here, subset, of)
