"""Galaxies most like others, or like an uploaded picture, and why."""

import streamlit as st

from morph.errors import MorphError
from pages.common import going, nothing, passing, vectors, words
from pages.common.here import current
from pages.common.similar import query as similar_query
from pages.common.similar import save as similar_save
from pages.common.similar import search as similar_search
from pages.common.similar import start as similar_start
from pages.common.similar import upload as similar_upload
from pages.common.similar import view as similar_view
from pages.common.similar import walk as similar_walk


@st.fragment
def look_for_similar() -> None:
    """The whole page: another example draws nothing else anew."""
    if going.asked():
        st.rerun()
    here = current()
    similar_query.examples(here)
    passing.say()
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
            similar_start.invite(here, query.space)
            return
        search = vectors.search(here, query.space)
        if search.index is None:
            similar_start.wait(search)
            return
        try:
            found = similar_search.find(here, search.index, query, towards, uploaded)
        except MorphError as error:
            st.info(f"{words.sentence(str(error))}.", icon=":material/info:")
            return
        similar_view.warn(search, found)
        walk = st.container()
        similar_view.pictures(here, query, found)
    with walk:  # after what is most wanted: it takes some searches more
        similar_walk.strip(here, search.index, query, found)
    with left:
        similar_save.popover(here, query, found, uploaded)
        similar_view.why(here, found)
        similar_view.distances(here, search, found)


if current().funnel.left == 0:
    nothing.draw(current())
look_for_similar()
