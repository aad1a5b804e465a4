"""One named subset: what it is, what it looks like, and where it can go."""

from urllib.parse import urlsplit

import streamlit as st

from morph import funnel, listing
from morph.catalogue import LoadedRelease
from morph.subset_files import SUFFIXES, subset_file
from morph.subsets import Subset, as_selection
from pages.common import (
    database,
    going,
    ordering,
    subset_actions,
    taking,
    tiles,
    words,
)
from pages.common.frame import Here
from pages.common.gallery import gallery

KINDS = {
    "filter": "by filters",
    "region": "by a region",
    "similar": "by similarity",
    "pins": "pinned",
    "list": "an uploaded list",
    "algebra": "combined",
}
_TILES = 12


def draw(here: Here, found: Subset) -> None:
    """Everything about a subset, on the release that is shown."""
    st.header(found.name)
    st.caption(
        f"{words.galaxies(found.galaxies)} of {found.release_id}, {KINDS[found.kind]}, "
        f"{when(found)} · id `{found.subset_id}` · galaxies `{found.digest}`"
    )
    if found.note:
        st.markdown(found.note)
    st.markdown(f"**Made by:** {words.sentence(found.recipe['words'])}.")
    selection = as_selection(found, here.release)
    number = funnel.count(here.con, here.release, selection)
    if found.release_key != here.release.key:
        st.caption(f"{here.release.release_id} has {number:,} of them.")
    with st.container(horizontal=True):
        st.button(
            f"Select these {number:,}",
            icon=":material/filter_alt:",
            type="primary",
            key="open_subset",
            disabled=not number,
            on_click=going.to_selection,
            args=(selection,),
            help="Every page then shows only these galaxies; Explore opens.",
        )
        subset_actions.edit(found)
    _pictures(here, found)
    with st.expander("Take it with you", icon=":material/download:", expanded=True):
        _file(here, found)


def when(found: Subset) -> str:
    """The day and minute it was made."""
    return f"{found.created[:10]} {found.created[11:16]} UTC"


def _pictures(here: Here, found: Subset) -> None:
    release: LoadedRelease = here.release
    rows = listing.page(
        here.con,
        release,
        as_selection(found, release),
        order=listing.Order("random"),
        limit=_TILES,
        columns=tiles.columns(release, release.tree.labels[0]),
    )
    order = ordering.to_text(ordering.DEFAULT)
    gallery(
        tiles.of(rows, release, None, order=order),
        key="subset_gallery",
        label=f"{len(rows)} of the subset’s galaxies, at random",
        side=96,
        on_open=lambda name: going.to_galaxy(name, order),
    )


def _file(here: Here, found: Subset) -> None:
    form = st.segmented_control(
        "Format",
        list(SUFFIXES),
        default="fits",
        required=True,
        format_func=lambda suffix: taking.FORMATS[SUFFIXES[suffix]],
        key="subset_format",
    )
    root = here.root

    def make() -> bytes:
        with database.cursor(root) as con:
            return subset_file(con, found.subset_id, format=SUFFIXES[form]).data

    problem = taking.problem(SUFFIXES[form], found.galaxies)
    if found.release_key not in {one.key for one in here.releases}:
        problem = f"{found.release_id}, of which it was made, is not loaded."
    st.download_button(
        f"Download {words.galaxies(found.galaxies)}",
        data=make,
        file_name=f"{found.release_id}_{found.subset_id}.{form}",
        icon=":material/download:",
        on_click="ignore",
        disabled=bool(problem),
        key="download_subset",
    )
    if problem:
        st.caption(f":orange[{problem}]")
        return
    st.markdown("**Open in TOPCAT**, astropy or DuckDB: this address stays.")
    st.code(address(found, form), language=None, wrap_lines=True)


def address(found: Subset, suffix: str) -> str:
    """Where the app serves a subset as a file."""
    parts = urlsplit(st.context.url or "http://localhost:8501/")
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    path = f"/{base}" if base else ""
    return f"{parts.scheme}://{parts.netloc}{path}/subset/{found.subset_id}.{suffix}"
