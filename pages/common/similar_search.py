"""The search itself: from examples to the galaxies most like them, and how near."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from morph import likeness, neighbours
from morph.arrays import arrays
from morph.neighbours import Similar, VectorIndex
from pages.common import map_data, similar_query
from pages.common.frame import Here
from pages.common.similar_query import Query
from pages.common.similar_upload import Example

_SAMPLE = 4_000  # galaxies from which a direction is learnt


@dataclass(frozen=True)
class Found:
    """What was found: rows with their distances, and what they were found among."""

    similar: Similar
    vector: np.ndarray  # (D,) what was looked for
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
    vector = likeness.query_vector(positives, index.vectors[unlike].astype(float))
    if towards is not None:
        label, wanted = towards
        now = float(np.nanmean(answers[:, here.release.tree.labels.index(label)]))
        direction = _direction(here.release.key, query.space, label, here, index)
        vector = likeness.moved(vector, direction, now=now, wanted=wanted)
    allowed, skipped = _allowed(here, query, [*like, *unlike])
    similar = neighbours.most_similar(index, vector, allowed=allowed, count=query.count)
    return Found(similar, vector, allowed, skipped, answers)


def probabilities(here: Here) -> np.ndarray:
    """Expected vote fractions of the release, (N, L)."""
    return _probabilities(here.release.key, here)


def _allowed(here: Here, query: Query, rows: list[int]) -> tuple[np.ndarray, int]:
    allowed = np.ones(here.release.galaxies, dtype=bool)
    if query.inside:
        allowed = map_data.selected(here).copy()
    near = np.zeros(len(allowed), dtype=bool)
    if query.skip and rows:
        ra, dec = _positions(here.release.key, here)
        near = neighbours.near_on_sky(ra, dec, rows)
    near[rows] = True
    return allowed & ~near, int(near.sum()) - len(rows)


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
