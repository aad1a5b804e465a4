"""The columns of a table of labels, and its file."""

import json
from collections.abc import Mapping, Sequence

import pyarrow as pa

from morph.export.export import Export
from morph.export.file_formats import FILES, DescribedTable
from morph.labels.answers_file import Act
from morph.labels.in_force import counting, not_undone
from morph.labels.label_question import SEPARATOR, LabelQuestion, to_json
from morph.labels.label_queue import LabelQueue
from morph.wording import utc_now

COLUMNS: Mapping[str, str] = {
    "iauname": "Name of the galaxy",
    "who": "Who labelled it",
    "when": "When, ISO 8601 in UTC",
    "answer": "The answer; several are separated by semicolons. Empty if there is none",
    "act": "answer, unknown (don't know), skip, or undo",
    "counts": "Whether this is the last answer of this person for this galaxy",
    "undone": "Whether it was undone later",
    "question": "Digest of the question: equal for equal questions",
    "release": "Key of the release in which the galaxy was labelled",
    "queue": "Id of the queue that showed the galaxy",
    "place": "Place in the queue, from 0; missing without a queue",
    "showing": "1, or 2 where the queue shows a galaxy for the second time",
    "chosen": "How the galaxies of the queue were chosen",
    "stretch": "Colour stretch of the image",
    "zoom": "Magnification of the image",
    "blind": "Whether name, position and vote fractions were hidden",
    "pictured": "Whether the image was seen",
    "act_id": "Id of this row",
    "undoes": "Id of the row that it undoes",
}


def labels_export(
    one: LabelQuestion,
    acts: Sequence[Act],
    queues: Sequence[LabelQueue],
    *,
    format: str,
    name: str,
) -> Export:
    """All acts of a question as a file; `label_table.read_labels` reads it again."""
    rows = labels_rows(one, acts)
    facts = {
        "title": f"Labels: {one.text}",
        "question": to_json(one).decode(),
        "queues": json.dumps([_described(queue) for queue in queues]),
        "date": utc_now("seconds"),
    }
    meanings = {column: ("", words) for column, words in COLUMNS.items()}
    to = FILES[format]
    data = to.write(DescribedTable(name, rows, meanings, facts))
    return Export(f"{name}{to.suffix}", to.mime, data, rows.num_rows)


def labels_rows(one: LabelQuestion, acts: Sequence[Act]) -> pa.Table:
    """A row for each act, in the order in which they came."""
    last = {act.act_id for act in counting(acts).values()}
    left = {act.act_id for act in not_undone(acts)}
    columns = {
        "iauname": [act.iauname for act in acts],
        "who": [act.who for act in acts],
        "when": [act.when for act in acts],
        "answer": _answers(one, acts),
        "act": [act.kind for act in acts],
        "counts": [act.act_id in last for act in acts],
        "undone": [act.kind != "undo" and act.act_id not in left for act in acts],
        "question": [one.digest] * len(acts),
        "release": [act.release for act in acts],
        "queue": [act.queue for act in acts],
        "place": pa.array(
            [None if a.number < 0 else a.number for a in acts], pa.int64()
        ),
        "showing": pa.array([act.showing for act in acts], pa.int64()),
        "chosen": [act.chosen for act in acts],
        "stretch": [act.stretch for act in acts],
        "zoom": [act.zoom for act in acts],
        "blind": [act.blind for act in acts],
        "pictured": [act.pictured for act in acts],
        "act_id": [act.act_id for act in acts],
        "undoes": [act.undoes for act in acts],
    }
    return pa.table({name: columns[name] for name in COLUMNS})


def _answers(one: LabelQuestion, acts: Sequence[Act]) -> pa.Array:
    """Ratings as numbers, other answers as text."""
    if one.kind == "rating":
        given = [int(act.answer[0]) if act.answer else None for act in acts]
        return pa.array(given, pa.int64())
    return pa.array([SEPARATOR.join(act.answer) for act in acts], pa.string())


def _described(queue: LabelQueue) -> dict[str, object]:
    return {**vars(queue), "recipe": dict(queue.recipe)}
