"""An export of a Zooniverse project among the tables to import."""

from functools import partial

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from morph.errors import MorphError
from morph.home import home
from morph.labels import saved_questions
from morph.labels.label_table import ReadLabels
from morph.labels.saved_questions import SavedQuestion
from morph.labels.zooniverse import people, subjects, to_labels
from morph.labels.zooniverse.export import (
    Export,
    Task,
    fitting,
    question_of,
    share_of_answers,
)
from morph.labels.zooniverse.read import may_be_export, read_export, read_subjects
from morph.labels.zooniverse.subjects import Named
from morph.wording import utc_now
from pages.common import toasts, words
from pages.common.here import Here
from pages.common.server import database, who_may
from pages.label import question_controls

_READ, _SUBJECTS = "label_zooniverse_read", "label_zooniverse_subjects"


def export_in(uploaded: UploadedFile) -> Export | None:
    """The export in a file; None if it is another table. MorphError if it is bad."""
    data = uploaded.getvalue()
    if not may_be_export(data):
        return None
    key = (hash(data), uploaded.name)
    before = st.session_state.get(_READ)
    if before is None or before[0] != key:
        with st.spinner("Reading the export"):
            export = read_export(data, uploaded.name, people.names(home()))
        st.session_state[_READ] = before = (key, export)
    return before[1]


def labels_in(here: Here, saved: SavedQuestion, export: Export) -> ReadLabels | None:
    """The votes on the task that is chosen, as labels; None if they answer nothing."""
    task = _task(saved, export)
    for sentence in to_labels.beside(export, task):
        st.caption(f"{words.sentence(words.plain(sentence))}.")
    try:
        to_labels.check_fits(export, task, saved.question)
        named = _named(here, export)
    except MorphError as error:
        st.warning(
            f"{words.sentence(words.plain(str(error)))}.", icon=":material/quiz:"
        )
        _offer_question(here, task)
        return None
    return to_labels.labels_of(export, task, saved.question, named, now=utc_now())


def _task(saved: SavedQuestion, export: Export) -> Task:
    tasks = {task.key: task for task in fitting(export.tasks, saved.question)}
    key = st.selectbox(
        "Task of the project",
        list(tasks),
        format_func=lambda one: _title(tasks[one], saved),
        key="label_zooniverse_task",
    )
    return tasks[key]


def _title(task: Task, saved: SavedQuestion) -> str:
    share = share_of_answers(task, saved.question)
    return f"{task.words} ({task.votes:,} votes, {share:.0%} of them answers)"


def _named(here: Here, export: Export) -> Named:
    """The galaxies of the subjects, with the help of a second file if need be."""
    stated = dict(export.subjects)
    ids = {vote.subject for vote in export.votes}
    known = subjects.known_in(here.con, here.release)
    named = subjects.named({one: stated.get(one, {}) for one in ids}, known)
    if not named.unknown:
        return named
    file = st.file_uploader(
        f"Subject export of the project (CSV): {len(named.unknown):,} of {len(ids):,} "
        "subjects have no known galaxy",
        type=["csv"],
        max_upload_size=50,
        key=_SUBJECTS,
        help="A galaxy is known by iauname, or by ra and dec, in the metadata of its "
        "subject.",
    )
    if file is None:
        return named
    stated |= read_subjects(file.getvalue(), file.name)
    return subjects.named({one: stated.get(one, {}) for one in ids}, known)


def _offer_question(here: Here, task: Task) -> None:
    """A button that makes the question that the task asks, and opens it."""
    try:
        one = question_of(task)
    except MorphError:
        return
    known = [q for q in saved_questions.questions(here.con) if q.question == one]
    refused = who_may.explained()
    st.button(
        f"{'Open' if known else 'Make'} the question “{words.plain(one.text)}”",
        icon=":material/quiz:",
        key="label_zooniverse_question",
        disabled=bool(refused),
        help=refused or f"Answers: {', '.join(one.answers)}",
        on_click=partial(_make, task, known[0].question_id if known else ""),
    )


@toasts.refusals()
@who_may.change
def _make(task: Task, question_id: str) -> None:
    if not question_id:
        with database.cursor(home()) as con:
            new = saved_questions.create(con, question_of(task), owner=who_may.person())
        question_id = new.question_id
    st.session_state[question_controls.CHOSEN] = question_id
