"""The votes of an export as labels of a question, and sentences on all others."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

from morph.errors import MorphError
from morph.labels.answers_file import Act
from morph.labels.label_question import LabelQuestion
from morph.labels.label_table import MOST_SAID, ReadLabels
from morph.labels.zooniverse.export import Export, Task, Vote, plain_text, slug
from morph.labels.zooniverse.subjects import Named

_UNKNOWN = {"don-t-know", "i-don-t-know", "dont-know", "not-sure", "i-m-not-sure"}
_UNKNOWN |= {"unsure", "unknown", "can-t-tell"}
_MOST_LISTED = 5  # subjects in one sentence


def labels_of(
    export: Export, task: Task, one: LabelQuestion, subjects: Named, *, now: str
) -> ReadLabels:
    """The votes on a task as acts, and sentences on the rows that cannot be.

    A task that was not answered is a skip. ``now`` is the time of votes without one.
    """
    offered = {slug(answer): answer for answer in one.offered}
    galaxies = {**subjects.elsewhere, **subjects.iauname}
    acts: dict[str, Act] = {}
    wrong: dict[int, str] = dict(export.unread)
    nameless: Counter[str] = Counter()
    left_out = len(wrong)
    for vote in export.votes:
        if vote.task != task.key:
            continue
        if vote.subject not in galaxies:
            nameless[vote.subject] += 1
            left_out += 1
            continue
        try:
            act = _act(vote, one, offered, galaxies[vote.subject], now, export.name)
        except MorphError as error:
            wrong.setdefault(vote.row, str(error))
            left_out += 1
            continue
        acts[act.act_id] = act
    said = [_nameless(nameless, subjects.unknown)] if nameless else []
    said += [f"row {number}: {wrong[number]}" for number in sorted(wrong)]
    kept, said = tuple(acts.values()), said[:MOST_SAID]
    return ReadLabels(kept, export.rows, tuple(said), left_out)


def beside(export: Export, task: Task) -> list[str]:
    """Sentences on what else the export holds, beside the votes on a task."""
    here = [vote for vote in export.votes if vote.task == task.key]
    votes = _number(len(here), "vote")
    said = []
    if export.kind == "reductions":
        said.append(
            f"The table is aggregated: its {votes} have no people. They count in vote "
            "fractions; no skill can be learnt from them"
        )
    else:
        people = {vote.who for vote in here if vote.logged_in}
        unnamed = [vote for vote in here if not vote.logged_in]
        said.append(
            f"{votes} by {_number(len(people), 'volunteer')}, whose names are replaced "
            "by hashes"
        )
        if unnamed:
            number = len({vote.who for vote in unnamed})
            who = "1 person who was" if number == 1 else f"{number:,} people who were"
            said.append(
                f"{len(unnamed):,} of the {votes} are of {who} not logged in; each "
                "address is taken for one person"
            )
    said += [
        f"{_number(other.votes, 'vote')} on {other.words} are not imported here"
        for other in export.tasks
        if other.key != task.key
    ]
    said += [
        f"{_number(number, 'row')} of {what} {'is' if number == 1 else 'are'} drawings "
        "or other marks, not answers"
        for what, number in export.other_tasks.items()
    ]
    return said


def check_fits(export: Export, task: Task, one: LabelQuestion) -> None:
    """MorphError if no vote on a task is an answer of a question."""
    known = {slug(answer) for answer in one.offered}
    if one.kind == "tags" or any(slug(answer) in known for answer in task.answers):
        return
    given = ", ".join(f"“{plain_text(a)[:60]}”" for a in list(task.answers)[:9])
    raise MorphError(
        f"no vote on {task.words} in {export.name} is an answer to “{one.text}” "
        f"({', '.join(one.offered)}); the votes are {given or 'empty'}. Choose another "
        "task or another question, or make a question of this task"
    )


def _act(
    vote: Vote,
    one: LabelQuestion,
    offered: Mapping[str, str],
    iauname: str,
    now: str,
    file: str,
) -> Act:
    given = [answer for answer in vote.answers if plain_text(answer)]
    slugs = {slug(answer) for answer in given}
    known = tuple(offered.get(slug(answer), plain_text(answer)) for answer in given)
    kind = "answer" if given else "skip"
    if given and slugs <= _UNKNOWN - offered.keys() and one.kind != "tags":
        kind, known = "unknown", ()
    return Act(
        act_id=vote.act_id,
        who=vote.who,
        when=_time(vote.when) if vote.when else now,
        kind=kind,
        release="",
        iauname=iauname,
        answer=one.checked(known) if kind == "answer" else (),
        chosen=f"Zooniverse, {vote.task[1]} of workflow {vote.task[0]}, subject "
        f"{vote.subject}: {file}"[:200],
        pictured=True,
    )


def _time(text: str) -> str:
    """An ISO time of "2024-02-23 16:17:42 UTC"."""
    try:
        moment = datetime.fromisoformat(text.replace(" UTC", "+00:00"))
    except ValueError as error:
        raise MorphError(
            f"created_at is {text[:40]!r}; expected a time, as 2024-02-23 16:17:42 UTC"
        ) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _nameless(votes: Counter[str], why: Mapping[str, str]) -> str:
    """A sentence on the votes about subjects of which no galaxy is known."""
    listed = ", ".join(subject for subject, _ in votes.most_common(_MOST_LISTED))
    more = " and others" if len(votes) > _MOST_LISTED else ""
    first = votes.most_common(1)[0][0]
    reason = why.get(first, "the file states nothing of it")
    is_about = "is about" if votes.total() == 1 else "are about"
    return (
        f"{_number(votes.total(), 'vote')} {is_about} {_number(len(votes), 'subject')} "
        f"that cannot be matched to a galaxy ({listed}{more}; of {first}: {reason}). "
        "The subject export of the project may name them"
    )


def _number(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' if number != 1 else ''}"
