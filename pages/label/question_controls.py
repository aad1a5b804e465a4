"""Create, choose, edit, delete, export and import questions."""

from collections.abc import Mapping
from functools import partial

import streamlit as st

from morph.home import home
from morph.labels import saved_questions
from morph.labels.answers_file import AnswersFile, answers_file
from morph.labels.in_force import people
from morph.labels.label_question import (
    KINDS,
    MAX_FILE_BYTES,
    MAX_TEXT,
    MOST_ANSWERS,
    LabelQuestion,
    from_json,
    question,
    to_json,
)
from morph.labels.saved_questions import SavedQuestion
from pages.common import toasts, words
from pages.common.here import Here
from pages.common.server import database, who_may
from pages.label.in_address import chosen, keep

CHOSEN = "label_question"
_GONE, _OPEN, _FILES = "label_question_deleted", "label_new", "label_files_taken"
_KINDS_WITH_ANSWERS = ("one", "several")


def choose(questions: Mapping[str, SavedQuestion]) -> SavedQuestion:
    """The question that is shown."""
    chosen(CHOSEN, questions)
    st.selectbox(
        "Question",
        list(questions),
        format_func=lambda one: questions[one].question.text,
        key=CHOSEN,
        label_visibility="collapsed",
        width="stretch",
    )
    keep(CHOSEN)
    return questions[st.session_state[CHOSEN]]


def answers_of(here: Here, saved: SavedQuestion) -> AnswersFile:
    """The answers to a question."""
    return answers_file(here.root, saved.question_id)


def warn_of_damage(saved: SavedQuestion, file: AnswersFile) -> None:
    """Say which lines of the file were not written to their end."""
    if file.damaged:
        lines = ", ".join(f"{number:,}" for number in file.damaged[:5])
        st.warning(
            f"Incomplete lines in labels/{saved.question_id}.jsonl are not counted "
            f"({lines}): the server ended while it wrote them, before it had confirmed "
            "them.",
            icon=":material/warning:",
        )


def manage(saved: SavedQuestion, file: AnswersFile) -> None:
    """What the question is, and what can be done with it."""
    one = saved.question
    with st.popover("Manage", icon=":material/settings:", key="label_manage"):
        answers = f": {', '.join(one.answers)}" if one.answers else ""
        st.markdown(words.plain(f"{KINDS[one.kind]}{answers}"))
        st.download_button(
            "Export question (JSON)",
            data=to_json(one),
            file_name=f"question_{one.digest}.json",
            mime="application/json",
            icon=":material/data_object:",
            on_click="ignore",
            key="label_export_question",
        )
        refused = who_may.explained(saved.owner)
        if refused:
            st.caption(f":material/lock: {refused}")
            return
        st.divider()
        _edit(saved, len(file.acts))
        st.divider()
        _delete(saved, file)


def new() -> None:
    """Make a question, or import one."""
    with st.popover(
        "New question", icon=":material/add:", key=_OPEN, on_change="rerun"
    ):
        form()


def form() -> None:
    """Fields for a new question, and a field for the file of one."""
    _fields("label_made", None)
    refused = who_may.explained()
    st.button(
        "Create question",
        type="primary",
        icon=":material/add:",
        key="label_create",
        disabled=bool(refused),
        help=refused or None,
        on_click=_create,
    )
    if refused:
        st.caption(f":material/lock: {refused}")
    taken = st.session_state.get(_FILES, 0)  # a new field once a file is imported
    st.file_uploader(
        "Or import a question (JSON)",
        type=["json"],
        max_upload_size=1,
        key=f"label_question_file_{taken}",
        help=f"A file that “Export question” wrote, up to {MAX_FILE_BYTES:,} bytes.",
        disabled=bool(refused),
        on_change=partial(_import, f"label_question_file_{taken}"),
    )


def deleted(here: Here) -> None:
    """The deleted questions, each with a button that restores it."""
    gone = saved_questions.questions(here.con, deleted=True)
    if not gone:
        return
    with st.popover(f"{len(gone)} deleted", icon=":material/restore_from_trash:"):
        for one in gone:
            _restore_button(one)


def say() -> None:
    """Offer to restore the question that was deleted last."""
    gone: SavedQuestion | None = st.session_state.get(_GONE)
    if gone is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            text = words.plain(gone.question.text)
            st.markdown(f"“{text}” was deleted.", width="content")
            _restore_button(gone, "Restore")


