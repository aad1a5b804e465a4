"""Galaxies most similar to others or to an uploaded image, and why."""

import streamlit as st

from morph.errors import MorphError
from pages.common import toasts, words
from pages.common.address import navigation
from pages.common.galaxies import empty_selection, vectors
from pages.common.here import current
from pages.common.similar import example_upload, similar_query, similar_search, start
from pages.similar import keep_column, save_similar, similar_path, similar_view


@st.fragment
def look_for_similar() -> None:
    """The whole page as a fragment: a new example reruns only this."""
    if navigation.asked():
        st.rerun()
    here = current()
    similar_query.examples(here)
    toasts.say()
    left, right = st.columns([2, 5], gap="medium")
    with right:
        query = similar_query.controls(here)
    with left:
        similar_view.chosen(here, query)
        similar_query.add_by_name(here)
        uploaded = example_upload.example(here, query.space)
        towards = similar_query.direction(here, query.like)
        start.history()
    with right:
        if not query.like and uploaded is None:
            start.invite(here, query.space)
            return
        search = vectors.search(here, query.space)
        if search.index is None:
            start.wait(search)
            return
        try:
            result = similar_search.find(here, search.index, query, towards, uploaded)
        except MorphError as error:
            st.info(f"{words.sentence(str(error))}.", icon=":material/info:")
            return
        similar_view.warn(search, result)
        walk = st.container()
        similar_view.pictures(here, query, result, search.index)
    with walk:  # last, since it takes several more searches
        similar_path.strip(here, search.index, query, result)
    with left:
        with st.container(horizontal=True):
            save_similar.popover(here, query, result, uploaded)
            keep_column.popover(here, query, result, uploaded, search.index)
        keep_column.kept(here)
        similar_view.why(here, result)
        similar_view.distances(here, search, result)


empty_selection.draw(current())
look_for_similar()
