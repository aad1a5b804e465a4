"""The answers to a question as a file, and a table of labels to import."""

from functools import partial

import numpy as np
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from morph.errors import MorphError
from morph.export.file_formats import FILES, FORMATS
from morph.home import home
from morph.labels import saved_questions
from morph.labels.answers_file import Act, AnswersFile, answers_file
from morph.labels.in_force import counting, people
from morph.labels.label_columns import labels_export
from morph.labels.label_queue import queues
from morph.labels.label_table import (
    MAX_WHO,
    Meeting,
    ReadLabels,
    keeping_here,
    met,
    read_labels,
)
from morph.labels.saved_questions import SavedQuestion
from morph.subsets.saved import known_names
from morph.wording import utc_now
from pages.common import toasts, words
from pages.common.address.controls import one_of
from pages.common.here import Here
from pages.common.server import database, who_may
from pages.common.server.download_queue import queued
from pages.label import question_controls, zooniverse_import

_FORMS = ("fits", "parquet", "csv")
_UPLOAD, _TAKEN = "label_table", "label_tables_taken"
_LATER, _HERE = "The later answer counts", "Keep the answers that are here"


def draw(here: Here, saved: SavedQuestion, file: AnswersFile) -> None:
    """Download all answers, or import a table of them."""
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Download")
        _download(here, saved, file)
    with right:
        st.subheader("Import")
        _import(here, saved, file)


def _download(here: Here, saved: SavedQuestion, file: AnswersFile) -> None:
    acts = file.acts
    st.caption(
        "One row for each answer, don’t know, skip and undo: who, when (UTC), galaxy "
        "and release, how it was chosen, and what was seen. The column counts marks "
        "the last answer of a person for a galaxy."
    )
    titles = {name: FORMATS[name].title for name in _FORMS}
    form = one_of("Format", titles, key="label_format", bind=None)
    drawn = queues(here.con, saved.question_id)
    for kind in (form, *(["metadata"] if form == "csv" else [])):
        stem = f"labels_{saved.question_id}"
        make = partial(
            labels_export, saved.question, acts, drawn, format=kind, name=stem
        )
        st.download_button(
            f"Download {_rows(len(acts))}"
            if kind == form
            else "Download the metadata (JSON)",
            data=partial(queued, lambda make=make: make().data),
            file_name=f"{stem}{FILES[kind].suffix}",
            mime=FILES[kind].mime,
            icon=":material/download:",
            on_click="ignore",
            disabled=not acts,
            key=f"label_download_{kind}",
        )
    if not acts:
        st.caption("No answers yet.")


def _import(here: Here, saved: SavedQuestion, file: AnswersFile) -> None:
    refused = who_may.explained()
    if refused:
        st.caption(f":material/lock: {refused}")
        return
    taken = st.session_state.get(_TAKEN, 0)  # a new field once a table is imported
    uploaded = st.file_uploader(
        "A table of labels (CSV, FITS, VOTable, Parquet), up to 50 MB",
        max_upload_size=50,
        key=f"{_UPLOAD}_{taken}",
        help="It needs the columns iauname and answer; who, when and the others of a "
        "download are read too. Classification exports and aggregated tables of the "
        "Zooniverse are read as they are.",
    )
    if uploaded is None:
        return
    read = _readable(here, uploaded, saved, file)
    if read is None:
        return
    _say_others(here, read)
    _say_left_out(read)
    acts = _to_import(here, read, met(read.acts, file.acts))
    st.button(
        f"Import {_rows(len(acts))}",
        type="primary",
        icon=":material/upload:",
        key="label_import",
        disabled=not acts,
        on_click=_take,
        args=(saved, acts),
    )


def _readable(
    here: Here, uploaded: UploadedFile, saved: SavedQuestion, file: AnswersFile
) -> ReadLabels | None:
    """The rows of the table; None, and why, if it is no table of labels."""
    try:
        export = zooniverse_import.export_in(uploaded)
        if export is not None:
            return zooniverse_import.labels_in(here, saved, export)
        return _read(uploaded.getvalue(), uploaded.name, saved, _who(file))
    except MorphError as error:
        text = str(error)
        text = text if text.startswith(uploaded.name) else words.sentence(text)
        st.error(f"{words.plain(text)}.", icon=":material/error:")
        return None


