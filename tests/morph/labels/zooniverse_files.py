"""Exports of a Zooniverse project, written row by row in its documented format."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

COLUMNS = (
    *("classification_id", "user_name", "user_id", "user_ip", "workflow_id"),
    *("workflow_name", "workflow_version", "created_at", "gold_standard", "expert"),
    *("metadata", "annotations", "subject_data", "subject_ids"),
)
WORKFLOW, NAME = "4711", "Rings"


def answered(task: str, value: Any, label: str = "Is there a **ring**?") -> dict:
    return {"task": task, "task_label": label, "value": value}


def row(
    number: int,
    annotations: Sequence[Mapping[str, Any]] | str,
    *,
    subject: str = "901",
    user: tuple[str, str] = ("galaxy_fan", "77"),
    stated: Mapping[str, Any] | None = None,
    **other: str,
) -> dict[str, str]:
    """A classification; ``stated`` is the metadata of its subject."""
    data = {"retired": {"id": 1, "retired_at": None}, **(stated or {})}
    annotated = annotations if isinstance(annotations, str) else json.dumps(annotations)
    return {
        "classification_id": str(500_000 + number),
        "user_name": user[0],
        "user_id": user[1],
        "user_ip": "b3f097df30bc6d02f4be",
        "workflow_id": WORKFLOW,
        "workflow_name": NAME,
        "workflow_version": "12.34",
        "created_at": f"2026-11-03 10:{number:02d}:00 UTC",
        "gold_standard": "",
        "expert": "",
        "metadata": json.dumps({"source": "api", "user_language": "en"}),
        "annotations": annotated,
        "subject_data": json.dumps({subject: data}),
        "subject_ids": subject,
        **other,
    }


def export(rows: Sequence[Mapping[str, str]]) -> bytes:
    return table(COLUMNS, rows)


def table(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    written = io.StringIO()
    writer = csv.DictWriter(written, columns)
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode()
