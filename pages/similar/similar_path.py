"""The walk to more or less of an answer, as a film strip of real galaxies."""

from dataclasses import replace

import numpy as np
import streamlit as st

from morph.catalogue.arrays import at_rows, by_name
from morph.similar import path
from morph.similar.index import VectorIndex
from morph.similar.path import PathStop
from morph.similar.search import Course, SearchResult
from pages.common.address import navigation, order_control
from pages.common.components.gallery import Bar, Tile, gallery
from pages.common.galaxies import tiles
from pages.common.here import Here
from pages.common.similar.similar_query import Query

SIDE = 80  # pixels


def strip(here: Here, index: VectorIndex, query: Query, found: SearchResult) -> None:
    """Galaxies on the way from the examples to the fraction wanted."""
    course = found.course
    if course is None:
        return
    steps = _steps(
        here.release.key,
        query,
        course.label,
        course.wanted,
        found.like.tobytes() + np.packbits(found.allowed).tobytes(),
        index,
        found,
    )
    if not steps:
        return
    words = here.release.tree.words(course.label)
    st.markdown(f"##### The walk to {words} {course.wanted:.2f}")
    order = order_control.to_text(order_control.DEFAULT)
    shown = _film(here, query, course, steps, order)
    gallery(
        shown,
        key="walk_gallery",
        label=f"{len(shown)} galaxies on the way from {words} {course.now:.2f} to "
        f"{course.wanted:.2f}",
        side=SIDE,
        on_open=lambda name: navigation.to_galaxy(name, order),
    )
    st.caption(
        f"Real galaxies, each the nearest to one step of the walk, along which {words} "
        f"changes from {course.now:.2f} while other answers stay. Under each: what is "
        "asked for there, and what the galaxy has."
    )


def _film(
    here: Here, query: Query, course: Course, steps: tuple[PathStop, ...], order: str
) -> list[Tile]:
    """The example, where there is one, and a galaxy for each step."""
    columns = tiles.columns(here.release, course.label)
    rows = at_rows(
        here.con, here.release, np.array([s.row for s in steps]), columns=columns
    )
    film = tiles.of(rows, here.release, course.label, order=order)
    asked = [f"→ {step.wanted:.2f}" for step in steps]
    if len(query.like) == 1:
        first = by_name(here.con, here.release, query.like, columns=columns)
        film = [*tiles.of(first, here.release, course.label, order=order), *film]
        asked = ["Start", *asked]
    return [
        replace(tile, caption=_said(tile.caption, words))
        for tile, words in zip(film, asked, strict=True)
    ]


def _said(has: Bar | None, words: str) -> Bar | None:
    """The galaxy's own fraction, beside the words; none where it is not known."""
    return has and replace(has, words=words)


@st.cache_data(max_entries=50, show_spinner=False)
def _steps(
    key: str,
    query: Query,
    label: str,
    wanted: float,
    searched: bytes,
    _index: VectorIndex,
    _found: SearchResult,
) -> tuple[PathStop, ...]:
    course = _found.course
    return path.walk(
        _index,
        _found.like,
        course.direction,
        now=course.now,
        wanted=course.wanted,
        allowed=_found.allowed,
    )