def _who(file: AnswersFile) -> str:
    """The name for rows without one."""
    known = who_may.person()
    if known is not None:
        return known
    before = people(file.acts)
    typed = st.text_input(
        "Name for rows without one",
        value=before[0] if before else "",
        max_chars=MAX_WHO,
        key="label_import_who",
        width=240,
    )
    return typed


def _read(data: bytes, name: str, saved: SavedQuestion, who: str) -> ReadLabels:
    """The rows of the table, read once for each file, question and name."""
    key = (hash(data), name, saved.question, who)
    before = st.session_state.get("label_table_read")
    if before is None or before[0] != key:
        with st.spinner("Reading the table"):
            read = read_labels(data, name, saved.question, who=who, now=utc_now())
        st.session_state["label_table_read"] = before = (key, read)
    return before[1]


def _say_others(here: Here, read: ReadLabels) -> None:
    """Rows of other questions, and how to import them."""
    known = {one.question.digest: one for one in saved_questions.questions(here.con)}
    for digest, rows in read.other_questions.items():
        one = known.get(digest)
        is_one = f"{_rows(rows)} {'answers' if rows == 1 else 'answer'}"
        if one is None:
            st.warning(
                f"{is_one} another question, which is not here (digest {digest}). "
                "Import its JSON file under New question first, then this table again.",
                icon=":material/quiz:",
            )
            continue
        text = words.plain(one.question.text)
        st.warning(f"{is_one} the question “{text}”.", icon=":material/quiz:")
        st.button(
            f"Open “{text}”",
            key=f"label_open_{digest}",
            on_click=_open,
            args=(one.question_id,),
        )


def _open(question_id: str) -> None:
    st.session_state[question_controls.CHOSEN] = question_id


def _say_left_out(read: ReadLabels) -> None:
    if not read.number_left_out:
        return
    number = read.number_left_out
    st.warning(
        f"{number:,} of {read.rows:,} rows cannot be imported. Correct them in the "
        "file and upload it again, or import the others.",
        icon=":material/warning:",
    )
    for sentence in dict.fromkeys(read.left_out):
        st.caption(f"{words.sentence(words.plain(sentence))}.")


def _to_import(here: Here, read: ReadLabels, meeting: Meeting) -> tuple[Act, ...]:
    """The rows that are to be imported, after the person's choices."""
    acts = meeting.new
    if meeting.there:
        is_there = "is" if meeting.there == 1 else "are"
        st.caption(f"{_rows(meeting.there)} {is_there} here already.")
    if unlike := len(meeting.contradicting):
        st.warning(
            f"In {_rows(unlike)} the answer differs from that of the same person here "
            f"for the same galaxy; in {meeting.later_here:,} of them the one here is "
            "later.",
            icon=":material/compare_arrows:",
        )
        choice = st.radio("Which counts", [_LATER, _HERE], key="label_meeting")
        acts = keeping_here(meeting) if choice == _HERE else acts
    names = sorted({act.iauname for act in acts})
    inside = set(known_names(here.con, here.release, np.array(names, object)))
    if len(inside) < len(names):
        st.warning(
            f"{here.release.release_id} lacks {len(names) - len(inside):,} of "
            f"{words.galaxies(len(names))}. Their labels can be kept: they are "
            "counted, and belong to subsets of the release that has them. Or choose "
            "that release above.",
            icon=":material/travel_explore:",
        )
        if st.toggle("Only galaxies of this release", key="label_only_here"):
            acts = tuple(act for act in acts if act.iauname in inside)
    st.caption(
        f"{_rows(len(acts))} to import; {len(counting(acts)):,} of them count, as the "
        "last answer of a person for a galaxy."
    )
    return acts


@toasts.refusals()
@who_may.change
def _take(saved: SavedQuestion, acts: tuple[Act, ...]) -> None:
    with database.cursor(home()) as con:
        if saved_questions.saved_question(con, saved.question_id).deleted:
            raise MorphError("the question was deleted; restore it first")
    number = answers_file(home(), saved.question_id).append(acts)
    st.session_state[_TAKEN] = st.session_state.get(_TAKEN, 0) + 1
    toasts.note(f"{_rows(number)} imported.", ":material/check:")


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number:,} rows"
