"""Choose a queue of galaxies, or draw a new one."""

import streamlit as st

from morph.errors import MorphError
from morph.home import home, release_folder
from morph.labels import saved_questions
from morph.labels.answers_file import answers_file
from morph.labels.artifacts import artifacts
from morph.labels.label_queue import LabelQueue, make_queue, queues
from morph.labels.odd_queue import make_odd_queue
from morph.labels.saved_questions import SavedQuestion
from morph.odd.process import scores_of
from morph.odd.scores import METHODS
from morph.selection import funnel
from morph.selection.selection import Selection
from morph.subsets import saved
from morph.wording import minute
from pages.common import toasts, words
from pages.common.galaxies import empty_selection, vectors
from pages.common.here import Here
from pages.common.server import database, who_may
from pages.label.in_address import chosen, keep

CHOSEN = "label_queue"
_OPEN = "label_new_queue"
_USUAL, _USUAL_REPEATED = 200, 10
_SELECTION, _SUBSET, _RELEASE = "selection", "subset", "release"
_RANDOM = "random"
_ORDER, _WITHOUT = "label_order", "label_without_artifacts"


def choose(here: Here, question: SavedQuestion) -> LabelQueue | None:
    """The queue that is shown; None where there is none yet."""
    offered = {one.queue_id: one for one in queues(here.con, question.question_id)}
    if not offered:
        return None
    chosen(CHOSEN, offered)
    st.selectbox(
        "Queue",
        list(offered),
        format_func=lambda one: _title(offered[one]),
        key=CHOSEN,
        label_visibility="collapsed",
        width="stretch",
    )
    keep(CHOSEN)
    with st.popover("New queue", icon=":material/add:", key=_OPEN, on_change="rerun"):
        _form(here, question)
    return offered[st.session_state[CHOSEN]]


def first(here: Here, question: SavedQuestion) -> None:
    """Draw the first queue of a question."""
    with st.container(border=True, key="no_queues"):
        st.markdown("##### No queue yet")
        st.markdown(
            "A queue is a random sample of galaxies, or those that are oddest by "
            "their features. Everybody labels the same ones, in the same order."
        )
        _form(here, question)


def _title(queue: LabelQueue) -> str:
    """Its size and date; not what it was drawn from, which is hidden while blind."""
    twice = queue.shown - queue.galaxies
    how = queue.recipe.get("how")
    chosen = f"{how}, " if how else f"seed {queue.seed}, "
    return (
        f"{words.galaxies(queue.galaxies)} of {queue.release_id}, "
        f"{twice:,} shown twice, {chosen}{minute(queue.created)}"
    )


def _form(here: Here, question: SavedQuestion) -> None:
    source = _source(here)
    selection, number = _drawn_from(here, source)
    if not number and source == _SELECTION:
        empty_selection.draw(here)
    order = _order(here)
    _numbers(source, max(number, 1))
    refused = who_may.explained()
    st.button(
        "Draw the queue",
        type="primary",
        icon=":material/shuffle:",
        key="label_draw",
        disabled=not number or bool(refused),
        help=refused or None,
        on_click=_draw,
        args=(here, question, source, selection, order),
    )


def _order(here: Here) -> str:
    """At random, or the oddest first by one of two methods."""
    if not vectors.has_features(here.release):
        return _RANDOM
    titles = {_RANDOM: "At random"}
    titles |= {name: f"Odd by features: {words}" for name, words in METHODS.items()}
    order = st.selectbox(
        "Which first",
        list(titles),
        format_func=titles.get,
        key=_ORDER,
        help="Galaxies whose features are unlike those of the others come first. They "
        "are no random sample: counts of their answers say nothing of all galaxies.",
    )
    if order != _RANDOM:
        st.toggle(
            "Without artifacts",
            value=True,
            key=_WITHOUT,
            help="Leaves out galaxies that were answered “artifact”, in any question.",
        )
    return order


def _numbers(source: str, most: int) -> None:
    """How many galaxies, in which random order, and how many of them twice."""
    left, middle, right = st.columns(3)
    left.number_input(
        "Galaxies", 1, most, min(_USUAL, most), key=f"label_galaxies_{source}"
    )
    middle.number_input(
        "Seed",
        0,
        999_999,
        0,
        key="label_seed",
        help="Of the random order: the same seed draws the same galaxies.",
    )
    right.number_input(
        "Shown twice (%)",
        0,
        100,
        _USUAL_REPEATED,
        key="label_repeated",
        help="This percentage of the galaxies comes again, 10 to 50 images later, to "
        "measure how consistent your answers are.",
    )


def _source(here: Here) -> str:
    titles = {
        _SELECTION: f"The selection ({here.funnel.left:,})",
        _SUBSET: "A subset",
        _RELEASE: f"The whole release ({here.release.galaxies:,})",
    }
    return st.radio(
        "Drawn from",
        list(titles),
        format_func=titles.get,
        horizontal=True,
        key="label_source",
    )


def _drawn_from(here: Here, source: str) -> tuple[Selection, int]:
    """The galaxies to draw from, and their number in this release."""
    if source == _SELECTION:
        return here.selection, here.funnel.left
    whole = Selection(tree=here.release.tree)
    if source == _RELEASE:
        return whole, here.release.galaxies
    subsets = {one.subset_id: one for one in saved.subsets(here.con)}
    if not subsets:
        st.caption("There are no subsets yet; save one on the page Subsets.")
        return whole, 0
    subset_id = st.selectbox(
        "Subset",
        list(subsets),
        format_func=lambda one: f"{subsets[one].name} ({subsets[one].galaxies:,})",
        key="label_subset",
    )
    selection = saved.as_selection(subsets[subset_id], here.release)
    return selection, funnel.count(here.con, here.release, selection)


@toasts.refusals()
@who_may.change
def _draw(
    here: Here, question: SavedQuestion, source: str, of: Selection, order: str
) -> None:
    try:
        galaxies = st.session_state[f"label_galaxies_{source}"]
        drawn = {
            "question_id": question.question_id,
            "galaxies": galaxies,
            "seed": st.session_state["label_seed"],
            "repeated": st.session_state["label_repeated"] / 100,
        }
    except KeyError as error:
        raise MorphError("the form was changed meanwhile; try again") from error
    with database.cursor(home()) as con:
        if order == _RANDOM:
            queue = make_queue(con, here.release, of, **drawn)
        else:
            folder = release_folder(here.root, here.release.release_id)
            scores = scores_of(folder, here.root / "cache", order)
            without = _artifacts(here) if st.session_state.get(_WITHOUT, True) else ()
            queue = make_odd_queue(
                con, here.release, of, scores, order, without=without, **drawn
            )
    st.session_state[CHOSEN] = queue.queue_id
    st.session_state[_OPEN] = False


def _artifacts(here: Here) -> set[str]:
    """Galaxies that were answered to be artifacts, in any question."""
    every = saved_questions.questions(here.con)
    return artifacts(answers_file(here.root, one.question_id).acts for one in every)
