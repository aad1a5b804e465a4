"""Examples of a search by a tag: "#ring" stands for the galaxies that have it."""

from collections.abc import Mapping

import numpy as np
import streamlit as st

from morph.catalogue.arrays import rows_of
from morph.labels import saved_questions
from morph.labels.answers_file import answers_file
from morph.labels.tags import nearest_tags, tag_called, tagged
from pages.common import toasts, words
from pages.common.here import Here

Tags = Mapping[str, tuple[str, ...]]


def is_tag(text: str) -> bool:
    """Whether a text is meant as a tag."""
    return text.strip().startswith("#")


def examples_of(here: Here, text: str, most: int) -> tuple[str, ...]:
    """Galaxies of this release with a tag, at most ``most``, drawn at random.

    None of a tag that no galaxy has; then it says so, and offers the nearest tags.
    """
    tags = _tags(here)
    tag = tag_called(text, tags) or _proposed(text, tags)
    if tag is None:
        return ()
    known = sorted(rows_of(here.con, here.release, list(tags[tag])))
    if not known:
        st.caption(
            f"No galaxy of {here.release.release_id} has the tag #{words.plain(tag)}; "
            f"{words.galaxies(len(tags[tag]))} of other releases have it."
        )
        return ()
    drawn = np.random.default_rng(0).permutation(len(known))[:most]
    of = words.galaxies(len(known))
    which = f"{most} of {of}, drawn at random," if len(known) > most else f"The {of}"
    toasts.note(
        f"{which} with the tag #{words.plain(tag)} are the examples; the search is for "
        "their mean.",
        ":material/tag:",
    )
    return tuple(known[place] for place in sorted(drawn))


def _proposed(text: str, tags: Tags) -> str | None:
    """Say that no galaxy has a tag, and offer the nearest ones; the one chosen."""
    typed = words.plain(text[:60])
    if not tags:
        st.caption(
            f"No galaxy is tagged {typed}, as there are no tags yet. Make a question "
            "that is answered by tags on the page Label, or import a table of tags "
            "there."
        )
        return None
    near = nearest_tags(text, tags)
    if not near:
        st.caption(f"No galaxy is tagged {typed}, and no tag is like it.")
        return None
    st.caption(f"No galaxy is tagged {typed}. The nearest tags:")
    return st.pills(
        "Nearest tags",
        near,
        format_func=lambda tag: f"#{tag} ({len(tags[tag]):,})",
        key=f"similar_near_{text[:60]}",
        label_visibility="collapsed",
    )


def _tags(here: Here) -> Tags:
    """The tags of all questions that are answered by tags."""
    asked = [
        one.question_id
        for one in saved_questions.questions(here.con)
        if one.question.kind == "tags"
    ]
    return tagged(answers_file(here.root, question_id).acts for question_id in asked)
