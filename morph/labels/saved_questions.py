"""Questions in the workspace: create, edit, delete and restore."""

import json
from dataclasses import dataclass
from typing import Any

from duckdb import DuckDBPyConnection

from morph.catalogue.workspace import changing, new_id
from morph.errors import MorphError
from morph.labels.label_question import LabelQuestion
from morph.wording import utc_now

_COLUMNS = "question_id, text, kind, answers, created, owner, deleted"
_SELECT = f"SELECT {_COLUMNS} FROM workspace.label_questions"


@dataclass(frozen=True)
class SavedQuestion:
    """A question with its id in this workspace."""

    question_id: str
    question: LabelQuestion
    created: str  # ISO time, UTC
    owner: str | None = None  # who made it on a shared dashboard; None: everybody's
    deleted: str | None = None  # ISO time, UTC


def create(
    con: DuckDBPyConnection, one: LabelQuestion, *, owner: str | None = None
) -> SavedQuestion:
    """Save a new question; MorphError if the same one exists."""
    with changing(con):
        _refuse_twice(con, one)
        new = SavedQuestion(
            new_id(con, "label_questions", "question_id"), one, utc_now(), owner
        )
        con.execute(
            f"INSERT INTO workspace.label_questions ({_COLUMNS}) VALUES "
            "($question_id, $text, $kind, $answers, $created, $owner, NULL)",
            _fields(one)
            | {
                "question_id": new.question_id,
                "created": new.created,
                "owner": owner,
            },
        )
    return new


def questions(con: DuckDBPyConnection, *, deleted: bool = False) -> list[SavedQuestion]:
    """All questions, newest first; or the deleted ones."""
    sql = (
        f"{_SELECT} WHERE (deleted IS NOT NULL) = $deleted "
        "ORDER BY created DESC, question_id"
    )
    return [_saved(row) for row in con.execute(sql, {"deleted": deleted}).fetchall()]


def saved_question(con: DuckDBPyConnection, question_id: str) -> SavedQuestion:
    """One question, deleted or not; MorphError where there is none."""
    sql = f"{_SELECT} WHERE question_id = $question_id"
    rows = con.execute(sql, {"question_id": question_id}).fetchall()
    if not rows:
        raise MorphError(
            f"there is no question {question_id[:40]!r} in this workspace; it may be "
            "in another one"
        )
    return _saved(rows[0])


def edit(
    con: DuckDBPyConnection, question_id: str, new: LabelQuestion, *, acts: int
) -> SavedQuestion:
    """Change a question; MorphError if it has answers, of which ``acts`` is the number.

    Answers to another wording would be answers to another question.
    """
    if acts:
        raise MorphError(
            "a question with answers cannot be changed, as they would then answer "
            "another one. Make a new question instead"
        )
    saved_question(con, question_id)
    with changing(con):
        _refuse_twice(con, new, but=question_id)
        con.execute(
            "UPDATE workspace.label_questions SET text = $text, kind = $kind, "
            "answers = $answers WHERE question_id = $question_id",
            _fields(new) | {"question_id": question_id},
        )
    return saved_question(con, question_id)


def delete(con: DuckDBPyConnection, question_id: str) -> None:
    """Remove a question from the list; `restore` undoes it, as its answers stay."""
    _set_deleted(con, question_id, utc_now())


def restore(con: DuckDBPyConnection, question_id: str) -> None:
    """Undo `delete`; MorphError if the same question was made again."""
    gone = saved_question(con, question_id)
    with changing(con):
        _refuse_twice(con, gone.question)
    _set_deleted(con, question_id, None)


def _set_deleted(con: DuckDBPyConnection, question_id: str, value: str | None) -> None:
    saved_question(con, question_id)
    with changing(con):
        con.execute(
            "UPDATE workspace.label_questions SET deleted = $value "
            "WHERE question_id = $question_id",
            {"value": value, "question_id": question_id},
        )


def _refuse_twice(con: DuckDBPyConnection, one: LabelQuestion, but: str = "") -> None:
    for other in questions(con):
        if other.question == one and other.question_id != but:
            raise MorphError(
                f"the question “{one.text}” already exists with the same answers; "
                "open it, or change the text"
            )


def _fields(one: LabelQuestion) -> dict[str, str]:
    answers = json.dumps(one.answers, ensure_ascii=False)
    return {"text": one.text, "kind": one.kind, "answers": answers}


def _saved(row: tuple[Any, ...]) -> SavedQuestion:
    question_id, text, kind, answers, *rest = row
    one = LabelQuestion(text, kind, tuple(json.loads(answers)))
    return SavedQuestion(question_id, one, *rest)
