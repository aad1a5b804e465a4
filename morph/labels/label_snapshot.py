"""The labels of a question as they are now, for the run that learns from them."""

from collections.abc import Callable
from pathlib import Path

import duckdb

from morph.errors import RunError
from morph.labels.answers_file import answers_file
from morph.labels.in_force import counting
from morph.labels.label_counts import label_counts
from morph.labels.label_question import LabelQuestion
from morph.labels.saved_questions import SavedQuestion, questions
from morph.runs.finetuning.config import FinetuneConfig, OwnQuestionConfig
from morph.runs.finetuning.labels_file import write_labels


def snapshot(
    con: duckdb.DuckDBPyConnection, root: Path, config: FinetuneConfig
) -> Callable[[Path], None]:
    """What writes ``labels.parquet`` of the question of a run into its folder.

    RunError if no question of the workspace is that of the run, or it has no labels.
    """
    saved = asked(con, config.question)
    acts = counting(answers_file(root, saved.question_id).acts).values()
    names, counts = label_counts(config.question, acts)
    if not names:
        raise RunError(
            f"“{saved.question.text}” has no answers yet; label galaxies on the page "
            "Label first"
        )

    def fill(folder: Path) -> None:
        write_labels(folder, names, counts, config.question.tree)

    return fill


def asked(con: duckdb.DuckDBPyConnection, question: OwnQuestionConfig) -> SavedQuestion:
    """The question of the workspace that a run names; RunError if there is none."""
    there = questions(con)
    for saved in there:
        if _is(saved.question, question):
            return saved
    known = ", ".join(f"“{saved.question.text}”" for saved in there[:5])
    raise RunError(
        f"there is no question “{question.text}” of the kind {question.kind!r} with "
        f"the answers {', '.join(question.answers)} on the page Label"
        + (f", which has {known}" if known else "; make it there, and label galaxies")
    )


def _is(one: LabelQuestion, question: OwnQuestionConfig) -> bool:
    if (one.text, one.kind) != (question.text, question.kind):
        return False
    if one.kind == "several":
        return set(question.answers) <= set(one.offered)
    return one.offered == question.answers
