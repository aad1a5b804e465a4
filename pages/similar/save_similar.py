"""Save the result of a similarity search as a subset, with its query."""

from functools import partial
from typing import Any

import streamlit as st

from morph.catalogue.arrays import at_rows
from morph.selection import conditions, recipe_json
from morph.similar.index import SKIP_ARCSEC
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
    course = result.course
    return {
        "words": _sentence(here, query, result, uploaded),
        "like": list(query.like),
        "unlike": list(query.unlike),
        "picture": uploaded and {"name": uploaded.name, "sha256": uploaded.sha256},
        "space": query.space,
        "count": query.count,
        "towards": course and {"label": course.label, "fraction": course.wanted},
        "bounds": result.bounds,
        "skip_arcsec": SKIP_ARCSEC if query.skip else None,
        "magnitudes": similar_query.MAGNITUDES if query.same_magnitude else None,
        "selection": recipe_json.to_json(here.selection) if query.inside else None,
    }


def _sentence(
    here: Here, query: Query, result: SearchResult, uploaded: Example | None
) -> str:
    like = [*query.like, *(["an uploaded image"] if uploaded else [])]
    number = words.galaxies(len(result.similar.rows))
    space = similar_query.SPACE_WORDS[query.space]
    parts = [f"the {number} most similar in {space} to {_listed(like)}"]
    if query.unlike:
        parts.append(f"dissimilar to {_listed(query.unlike)}")
    if result.course is not None:
        answer = here.release.tree.words(result.course.label)
        wanted = f"{result.course.wanted:.2f}"
        parts.append(f"with a target vote fraction of {wanted} for {answer}")
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


def _listed(names: list[str] | tuple[str, ...]) -> str:
    more = len(names) - 3
    return " and ".join(names[:3]) + (f" and {more} more" if more > 0 else "")