def _fields(key: str, one: LabelQuestion | None) -> None:
    """The fields of a question, filled in with ``one``."""
    st.text_input(
        "Question",
        value=one.text if one else "",
        max_chars=MAX_TEXT,
        key=f"{key}_text",
        placeholder="Is there a ring?",
    )
    kinds = list(KINDS)
    kind = st.selectbox(
        "How it is answered",
        kinds,
        index=kinds.index(one.kind) if one else 0,
        format_func=KINDS.get,
        key=f"{key}_kind",
    )
    if kind in _KINDS_WITH_ANSWERS:
        st.text_area(
            f"Answers, one per line (2 to {MOST_ANSWERS})",
            value="\n".join(one.answers) if one else "",
            key=f"{key}_answers",
            placeholder="Ring\nNo ring",
            height=120,
        )


def _typed(key: str) -> LabelQuestion:
    kind = st.session_state[f"{key}_kind"]
    lines = st.session_state.get(f"{key}_answers", "").splitlines()
    listed = [line for line in lines if line.strip()]
    answers = listed if kind in _KINDS_WITH_ANSWERS else []
    return question(st.session_state[f"{key}_text"], kind, answers)


@toasts.refusals()
@who_may.change
def _create() -> None:
    _made(_typed("label_made"))
    for field in ("text", "answers"):
        st.session_state[f"label_made_{field}"] = ""


@toasts.refusals()
@who_may.change
def _import(key: str) -> None:
    file = st.session_state[key]
    if file is not None:
        _made(from_json(file.getvalue(), file.name))
        st.session_state[_FILES] = st.session_state.get(_FILES, 0) + 1


def _made(one: LabelQuestion) -> None:
    with database.cursor(home()) as con:
        new = saved_questions.create(con, one, owner=who_may.person())
    st.session_state[CHOSEN] = new.question_id
    st.session_state[_OPEN] = False
    st.session_state.pop(_GONE, None)


def _edit(saved: SavedQuestion, acts: int) -> None:
    if acts:
        st.caption(
            "A question with answers cannot be changed, as they would then answer "
            "another one. Make a new question instead."
        )
        return
    key = f"label_edit_{saved.question_id}"
    _fields(key, saved.question)
    st.button("Save changes", key=f"{key}_save", on_click=_change, args=(saved, key))


@toasts.refusals()
def _change(saved: SavedQuestion, key: str) -> None:
    who_may.check(saved.owner)
    acts = len(answers_file(home(), saved.question_id).acts)
    with database.cursor(home()) as con:
        saved_questions.edit(con, saved.question_id, _typed(key), acts=acts)
    toasts.note("The question was changed.", ":material/check:")


def _delete(saved: SavedQuestion, file: AnswersFile) -> None:
    """Delete a question, in two steps; it can be restored."""
    if not st.toggle("Delete this question", key=f"label_end_{saved.question_id}"):
        return
    acts, number = file.acts, len(people(file.acts))
    who = "1 person" if number == 1 else f"{number} people"
    lost = f"{len(acts):,} rows of answers of {who}" if acts else "no answers"
    st.markdown(
        f"Removes “{words.plain(saved.question.text)}” from the list, with its queues "
        f"and {lost}. Subsets saved from the answers stay. It can be restored, with "
        "its answers."
    )
    st.button(
        "Delete",
        icon=":material/delete:",
        key=f"label_delete_{saved.question_id}",
        on_click=_remove,
        args=(saved,),
    )


@toasts.refusals()
def _remove(saved: SavedQuestion) -> None:
    who_may.check(saved.owner)
    with database.cursor(home()) as con:
        saved_questions.delete(con, saved.question_id)
    st.session_state[_GONE] = saved


def _restore_button(gone: SavedQuestion, label: str | None = None) -> None:
    reason = who_may.explained(gone.owner)
    st.button(
        label or f"Restore “{words.plain(gone.question.text)}”",
        icon=":material/undo:",
        key=f"label_restore_{gone.question_id}_{label}",
        disabled=bool(reason),
        help=reason or None,
        on_click=_restore,
        args=(gone,),
    )


@toasts.refusals()
def _restore(gone: SavedQuestion) -> None:
    who_may.check(gone.owner)
    with database.cursor(home()) as con:
        saved_questions.restore(con, gone.question_id)
    st.session_state[CHOSEN] = gone.question_id
    st.session_state.pop(_GONE, None)
