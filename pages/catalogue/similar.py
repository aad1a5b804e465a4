"""Galaxies most like others, or like an uploaded picture, and why."""

import streamlit as st

from pages.common import (
    frame,
    going,
    similar_query,
    similar_search,
    similar_start,
    similar_upload,
    similar_view,
    vectors,
)


@st.fragment
def look_for_similar() -> None:
    """The whole page: another example draws nothing else anew."""
    if going.asked():
        st.rerun()
    here = frame.here()
    similar_query.examples(here)
    left, right = st.columns([2, 5], gap="medium")
    with right:
        query = similar_query.controls(here)
    with left:
        similar_view.chosen(here, query)
        similar_query.add_by_name(here)
        uploaded = similar_upload.example(here, query.space)
        towards = similar_query.direction(here.release.tree)
        similar_start.history()
    with right:
        if not query.like and uploaded is None:
            similar_start.invite(here)
            return
        search = vectors.search(here, query.space)
        if search.index is None:
            similar_start.wait(search)
            return
        found = similar_search.find(here, search.index, query, towards, uploaded)
        similar_view.warn(search, found)
        similar_view.pictures(here, query, found)
    with left:
        similar_view.save(here, query, found)
        similar_view.why(here, found)
        similar_view.distances(here, search, found)


look_for_similar()
