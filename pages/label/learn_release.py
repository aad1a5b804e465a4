"""Make a release with the learnt question in its tree, load it, and undo that."""

import re
import tempfile
from functools import partial
from pathlib import Path

import streamlit as st

from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.home import checked_name, home, release_folder
from morph.labels import saved_questions
from morph.labels.answers_file import Act
from morph.labels.saved_questions import SavedQuestion
from morph.learning.answered_release import Learnt, write_answered_release
from morph.release import publish
from morph.wording import Tell
from pages.common import toasts, words
from pages.common.here import Here
from pages.common.server import database, loads, loads_shown, who_may
from pages.label.learn_job import Job
from pages.label.release_names import suggested

_STEPS = 6  # check the parent, write, check, copy, check the copy, load the galaxies
_EVERY_S = 0.5
_MOST_SHORT = 60


def draw(
    here: Here, saved: SavedQuestion, job: Job, acts: tuple[Act, ...], who: str
) -> None:
    """The form, how far the load is, and the releases that were made."""
    _made_before(here, saved)
    key = _key(saved, here)
    if loads.going_on(key) is not None:
        _wait(key)
        return
    if not job.finished.is_set() or job.problem:
        st.caption("The release can be made once the evaluation is done.")
        return
    number = words.galaxies(here.release.galaxies)
    st.caption(
        f"A copy of {here.release.release_id} whose {number} have the answers to this "
        "question beside those of the tree, with their uncertainties: for sliders, "
        "Simplex, Compare and Download. The labels, the evaluation and a model card "
        "are inside."
    )
    short = _short(saved)
    left, right = st.columns(2)
    name = left.text_input(
        "Name of the question in the release",
        value=short,
        max_chars=_MOST_SHORT,
        key=f"label_release_short_{saved.question_id}",
    )
    free = suggested(here.root, here.release.release_id, short)
    release_id = right.text_input(
        "Name of the release",
        value=free,
        key=f"label_release_name_{free}",
    )
    refused = who_may.explained()
    st.button(
        "Make and load the release",
        type="primary",
        icon=":material/inventory_2:",
        key="label_release",
        disabled=bool(refused) or not name.strip(),
        help=refused or None,
        on_click=_begin,
        args=(here, saved, job, acts, who, name.strip(), release_id.strip()),
    )


def _short(saved: SavedQuestion) -> str:
    """The text without the words of a question: "Is there a ring?" is "Ring"."""
    text = re.sub(r"^(is|are) there (an? |any )?", "", saved.question.text, flags=re.I)
    return words.sentence(text.rstrip("?! ").strip())[:_MOST_SHORT] or "Question"


def _key(saved: SavedQuestion, here: Here) -> str:
    return f"answers of {saved.question_id} to {here.release.key}"


def _wait(key: str) -> None:
    @st.fragment(run_every=_EVERY_S)
    def progress() -> None:
        if loads.going_on(key) is None:
            st.rerun()
        loads_shown.progress(key)

    progress()


@toasts.refusals()
@who_may.change
def _begin(
    here: Here,
    saved: SavedQuestion,
    job: Job,
    acts: tuple[Act, ...],
    who: str,
    short: str,
    release_id: str,
) -> None:
    checked_name(release_id, what="release")
    if release_folder(here.root, release_id).exists():
        raise MorphError(
            f"there is a release {release_id!r} already; give this one another name"
        )
    with database.cursor(home()) as con:
        if saved_questions.saved_question(con, saved.question_id).deleted:
            raise MorphError("the question was deleted; restore it to go on")
    learnt = Learnt(
        saved.question,
        job.labels.problems,
        job.result,
        acts[: job.acts],
        who,
        job.labels.names,
    )
    work = partial(_work, here.root, here.release.release_id, learnt, release_id, short)
    loads_shown.begin(_key(saved, here), work, steps=_STEPS)


def _work(
    root: Path, parent: str, learnt: Learnt, release_id: str, short: str, tell: Tell
) -> str:
    """Write, publish and load the release; what was loaded, in words."""
    with tempfile.TemporaryDirectory(prefix="release-", dir=root / "cache") as made:
        folder = Path(made) / "release"
        write_answered_release(
            folder,
            release_folder(root, parent),
            learnt,
            release_id=release_id,
            short=short,
            tell=tell,
        )
        publish.publish_folder(folder, root / "releases", tell=tell)
    return loads_shown.load_published(root, release_id, tell)


def _made_before(here: Here, saved: SavedQuestion) -> None:
    """The loaded releases that have this question."""
    made = [one for one in here.releases if _has(one, saved)]
    for one in made:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{words.plain(one.release_id)}** has it.", width="content")
            if st.button(
                f"Explore {one.release_id}",
                key=f"label_explore_{one.release_id}",
                icon=":material/check:",
                on_click=_show,
                args=(one.release_id,),
            ):
                st.switch_page("../../explore/explore.py")
            refused = who_may.explained()
            st.button(
                "Undo loading",
                key=f"label_undo_{one.release_id}",
                icon=":material/undo:",
                disabled=bool(refused),
                help=refused or "Removes it from the catalogue; its files are kept.",
                on_click=loads_shown.unload,
                args=(here.root, one.release_id),
            )


def _has(release: LoadedRelease, saved: SavedQuestion) -> bool:
    own = release.manifest.details.own_questions or {}
    learnt = own.get("learnt", [])
    if not isinstance(learnt, list):
        return False
    digests = [one.get("digest") for one in learnt if isinstance(one, dict)]
    return saved.question.digest in digests


def _show(release_id: str) -> None:
    st.session_state["release"] = release_id
