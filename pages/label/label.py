"""Label galaxies: questions of one's own, queues, answers and their agreement."""

import streamlit as st

from morph.labels import saved_questions
from pages.common.address.controls import one_of
from pages.common.here import current
from pages.label import (
    label_files,
    label_results,
    labelling,
    learn,
    question_controls,
    queue_controls,
)

LABEL, LEARN, RESULTS, TABLE = "Label", "Learn", "Results", "Table"

here = current()
questions = {one.question_id: one for one in saved_questions.questions(here.con)}
if not questions:
    st.title("Label")
    question_controls.say()
    with st.container(border=True, key="no_questions"):
        st.markdown("##### No questions yet")
        st.markdown(
            "Ask a question of your own about the galaxies, and answer it by keys, one "
            "image at a time, for galaxies drawn at random. You get counts with "
            "intervals, the agreement of people, and subsets of galaxies."
        )
        question_controls.form()
    question_controls.deleted(here)
else:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title("Label", width="content")
        saved = question_controls.choose(questions)
        file = question_controls.answers_of(here, saved)
        question_controls.manage(saved, file)
        question_controls.new()
        question_controls.deleted(here)
    question_controls.say()
    question_controls.warn_of_damage(saved, file)
    with st.container(horizontal=True, vertical_alignment="center"):
        view = one_of(
            "View",
            [LABEL, LEARN, RESULTS, TABLE],
            key="label_view",
            label_visibility="collapsed",
        )
        queue = queue_controls.choose(here, saved) if view == LABEL else None
    if view == RESULTS:
        label_results.draw(here, saved, file)
    elif view == LEARN:
        learn.draw(here, saved, file)
    elif view == TABLE:
        label_files.draw(here, saved, file)
    elif queue is None:
        queue_controls.first(here, saved)
    else:
        labelling.draw(here, saved, file, queue)
