"""Run the similarity search of a page over a release."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

from morph.catalogue.arrays import (
    at_rows,
    questions_without_fractions,
    rows_of,
)
from morph.catalogue.in_memory.columns import column
from morph.similar import search
from morph.similar.index import VectorIndex
from morph.similar.query import answer_vectors
from morph.similar.search import Course, Limits, SearchResult
from pages.common.galaxies import release_columns
from pages.common.here import BY_RELEASE, Here
from pages.common.similar import similar_query
from pages.common.similar.example_upload import Example
from pages.common.similar.similar_query import Query, Towards

LEAST_ASKED = 0.5  # P(asked) of the question of a target fraction


def find(
    here: Here,
    index: VectorIndex,
    query: Query,
    towards: Towards | None,
    uploaded: Example | None = None,
) -> SearchResult:
    """The galaxies most similar to the examples, of all those in the index."""
    row = rows_of(here.con, here.release, query.like + query.unlike)
    like, unlike = ([row[n] for n in names] for names in (query.like, query.unlike))
    answers = probabilities(here, [*like, *unlike])
    examples = search.examples(
        index.of([*like, *unlike])
        if query.space == "features"
        else answer_vectors(  # the index may be of others
            answers,
            here.release.tree,
            without=questions_without_fractions(here.con, here.release),
        ),
        answers,
        like,
        unlike,
    )
    if uploaded is not None:
        examples = examples.and_picture(uploaded.vector, uploaded.probability)
    course = None
    if towards is not None:
        now = examples.mean_fraction(towards.label, here.release.tree)
        direction = _direction(here, query.space, towards.label, index)
        course = Course(towards.label, now, towards.wanted, direction)
    limits = _limits(here, query, towards)
    return search.find(index, examples, limits, course=course, count=query.count)


def probabilities(here: Here, rows: Sequence[int] | np.ndarray) -> np.ndarray:
    """Expected vote fractions of the galaxies in some rows, (K, L) float32."""
    columns = [f"{label}_probability" for label in here.release.tree.labels]
    table = at_rows(here.con, here.release, rows, columns=columns)
    return table[columns].to_numpy(np.float32)


def _limits(here: Here, query: Query, towards: Towards | None) -> Limits:
    """The limits of the query, as arrays of the release."""

    def of_all(*names: str) -> tuple[np.ndarray, ...]:
        return tuple(column(here.con, here.release, name) for name in names)

    values = fractions = None
    if towards is not None and towards.only:
        question = here.release.tree.question_of(towards.label)
        fractions, asked = of_all(
            f"{towards.label}_probability", f"{question.name}_asked"
        )
        fractions = np.where(asked >= LEAST_ASKED, fractions, np.nan)
    if query.same_magnitude:
        (values,) = of_all(similar_query.MAGNITUDE)
    return Limits(
        inside=release_columns.selected(here) if query.inside else None,
        values=values,
        reach=similar_query.MAGNITUDES,
        positions=of_all("ra", "dec") if query.skip else None,
        fractions=fractions,
    )


@st.cache_resource(max_entries=40, show_spinner=False, hash_funcs=BY_RELEASE)
def _direction(here: Here, space: str, label: str, _index: VectorIndex) -> np.ndarray:
    """Direction in which vectors change with an answer."""
    return search.direction(
        _index, partial(probabilities, here), label, here.release.tree
    )
