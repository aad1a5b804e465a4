"""Ask what teaches most: choose how, look at the galaxies, and make them a queue."""

import numpy as np
import streamlit as st

from morph.errors import MorphError
from morph.home import home
from morph.labels import saved_questions
from morph.labels.answers_file import Act
from morph.labels.in_force import counting
from morph.labels.saved_questions import SavedQuestion
from morph.learning import asked_queue
from morph.learning.asked_queue import Asked
from morph.selection.selection import Selection
from pages.common import toasts, words
from pages.common.address.controls import from_list
from pages.common.here import Here
from pages.common.server import database, who_may
from pages.label import learn_galaxies, queue_controls
from pages.label.learn_job import Job

_VIEW = "label_view"
_USUAL, _USUAL_AT_RANDOM, _MOST = 50, 20, 500


def draw(here: Here, saved: SavedQuestion, job: Job, acts: tuple[Act, ...]) -> None:
    """The controls, the first galaxies of the queue, and the button that makes it."""
    is_rating = saved.question.kind == "rating"
    left, middle, right = st.columns(3)
    with left:
        way = from_list(
            "Choose by",
            {
                name: words.sentence(text)
                for name, text in asked_queue.ways(is_rating).items()
            },
            key=f"label_way_{is_rating}",
            bind=None,
        )
    number = middle.number_input("Galaxies", 1, _MOST, _USUAL, key="label_ask_number")
    at_random = right.number_input(
        "At random (%)",
        0,
        100,
        _USUAL_AT_RANDOM,
        key="label_ask_random",
        help="This share is drawn at random, so that the scores can also be judged by "
        "galaxies that no model chose.",
    )
    whole = st.toggle(
        f"From the whole release, not only the {here.funnel.left:,} selected galaxies",
        key="label_ask_whole",
        value=True,
    )
    selection = Selection(tree=here.release.tree) if whole else here.selection
    asked = asked_queue.choose(
        here.con,
        here.release,
        selection,
        job.result.ranks,
        np.load(job.space, mmap_mode="r"),
        way=way,
        answered={name for _, name in counting(acts)},
        labels=len(job.labels.names),
        number=int(number),
        at_random=at_random / 100,
        seed=len(acts),
    )
    if not asked.names:
        st.caption("No galaxy without an answer is left here; relax a filter.")
        return
    learn_galaxies.next_ones(here, asked, job.result.ranks, way)
    refused = who_may.explained()
    st.button(
        f"Ask these {words.galaxies(len(asked.names))}",
        type="primary",
        icon=":material/school:",
        key="label_ask",
        disabled=bool(refused),
        help=refused or "Makes them a queue; each answer keeps how it was chosen.",
        on_click=_make,
        args=(here, saved, selection, asked, way, at_random / 100, len(acts)),
    )


@toasts.refusals()
@who_may.change
def _make(
    here: Here,
    saved: SavedQuestion,
    selection: Selection,
    asked: Asked,
    way: str,
    at_random: float,
    seed: int,
) -> None:
    with database.cursor(home()) as con:
        if saved_questions.saved_question(con, saved.question_id).deleted:
            raise MorphError("the question was deleted; restore it to go on")
        queue = asked_queue.make_queue(
            con,
            here.release,
            selection,
            asked,
            question_id=saved.question_id,
            way=way,
            at_random=at_random,
            seed=seed,
        )
    st.session_state[queue_controls.CHOSEN] = queue.queue_id
    st.session_state[_VIEW] = "Label"
