"""A path to a higher or lower vote fraction, as a row of galaxies."""

from dataclasses import replace

import numpy as np
import streamlit as st

from morph.catalogue.release_table import LoadedRelease
from morph.similar import path
from morph.similar.index import VectorIndex
from morph.similar.path import PathStop
from morph.similar.search import Course, SearchResult
from pages.common.address import navigation
from pages.common.components.gallery import gallery
from pages.common.components.gallery.packing import Tile
from pages.common.galaxies import picture_sheet, tiles
from pages.common.here import HASHES, Here
from pages.common.similar.similar_query import Query

SIDE = 80  # pixels


def strip(here: Here, index: VectorIndex, query: Query, result: SearchResult) -> None:
    """Galaxies along the path from the examples to the target fraction."""
    course = result.course
    if course is None:
        return
    steps = _steps(here.release, query, result, index)
    if not steps:
        return
    words = here.release.tree.words(course.label)
    st.markdown(f"##### Path to a fraction of {course.wanted:.2f} for {words}")
    shown = _film(here, query, course, steps)
    gallery(
        shown,
        key="walk_gallery",
        label=f"{len(shown)} galaxies along the path from {words} {course.now:.2f} to "
        f"{course.wanted:.2f}",
        side=SIDE,
        on_open=navigation.to_galaxy,
    )
    st.caption(
        "Each image shows the galaxy nearest to one step of a path along which the "
        f"target fraction of {words} changes from {course.now:.2f} to "
        f"{course.wanted:.2f}; other answers stay fixed. Captions: target fraction, "
        "then that of the galaxy."
    )
    title = f"{words}, fraction from {course.now:.2f} to {course.wanted:.2f}"
    picture_sheet.offer(
        here,
        [{title: shown}],
        key="path",
        caption=f"{title}. Each image is the galaxy nearest to one step of a path from "
        f"{', '.join(query.like)}. Below: target fraction, then that of the galaxy.",
    )


def _film(
    here: Here, query: Query, course: Course, steps: tuple[PathStop, ...]
) -> list[Tile]:
    """The example, if there is only one, and a galaxy for each step."""
    film = tiles.at(here, [step.row for step in steps], course.label)
    targets = [f"→ {step.wanted:.2f}" for step in steps]
    if len(query.like) == 1:
        film = [*tiles.named(here, query.like, course.label), *film]
        targets = ["Start", *targets]
    return [
        replace(tile, caption=tile.caption and replace(tile.caption, words=words))
        for tile, words in zip(film, targets, strict=True)
    ]


def _searched(result: SearchResult) -> tuple:
    course = result.course
    allowed = np.packbits(result.allowed).tobytes()
    return course.label, course.wanted, result.like.tobytes(), allowed


@st.cache_data(
    max_entries=50, show_spinner=False, hash_funcs={**HASHES, SearchResult: _searched}
)
def _steps(
    release: LoadedRelease, query: Query, result: SearchResult, _index: VectorIndex
) -> tuple[PathStop, ...]:
    course = result.course
    return path.walk(
        _index,
        result.like,
        course.direction,
        now=course.now,
        wanted=course.wanted,
        allowed=result.allowed,
    )
