"""What an export of a Zooniverse project holds: tasks, votes, and subjects."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from morph.labels.label_question import (
    MAX_ANSWER,
    MAX_TEXT,
    MOST_ANSWERS,
    LabelQuestion,
    question,
)

ExportKind = Literal["classifications", "reductions"]
# A person of a vote of whom only the number of those who voted alike is known.
AGGREGATED = "aggregated vote"
_MARKDOWN = re.compile(r"[*_`#]+|!?\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True)
class Vote:
    """The answer of one person about one subject.

    ``answers`` is empty where the task was not answered.
    """

    row: int  # of the file, from 1
    act_id: str  # the same in each export of the project
    subject: str  # id of Zooniverse
    task: tuple[str, str]  # id of the workflow, name of the task
    who: str
    when: str  # as the file has it; empty if it has none
    answers: tuple[str, ...]
    logged_in: bool = True


@dataclass(frozen=True)
class Task:
    """A question of a workflow, and what was answered."""

    workflow: str  # its id
    workflow_name: str
    task: str  # T0, T1, ...
    text: str
    several: bool  # an answer is a list
    answers: Mapping[str, int]  # by frequency, the most frequent first

    @property
    def key(self) -> tuple[str, str]:
        return self.workflow, self.task

    @property
    def votes(self) -> int:
        return sum(self.answers.values())

    @property
    def words(self) -> str:
        """The task and its workflow, on one line."""
        workflow = f"workflow {self.workflow}"
        workflow += f" ({self.workflow_name})" if self.workflow_name else ""
        return f"{self.task} of {workflow}" + (f": {self.text}" if self.text else "")


@dataclass(frozen=True)
class Export:
    """All votes of an export.

    ``subjects`` has the texts and numbers that the project stated of each subject.
    """

    kind: ExportKind
    name: str  # of the file
    rows: int
    tasks: Sequence[Task]
    votes: Sequence[Vote]
    subjects: Mapping[str, Mapping[str, str]]
    unread: Mapping[int, str] = field(default_factory=dict)  # row -> why
    other_tasks: Mapping[str, int] = field(default_factory=dict)  # what -> rows


def plain_text(markdown: str) -> str:
    """A task's or an answer's text on one line, without the marks of Markdown."""
    text = _MARKDOWN.sub(lambda found: found[1] or "", markdown)
    return " ".join(text.split())


def slug(answer: str) -> str:
    """An answer as columns of aggregated tables name it: "no-ring" for "No ring"."""
    return re.sub(r"[^a-z0-9]+", "-", plain_text(answer).casefold()).strip("-")


def fitting(tasks: Sequence[Task], one: LabelQuestion) -> list[Task]:
    """The tasks, those first whose votes are most often answers of a question."""
    return sorted(tasks, key=lambda task: -share_of_answers(task, one))


def share_of_answers(task: Task, one: LabelQuestion) -> float:
    """The fraction of the votes of a task that are answers of a question."""
    if one.kind == "tags":
        return 1.0
    known = {slug(answer) for answer in one.offered}
    told = sum(n for answer, n in task.answers.items() if slug(answer) in known)
    return told / task.votes if task.votes else 0.0


def question_of(task: Task) -> LabelQuestion:
    """A question of one's own that a task's votes answer; MorphError if it has none.

    It has the most frequent answers, at most as many as there are keys.
    """
    answers = [
        plain_text(answer).replace(";", ",")[:MAX_ANSWER] for answer in task.answers
    ]
    listed = sorted(dict.fromkeys(answers).keys() - {""}, key=answers.index)
    text = task.text or f"{task.task} of workflow {task.workflow}"
    kind = "several" if task.several else "one"
    return question(text[:MAX_TEXT], kind, listed[:MOST_ANSWERS])
