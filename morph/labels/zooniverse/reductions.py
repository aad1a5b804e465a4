"""Read an aggregated export: a row per subject and task, with a count per answer.

Both Caesar and ``panoptes_aggregation reduce`` write such tables, with columns
``subject_id``, ``workflow_id``, ``task`` (of Caesar: ``reducer_key``), and
``data.<answer>`` for each answer.
"""

from collections import Counter
from collections.abc import Sequence

from morph.errors import MorphError
from morph.labels.zooniverse.export import AGGREGATED, Export, Task, Vote
from morph.tables.uploaded_table import Cells

COLUMNS = ("subject_id", "workflow_id", "task", "reducer_key")
_PREFIX = "data."
# Not answers: what the programs note beside the counts.
_ASIDE = ("data.aggregation_version",)
_MOST_VOTES = 10_000  # of a subject


def count_columns(columns: Sequence[str]) -> list[str]:
    """The columns that hold counts of answers."""
    return [c for c in columns if c.startswith(_PREFIX) and c not in _ASIDE]


def is_export(columns: Sequence[str]) -> bool:
    """Whether a table has the columns of an aggregated export."""
    return "subject_id" in columns and bool(count_columns(columns))


def read_reductions(cells: Cells, name: str) -> Export:
    """The votes of an export, by people of whom nothing is known but their number."""
    rows = cells.rows
    counted = count_columns(list(rows.columns))
    votes: list[Vote] = []
    unread = dict(cells.unreadable)
    answers: dict[tuple[str, str], Counter[str]] = {}
    for values in rows.fillna("").to_dict("records"):
        number, subject = values["row"], values["subject_id"].removesuffix(".0")
        key = (
            values.get("workflow_id", "").removesuffix(".0") or "?",
            values.get("task", "") or values.get("reducer_key", "") or "?",
        )
        try:
            if not subject.isdecimal():
                raise MorphError(
                    f"subject_id is {subject[:40]!r}; expected the number of a subject"
                )
            counts = {c.removeprefix(_PREFIX): _count(c, values[c]) for c in counted}
        except MorphError as error:
            unread[number] = str(error)
            continue
        counts = {answer: n for answer, n in counts.items() if n}
        answers.setdefault(key, Counter()).update(counts)
        given = [answer for answer, n in counts.items() for _ in range(n)]
        for place, answer in enumerate(given, start=1):
            act_id = f"zooniverse-{subject}-{'-'.join(key)}-{place}"
            who = f"{AGGREGATED} {place}"
            votes.append(Vote(number, act_id, subject, key, who, "", (answer,), False))
    tasks = [
        Task(key[0], "", key[1], "", False, dict(counter.most_common()))
        for key, counter in answers.items()
        if counter
    ]
    number = len(rows) + len(cells.unreadable)
    return Export("reductions", name, number, tasks, votes, {}, unread)


def _count(column: str, text: str) -> int:
    """A count of votes, 0 for an empty cell."""
    if not text:
        return 0
    try:
        number = float(text)
    except ValueError as error:
        raise MorphError(
            f"{column} is {text[:40]!r}; expected a number of votes"
        ) from error
    if not (0 <= number <= _MOST_VOTES and number == int(number)):
        raise MorphError(
            f"{column} is {text[:40]!r}; expected a whole number of votes, 0 to "
            f"{_MOST_VOTES:,}"
        )
    return int(number)
