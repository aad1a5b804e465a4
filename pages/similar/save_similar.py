"""A similarity search in words and for programs, and its result as a subset."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from morph.catalogue.arrays import at_rows
from morph.selection import conditions, recipe_json
from morph.similar.near_examples import SKIP_ARCSEC
from morph.similar.search import SearchResult
from morph.subsets import saved
from pages.common import words
from pages.common.here import Here
from pages.common.similar import similar_query
from pages.common.similar.example_upload import Example
from pages.common.similar.similar_query import Query
from pages.common.subsets.actions import name_and_save


def popover(
    here: Here, query: Query, result: SearchResult, uploaded: Example | None
) -> None:
    """Save the galaxies found as a subset."""
    rows = at_rows(here.con, here.release, result.similar.rows)
    with st.popover("Save as a subset", icon=":material/bookmark_add:"):
        name_and_save(
            "save_similar",
            f"Save {words.galaxies(len(rows))}",
            partial(
                saved.save_names,
                release=here.release,
                names=list(rows["iauname"]),
                kind="similar",
                recipe=recipe_of(here, query, result, uploaded),
            ),
            disabled=rows.empty,
        )


def recipe_of(
    here: Here, query: Query, result: SearchResult, uploaded: Example | None
) -> dict[str, Any]:
    """The query, for people and for programs."""
    return {
        "words": _sentence(here, query, result, uploaded),
        **compared(query, result, uploaded),
        "count": query.count,
        "bounds": result.bounds,
        "skip_arcsec": SKIP_ARCSEC if query.skip else None,
        "magnitudes": similar_query.MAGNITUDES if query.same_magnitude else None,
        "selection": recipe_json.to_json(here.selection) if query.inside else None,
    }


def compared(
    query: Query, result: SearchResult, uploaded: Example | None
) -> dict[str, Any]:
    """What galaxies are compared with, and how, for programs."""
    course = result.course
    return {
        "like": list(query.like),
        "unlike": list(query.unlike),
        "picture": uploaded and {"name": uploaded.name, "sha256": uploaded.sha256},
        "space": query.space,
        "towards": course and {"label": course.label, "fraction": course.wanted},
    }


def _sentence(
    here: Here, query: Query, result: SearchResult, uploaded: Example | None
) -> str:
    number = words.galaxies(len(result.similar.rows))
    parts = [f"the {number} most similar in {examples(here, query, result, uploaded)}"]
    if result.bounds is not None:
        parts.append("whose fraction is {:.2f} to {:.2f}".format(*result.bounds))
    if query.same_magnitude:
        parts.append(
            f"within {similar_query.MAGNITUDES:g} mag of the mean of the examples"
        )
    if query.skip:
        parts.append(f"more than {SKIP_ARCSEC:g} arcsec from every example")
    if query.inside:
        parts.append(f"among: {conditions.describe(here.selection, here.release)}")
    return ", ".join(parts)


def examples(
    here: Here, query: Query, result: SearchResult, uploaded: Example | None
) -> str:
    """The space of a search, its examples and its target fraction, in words."""
    like = [*query.like, *(["an uploaded image"] if uploaded else [])]
    parts = [f"{similar_query.SPACE_WORDS[query.space]} to {listed(like)}"]
    if query.unlike:
        parts.append(f"dissimilar to {listed(query.unlike)}")
    if result.course is not None:
        answer = here.release.tree.words(result.course.label)
        wanted = f"{result.course.wanted:.2f}"
        parts.append(f"with a target vote fraction of {wanted} for {answer}")
    return ", ".join(parts)


def listed(names: Sequence[str]) -> str:
    """The first names, and how many more."""
    more = len(names) - 3
    return " and ".join(names[:3]) + (f" and {more} more" if more > 0 else "")
