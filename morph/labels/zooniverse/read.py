"""Read the files of a Zooniverse project: what was classified, and its subjects."""

import json
from collections.abc import Mapping

from morph.errors import MorphError
from morph.labels.zooniverse import classifications, reductions
from morph.labels.zooniverse.export import Export
from morph.labels.zooniverse.people import Names
from morph.tables.table_child import Wanted
from morph.tables.uploaded_table import read_cells

_SUBJECTS = ("subject_id", "metadata")


def may_be_export(data: bytes) -> bool:
    """Whether a file begins with the header of an export; `read_export` knows."""
    header = data[:5000].splitlines()[:1]
    line = header[0] if header else b""
    return (b"annotations" in line and b"subject_ids" in line) or (
        b"subject_id" in line and b"data." in line
    )


def read_export(data: bytes, name: str, people: Names) -> Export | None:
    """The votes of an uploaded export; None if the table is none.

    UnreadableTable if it is no table; MorphError if no task was answered in it.
    """
    wanted = (*classifications.COLUMNS, *reductions.COLUMNS)
    cells = read_cells(
        data, name, Wanted(exactly=wanted, longest=classifications.LONGEST)
    )
    if classifications.is_export(cells.columns):
        export = classifications.read_classifications(cells, name, people)
    elif reductions.is_export(cells.columns):
        counted = reductions.count_columns(cells.columns)
        cells = read_cells(data, name, Wanted(exactly=(*reductions.COLUMNS, *counted)))
        export = reductions.read_reductions(cells, name)
    else:
        return None
    if not export.tasks:
        raise MorphError(f"{name} has no answers to a question: {_why_none(export)}")
    return export


def read_subjects(data: bytes, name: str) -> Mapping[str, Mapping[str, str]]:
    """What a subject export states of each subject; MorphError if it is none."""
    cells = read_cells(
        data, name, Wanted(exactly=_SUBJECTS, longest=classifications.LONGEST)
    )
    rows = cells.rows
    if not set(_SUBJECTS) <= set(rows.columns):
        raise MorphError(
            f"{name} has no columns subject_id and metadata; upload the subject export "
            "of the project"
        )
    found: dict[str, dict[str, str]] = {}
    for subject, text in zip(rows["subject_id"], rows["metadata"], strict=True):
        try:
            stated = json.loads(text or "{}")
        except (ValueError, RecursionError):
            continue  # the subject stays unknown, and is said to be
        if isinstance(stated, dict):
            found[str(subject).removesuffix(".0")] = classifications.texts(stated)
    return found


def _why_none(export: Export) -> str:
    """What there is instead of answers."""
    if export.other_tasks:
        listed = [f"{what} ({n:,})" for what, n in export.other_tasks.items()]
        return (
            f"{', '.join(listed[:5])} consists of drawings or other marks, which are "
            "not answers. Choose the export of a workflow that asks a question"
        )
    if export.unread:
        row, why = next(iter(export.unread.items()))
        return f"row {row}: {why}"
    return "it has no rows. Request the export again"
