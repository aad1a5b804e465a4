"""Read a classification export: a row per classification, with JSON in its cells.

The columns are those of the Zooniverse's data exports
(https://help.zooniverse.org/next-steps/data-exports/): ``annotations`` is a list of
``{"task", "task_label", "value"}``, ``subject_data`` the metadata of the subject by its
id.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from morph.errors import MorphError
from morph.labels.zooniverse.export import Export, Task, Vote, plain_text
from morph.labels.zooniverse.people import Names
from morph.tables.uploaded_table import Cells

COLUMNS = (
    "classification_id",
    "user_name",
    "user_id",
    "workflow_id",
    "workflow_name",
    "created_at",
    "annotations",
    "subject_data",
    "subject_ids",
)
LONGEST = 200_000  # characters of a cell
_NEEDED = ("classification_id", "workflow_id", "annotations", "subject_ids")


class _Collected:
    """What is gathered while rows are read."""

    def __init__(self) -> None:
        self.votes: list[Vote] = []
        self.subjects: dict[str, dict[str, str]] = {}
        self.unread: dict[int, str] = {}
        self.others: Counter[str] = Counter()
        self.about: dict[tuple[str, str], tuple[str, str]] = {}
        self.answers: dict[tuple[str, str], Counter[str]] = {}
        self.several: set[tuple[str, str]] = set()


def is_export(columns: Sequence[str]) -> bool:
    """Whether a table has the columns of a classification export."""
    return set(_NEEDED) <= set(columns)


def read_classifications(cells: Cells, name: str, people: Names) -> Export:
    """The votes of an export; ``people`` gives each of its users a name."""
    rows, found = cells.rows, _Collected()
    present = [column for column in COLUMNS if column in rows]
    columns = [rows[column].fillna("").tolist() for column in present]
    for number, *values in zip(rows["row"].tolist(), *columns, strict=True):
        row = dict.fromkeys(COLUMNS, "") | dict(zip(present, values, strict=True))
        try:
            _read_row(found, number, row, people)
        except MorphError as error:
            found.unread[number] = str(error)
    found.unread |= dict(cells.unreadable)
    tasks = [
        Task(
            *key[:1],
            *found.about[key][:1],
            *key[1:],
            found.about[key][1],
            key in found.several,
            dict(counter.most_common()),
        )
        for key, counter in found.answers.items()
        if counter
    ]
    return Export(
        "classifications",
        name,
        len(rows) + len(cells.unreadable),
        tasks,
        found.votes,
        found.subjects,
        found.unread,
        dict(found.others),
    )


def _read_row(
    found: _Collected, number: int, row: Mapping[str, str], people: Names
) -> None:
    subject = row["subject_ids"].removesuffix(".0")
    if not subject.isdecimal():
        what = "several subjects" if ";" in subject else "no subject"
        raise MorphError(
            f"subject_ids is {subject[:40]!r}, {what}; a label is about one galaxy"
        )
    annotations = _json(row["annotations"], "annotations", list)
    if row["subject_data"]:
        stated = _json(row["subject_data"], "subject_data", dict).get(subject, {})
        if isinstance(stated, dict):
            found.subjects.setdefault(subject, {}).update(texts(stated))
    who, logged_in = people.of(
        row["user_name"], row["user_id"], row["classification_id"]
    )
    for one in _tasks(annotations):
        task = str(one.get("task", ""))
        answers = _answers(one.get("value"))
        if answers is None:
            found.others[f"{task} of workflow {row['workflow_id']}"] += 1
            continue
        key = (row["workflow_id"].removesuffix(".0"), task)
        label = plain_text(str(one.get("task_label") or ""))
        found.about.setdefault(key, (row["workflow_name"], label))
        found.answers.setdefault(key, Counter()).update(answers)
        if isinstance(one.get("value"), list):
            found.several.add(key)
        act_id = f"zooniverse-{row['classification_id'][:20]}-{task[:20]}"
        vote = (subject, key, who, row["created_at"], answers, logged_in)
        found.votes.append(Vote(number, act_id, *vote))


def _json(text: str, column: str, kind: type) -> Any:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        why = f"longer than {LONGEST:,} characters" if len(text) >= LONGEST else "JSON"
        what = "is" if len(text) >= LONGEST else "is not"
        raise MorphError(
            f"{column} {what} {why}; download the export again, and do not edit it "
            "in a spreadsheet"
        ) from error
    if not isinstance(value, kind):
        raise MorphError(f"{column} is {text[:40]!r}; expected a JSON {kind.__name__}")
    return value


def _tasks(annotations: Sequence[Any]) -> Iterator[Mapping[str, Any]]:
    """Each task of a classification, also those within a combined task."""
    for one in annotations:
        if not isinstance(one, dict):
            continue
        value = one.get("value")
        parts = value if isinstance(value, list) else []
        if parts and all(isinstance(p, dict) and "task" in p for p in parts):
            yield from _tasks(parts)
        else:
            yield one


def _answers(value: Any) -> tuple[str, ...] | None:
    """The answers as texts, () for none; None for drawings and other marks."""
    if value is None:
        return ()
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return (str(value),) if str(value).strip() else ()
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return tuple(value)
    return None


def texts(stated: Mapping[str, Any]) -> dict[str, str]:
    """The metadata of a subject that are texts or numbers."""
    return {
        str(name): str(value).strip()
        for name, value in stated.items()
        if isinstance(value, str | int | float) and not isinstance(value, bool)
    }
