"""Choose galaxies whose cutouts are wanted: of a release, a subset, or a list."""

from pathlib import Path

import streamlit as st

from morph.catalogue import release_table
from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.subsets import saved, store_galaxies
from morph.subsets.saved import Subset
from morph.subsets.store_galaxies import StoreGalaxies
from morph.subsets.uploaded_list import Upload
from pages.common import words
from pages.common.server import database
from pages.common.subsets import list_upload

RELEASE, SUBSET, LIST = SOURCES = ("Release", "Subset", "List")
_KEY = "store_of"


def choose(root: Path) -> StoreGalaxies | None:
    """The chosen galaxies; None, and why in words, where there are none."""
    source = st.segmented_control(
        "Galaxies of a", SOURCES, default=RELEASE, required=True, key=_KEY
    )
    try:
        if source == LIST:
            return _of_list()
        with database.cursor(root) as con:
            releases = {one.release_id: one for one in release_table.releases(con)}
            subsets = saved.subsets(con)
        if source == SUBSET:
            return _of_subset(releases, subsets)
        return _of_release(releases)
    except MorphError as error:
        text = words.plain(words.sentence(str(error)))
        st.warning(f"{text}.", icon=":material/info:")
        return None


def _of_release(releases: dict[str, LoadedRelease]) -> StoreGalaxies | None:
    if not releases:
        st.caption("No release is loaded yet. Load one, or upload a list.")
        return None
    names, shown = list(releases), st.session_state.get("release")
    first = names.index(shown) if shown in names else 0
    release = st.selectbox("Release", names, index=first, key="store_release")
    return store_galaxies.of_release(releases[release])


def _of_subset(
    releases: dict[str, LoadedRelease], subsets: list[Subset]
) -> StoreGalaxies | None:
    known = {one.subset_id: one for one in subsets if one.release_id in releases}
    if not known:
        st.caption("There are no saved subsets of a loaded release.")
        return None
    chosen = known[
        st.selectbox(
            "Subset",
            list(known),
            format_func=lambda one: f"{known[one].name} ({known[one].galaxies:,})",
            key="store_subset",
        )
    ]
    return store_galaxies.of_release(releases[chosen.release_id], chosen)


def _of_list() -> StoreGalaxies | None:
    try:
        upload = list_upload.uploaded(
            "store_list",
            kept="The file is read only by morph. The positions in it are sent to the "
            "survey's cutout service.",
        )
        return None if upload is None else _read(upload)
    except MorphError as error:
        list_upload.say_unusable("store_list", error)
        return None


def _read(upload: Upload) -> StoreGalaxies:
    """The galaxies of a list, read once for each choice of columns."""
    cache = st.session_state.setdefault("store_list_galaxies", {})
    key = (upload.sha256, upload.chosen)
    if key not in cache:
        cache.clear()
        with st.spinner("Reading names and positions"):
            cache[key] = store_galaxies.of_list(upload)
    return cache[key]
