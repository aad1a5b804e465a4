"""``python -m data labels EXPORT``: a Zooniverse export as a table of labels."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from data import printing
from morph.atomic import replacing
from morph.errors import MorphError
from morph.wording import utc_now

if TYPE_CHECKING:
    from morph.labels.label_question import LabelQuestion
    from morph.labels.zooniverse.export import Export, Task

_FORMATS = {".csv": "csv", ".parquet": "parquet", ".fits": "fits"}


def add_arguments(labels: argparse.ArgumentParser) -> None:
    """The arguments of ``python -m data labels``."""
    words = "classification export, or aggregated table, of a Zooniverse project"
    labels.add_argument("file", metavar="EXPORT", help=words)
    words = "release, or table of any format, whose galaxies were classified"
    labels.add_argument("--of", metavar="RELEASE", required=True, help=words)
    words = "subject export, if EXPORT does not name the galaxies"
    labels.add_argument("--subjects", metavar="CSV", help=words)
    words = "task to read, as T0 (default: the one with most votes)"
    labels.add_argument("--task", help=words)
    labels.add_argument("--workflow", metavar="ID", help="workflow of the task")
    words = "JSON file of a question that the votes answer (default: that of the task)"
    labels.add_argument("--question", metavar="JSON", help=words)
    words = f"table to write: {', '.join(_FORMATS)} (default: EXPORT_labels.csv)"
    labels.add_argument("--output", metavar="FILE", help=words)


def carry_out(root: Path, args: argparse.Namespace) -> int:
    """Write the labels, and their question beside them; print what was left out."""
    from data.sky.lists import sky_list  # slow imports
    from morph.labels.label_columns import labels_export
    from morph.labels.label_question import to_json
    from morph.labels.zooniverse import people, subjects, to_labels
    from morph.labels.zooniverse.read import read_export, read_subjects

    path = Path(args.file)
    target = Path(args.output or f"{path.name.split('.')[0]}_labels.csv")
    if target.suffix not in _FORMATS:
        raise MorphError(f"{target} has to end in one of: {', '.join(_FORMATS)}")
    export = read_export(_bytes(path), path.name, people.names(root))
    if export is None:
        raise MorphError(
            f"{path} is no export of the Zooniverse: it has neither annotations and "
            "subject_ids, nor subject_id and data.<answer>. The page Label imports "
            "other tables of labels"
        )
    task = _task(export, args)
    one = _question(task, args.question)
    to_labels.check_fits(export, task, one)
    stated = dict(export.subjects)
    if args.subjects:
        more = Path(args.subjects)
        stated |= read_subjects(_bytes(more), more.name)
    galaxies = sky_list(root, args.of)
    known = subjects.KnownGalaxies(
        galaxies.names.to_numpy(zero_copy_only=False), galaxies.ra, galaxies.dec
    )
    ids = {vote.subject for vote in export.votes if vote.task == task.key}
    named = subjects.named({subject: stated.get(subject, {}) for subject in ids}, known)
    read = to_labels.labels_of(export, task, one, named, now=utc_now())
    asked = target.with_name(f"{target.stem}.question.json")
    with replacing(target) as temporary:
        made = labels_export(
            one, read.acts, [], format=_FORMATS[target.suffix], name=target.stem
        )
        temporary.write_bytes(made.data)
    with replacing(asked) as temporary:
        temporary.write_bytes(to_json(one))
    result = {
        "file": str(target),
        "question": str(asked),
        "labels": len(read.acts),
        "galaxies": len({act.iauname for act in read.acts}),
        "elsewhere": len(named.elsewhere),
        "left_out": read.number_left_out,
        "notes": [*to_labels.beside(export, task), *read.left_out],
    }
    return printing.answer(result, _told(result, args.of), args)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise MorphError(f"{path} cannot be read: {error.strerror}") from error


def _task(export: "Export", args: argparse.Namespace) -> "Task":
    tasks = [
        task
        for task in export.tasks
        if args.task in (None, task.task) and args.workflow in (None, task.workflow)
    ]
    if not tasks:
        known = "; ".join(task.words for task in export.tasks)
        raise MorphError(
            f"{export.name} has no votes on task {args.task or 'of any name'} of "
            f"workflow {args.workflow or 'of any id'}; it has votes on {known}"
        )
    return max(tasks, key=lambda task: task.votes)


def _question(task: "Task", path: str | None) -> "LabelQuestion":
    from morph.labels.label_question import from_json
    from morph.labels.zooniverse.export import question_of

    if path is None:
        return question_of(task)
    return from_json(_bytes(Path(path)), Path(path).name)


def _told(result: dict[str, object], of: str) -> list[str]:
    lines = [
        f"Wrote {result['labels']:,} labels of {result['galaxies']:,} galaxies to "
        f"{result['file']}, and their question to {result['question']}.",
        "Import the question, then the labels, on the page Label.",
    ]
    if result["elsewhere"]:
        lines.append(
            f"{result['elsewhere']:,} galaxies are not in {of}; their labels are kept."
        )
    if result["left_out"]:
        lines.append(f"{result['left_out']:,} votes were left out:")
    return lines + [f"  {note}." for note in result["notes"]]
