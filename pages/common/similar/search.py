"""The search itself: from examples to the galaxies most like them, and how near."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from morph import likeness, neighbours
from morph.arrays import arrays
from morph.errors import MorphError
from morph.neighbours import Similar, VectorIndex
from pages.common.frame import Here
from pages.common.planes import points as map_data
from pages.common.similar import query as similar_query
from pages.common.similar.query import Query
from pages.common.similar.upload import Example

_SAMPLE = 4_000  # galaxies from which a direction is learnt


@dataclass(frozen=True)
class Course:
    """Where the query is moved to: another vote fraction of an answer."""

    label: str
    now: float  # mean of the examples
    wanted: float
    direction: np.ndarray  # (D,)


@dataclass(frozen=True)
class Found:
    """What was found: rows with their distances, and what they were found among."""

    similar: Similar
    like: np.ndarray  # (D,) what the examples have in common
    vector: np.ndarray  # (D,) what was looked for: the same, or moved along a course
    course: Course | None
    allowed: np.ndarray  # (N,) bool
    skipped: int  # galaxies near an example on the sky
    answers: np.ndarray  # (P, L) expected fractions of the examples to be like


def find(
    here: Here,
    index: VectorIndex,
    query: Query,
    towards: tuple[str, float] | None,
    uploaded: Example | None = None,
) -> Found:
    """The galaxies most similar to the examples, exactly, over all of the release."""
    like, unlike = (
        similar_query.rows_of(here, names) for names in (query.like, query.unlike)
    )
    positives = index.vectors[like].astype(float)
    answers = probabilities(here)[like]
    if uploaded is not None:
        positives = np.vstack([positives, uploaded.vector])
        answers = np.vstack([answers, uploaded.probability])
    vector = alike = likeness.query_vector(
        positives, index.vectors[unlike].astype(float)
    )
    course = None
    if towards is not None:
        course = _course(here, index, query, answers, *towards)
        vector = likeness.moved(
            alike, course.direction, now=course.now, wanted=course.wanted
        )
    allowed, skipped = _allowed(here, query, [*like, *unlike], like)
    similar = neighbours.most_similar(index, vector, allowed=allowed, count=query.count)
    return Found(similar, alike, vector, course, allowed, skipped, answers)


def probabilities(here: Here) -> np.ndarray:
    """Expected vote fractions of the release, (N, L)."""
    return _probabilities(here.release.key, here)


def _course(
    here: Here,
    index: VectorIndex,
    query: Query,
    answers: np.ndarray,
    label: str,
    wanted: float,
) -> Course:
    tree = here.release.tree
    own = answers[:, tree.labels.index(label)]
    known = own[np.isfinite(own)]
    if not len(known):
        raise MorphError(
            f"how many would say {tree.words(label)!r} of the examples is not known, "
            "so more or less of it means nothing; choose another answer"
        )
    direction = _direction(here.release.key, query.space, label, here, index)
    return Course(label, float(known.mean()), wanted, direction)


def _allowed(
    here: Here, query: Query, examples: list[int], like: list[int]
) -> tuple[np.ndarray, int]:
    """Who may be found, and how many are skipped for being near an example."""
    allowed = np.ones(here.release.galaxies, dtype=bool)
    if query.inside:
        allowed = map_data.selected(here).copy()
    if query.same_magnitude:
        magnitude = _magnitude(here.release.key, here)
        allowed &= neighbours.near_in_value(
            magnitude, like, reach=similar_query.MAGNITUDES
        )
    near = np.zeros(len(allowed), dtype=bool)
    if query.skip and examples:
        ra, dec = _positions(here.release.key, here)
        near = neighbours.near_on_sky(ra, dec, examples)
    near[examples] = True
    return allowed & ~near, int(near.sum()) - len(examples)


@st.cache_resource(max_entries=40, show_spinner=False)
def _direction(
    key: str, space: str, label: str, _here: Here, _index: VectorIndex
) -> np.ndarray:
    """How vectors change with an answer, learnt from a random sample of galaxies."""
    known = np.flatnonzero(_index.known & np.isfinite(probabilities(_here)).all(axis=1))
    if len(known) > _SAMPLE:
        known = np.sort(np.random.default_rng(0).choice(known, _SAMPLE, replace=False))
    return likeness.answer_direction(
        _index.vectors[known], probabilities(_here)[known], label, _here.release.tree
    )


@st.cache_resource(max_entries=2, show_spinner=False)
def _probabilities(key: str, _here: Here) -> np.ndarray:
    columns = [f"{label}_probability" for label in _here.release.tree.labels]
    return np.column_stack(arrays(_here.con, _here.release, columns))


@st.cache_resource(max_entries=4, show_spinner=False)
def _positions(key: str, _here: Here) -> tuple[np.ndarray, np.ndarray]:
    ra, dec = arrays(_here.con, _here.release, ["ra", "dec"])
    return ra, dec


@st.cache_resource(max_entries=4, show_spinner=False)
def _magnitude(key: str, _here: Here) -> np.ndarray:
    (magnitude,) = arrays(_here.con, _here.release, [similar_query.MAGNITUDE])
    return magnitude
