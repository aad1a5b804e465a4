"""The posteriors of several people's votes as a release: the parent's and one more."""

from functools import partial
from pathlib import Path

import streamlit as st

from morph.crowd.votes import NO, YES
from morph.crowd.weighing import METHODS, Weighed
from morph.labels.saved_questions import SavedQuestion
from morph.release.with_question import (
    NewQuestion,
    from_probabilities,
    publish_with_question,
)
from morph.wording import Tell, utc_now
from pages.common import toasts, words
from pages.common.here import Here
from pages.common.server import loads_shown, who_may
from pages.label.release_names import suggested

_STEPS = 3  # write the files, check them, load the galaxies


def offer(here: Here, saved: SavedQuestion, weighed: Weighed, about: str) -> None:
    """A form that makes the release; ``about`` says how the votes were weighed."""
    key = f"crowd release of {saved.question_id}"
    loads_shown.say_ended()
    loads_shown.progress(key)
    parent = here.release.release_id
    box = st.popover(
        "Make a release", icon=":material/library_add:", key="label_crowd_release"
    )
    with box:
        st.markdown(
            f"A release with the galaxies of {words.plain(parent)}, its answers, and "
            "those to this question, for every page. Galaxies without votes get a flat "
            "posterior."
        )
        name = st.text_input(
            "Name of the new release",
            value=suggested(here.root, parent, saved.question.text),
            max_chars=64,
            key=f"label_crowd_name_{parent}_{saved.question_id}",
        )
        refused = who_may.explained()
        st.button(
            f"Make it from {len(weighed.votes.answer):,} votes",
            type="primary",
            key="label_crowd_make",
            disabled=bool(refused),
            help=refused or None,
            on_click=_make,
            args=(here.root, parent, name, _question(saved, weighed, about), key),
            kwargs={"provenance": _provenance(saved, weighed, about)},
        )


def _question(saved: SavedQuestion, weighed: Weighed, about: str) -> NewQuestion:
    votes = weighed.votes
    title = saved.question.text
    if votes.answers == (YES, NO):  # one answer of several
        title = f"{title} {about}"
    return NewQuestion(
        title,
        votes.answers,
        votes.subjects,
        from_probabilities(weighed.posterior, votes.counts.sum(axis=1)),
        votes.counts,
    )


def _provenance(
    saved: SavedQuestion, weighed: Weighed, about: str
) -> dict[str, object]:
    return {
        "method": METHODS[weighed.method],
        "about": about,
        "question": saved.question.text,
        "digest": saved.question.digest,
        "votes": len(weighed.votes.answer),
        "people": len(weighed.votes.people),
        "galaxies": len(weighed.votes.subjects),
        "made": utc_now("seconds"),
    }


@toasts.refusals()
@who_may.change
def _make(
    root: Path,
    parent: str,
    name: str,
    new: NewQuestion,
    key: str,
    *,
    provenance: dict[str, object],
) -> None:
    work = partial(_publish, root, parent, name, new, provenance)
    loads_shown.begin(key, work, steps=_STEPS)


def _publish(
    root: Path,
    parent: str,
    name: str,
    new: NewQuestion,
    provenance: dict[str, object],
    tell: Tell,
) -> str:
    note = (
        f"The release {parent} with the question “{new.title}”: "
        f"{provenance['method']} of {provenance['votes']:,} votes of "
        f"{provenance['people']:,} people on {provenance['galaxies']:,} galaxies. "
        "Other galaxies have a flat posterior for it."
    )
    publish_with_question(
        root / "releases",
        parent,
        name,
        new,
        title=f"{new.title} ({provenance['method']})",
        note=note,
        provenance=provenance,
        tell=tell,
    )
    return loads_shown.load_published(root, name, tell)
