"""Keep the similarity of all galaxies to the examples as a column of one's own."""

from typing import Any

import streamlit as st

from morph.catalogue.own_columns.own_column import columns_of
from morph.errors import MorphError
from morph.release.maps import FEATURES
from morph.similar.all_cosines import all_cosines
from morph.similar.index import VectorIndex
from morph.similar.search import SearchResult
from morph.subsets import similarity_column, subset_rows
from pages.common import toasts, words
from pages.common.address import navigation
from pages.common.here import Here
from pages.common.server import who_may
from pages.common.similar.example_upload import Example
from pages.common.similar.similar_query import Query
from pages.similar import save_similar

_FILES = {"features": FEATURES, "answers": "posteriors.parquet"}  # with the vectors
_VECTORS = {"features": "features", "answers": "known vote fractions"}
_KEPT = "kept_column"  # in the session: the ref and the name of the latest one


def popover(
    here: Here,
    query: Query,
    result: SearchResult,
    uploaded: Example | None,
    index: VectorIndex,
) -> None:
    """Ask for a name, and compute the similarity of every galaxy."""
    refused = _refused(index)
    name = _suggested(here, query, result, uploaded)
    number = int(index.known.sum())
    with st.popover("Keep as a column", icon=":material/view_column:"):
        st.caption(_about(here, query, number))
        if refused:
            st.caption(f":material/lock: {refused}")
        with st.form("keep_column", border=False):
            name = st.text_input(
                "Name", name, max_chars=subset_rows.MAX_NAME, key=f"column_{name}"
            )
            asked = st.form_submit_button(
                f"Compute for {words.galaxies(number)}",
                icon=":material/view_column:",
                disabled=bool(refused),
                key="keep_column_save",
            )
        if asked:
            _keep(here, name, query, result, uploaded, index)


def kept(here: Here) -> None:
    """Ways to use the column that was kept last."""
    if _KEPT not in st.session_state:
        return
    ref, name = st.session_state[_KEPT]
    st.caption(
        f"Kept as “{words.plain(name)}”. Limit it under *Your columns* in the sidebar; "
        "rename or delete it on Subsets, *Columns*."
    )
    uses = {"Sort by it": ("explore", {"sort": "own_highest", "sort_own": ref})}
    if here.release.maps:
        uses["Colour the map"] = ("map", {"colour": "own", "colour_own": ref})
    with st.container(horizontal=True):
        for label, where in uses.items():
            st.button(label, key=f"use_{where[0]}", on_click=navigation.to, args=where)


def _keep(
    here: Here,
    name: str,
    query: Query,
    result: SearchResult,
    uploaded: Example | None,
    index: VectorIndex,
) -> None:
    bar = st.progress(0.0)

    def progress(what: str, done: int, total: int) -> None:
        bar.progress(done / total, f"{what}: {done:,} of {total:,}")

    try:
        who_may.check()
        made = similarity_column.save(
            here.con,
            here.release,
            all_cosines(index, result.vector, progress=progress),
            _recipe(here, query, result, uploaded),
            file=_FILES[query.space],
            name=name,
            owner=who_may.person(),
        )
    except MorphError as error:
        bar.empty()
        st.error(f"{words.plain(words.sentence(str(error)))}.")
        return
    (own,) = columns_of(here.con, made.subset_id)
    st.session_state[_KEPT] = own.ref, own.name
    toasts.note(f"Kept “{words.plain(own.name)}”.", ":material/check:")
    st.rerun()  # the sidebar offers it


def _refused(index: VectorIndex) -> str:
    """Why no column can be kept, in a sentence; empty if one can."""
    if index.is_sample:
        return (
            "Vote fractions are compared for a random sample of this release; "
            "compare image features instead."
        )
    return who_may.explained()


def _about(here: Here, query: Query, number: int) -> str:
    without = here.release.galaxies - number
    text = (
        "The cosine similarity of every galaxy to this query, whatever the limits of "
        "the search: to filter, sort, colour the map, plot and download."
    )
    if without:
        text += f" {words.galaxies(without)} without {_VECTORS[query.space]} get none."
    return text


def _suggested(
    here: Here, query: Query, result: SearchResult, uploaded: Example | None
) -> str:
    """The examples in words, as a name."""
    like = [*query.like, *(["an uploaded image"] if uploaded else [])]
    name = f"Like {save_similar.listed(like[:1])}"
    if more := len(like) - 1 + len(query.unlike):
        name += f" and {more} more"
    if course := result.course:
        name += f", {here.release.tree.words(course.label)} {course.wanted:.2f}"
    return name[: subset_rows.MAX_NAME]


def _recipe(
    here: Here, query: Query, result: SearchResult, uploaded: Example | None
) -> dict[str, Any]:
    like = save_similar.examples(here, query, result, uploaded)
    compared = save_similar.compared(query, result, uploaded)
    return {"words": f"cosine similarity in {like}", **compared}
