"""Run the similarity search of a page over a release."""

import numpy as np
import streamlit as st

from morph.catalogue.arrays import arrays, rows_of
from morph.similar import search
from morph.similar.index import VectorIndex
from morph.similar.search import Course, Limits, SearchResult
from pages.common.galaxies import release_columns
from pages.common.here import BY_RELEASE, Here
from pages.common.similar import similar_query
from pages.common.similar.example_upload import Example
from pages.common.similar.similar_query import Query


def find(
    here: Here,
    index: VectorIndex,
    query: Query,
    towards: tuple[str, float] | None,
    uploaded: Example | None = None,
) -> SearchResult:
    """The galaxies most similar to the examples, by an exact search of the release."""
    row = rows_of(here.con, here.release, query.like + query.unlike)
    like, unlike = ([row[n] for n in names] for names in (query.like, query.unlike))
    examples = search.examples(index, probabilities(here), like, unlike)
    if uploaded is not None:
        examples = examples.and_picture(uploaded.vector, uploaded.probability)
    course = None
    if towards is not None:
        label, wanted = towards
        now = examples.mean_fraction(label, here.release.tree)
        direction = _direction(here, query.space, label, index)
        course = Course(label, now, wanted, direction)
    return search.find(
        index, examples, _limits(here, query), course=course, count=query.count
    )


@st.cache_resource(max_entries=2, show_spinner=False, hash_funcs=BY_RELEASE)
def probabilities(here: Here) -> np.ndarray:
    """Expected vote fractions of the release, (N, L)."""
    columns = [f"{label}_probability" for label in here.release.tree.labels]
    return np.column_stack(arrays(here.con, here.release, columns))


def _limits(here: Here, query: Query) -> Limits:
    """The limits of the query, as arrays of the release."""
    values = None
    if query.same_magnitude:
        (values,) = _columns(here, similar_query.MAGNITUDE)
    return Limits(
        inside=release_columns.selected(here) if query.inside else None,
        values=values,
        reach=similar_query.MAGNITUDES,
        positions=_columns(here, "ra", "dec") if query.skip else None,
    )


@st.cache_resource(max_entries=40, show_spinner=False, hash_funcs=BY_RELEASE)
def _direction(here: Here, space: str, label: str, _index: VectorIndex) -> np.ndarray:
    """Direction in which vectors change with an answer."""
    return search.direction(_index, probabilities(here), label, here.release.tree)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_RELEASE)
def _columns(here: Here, *names: str) -> tuple[np.ndarray, ...]:
    return tuple(arrays(here.con, here.release, names))
