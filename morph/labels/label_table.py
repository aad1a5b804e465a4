"""Read a table of labels: what can be imported, and what is wrong with the rest."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import get_args

from morph.errors import MorphError
from morph.labels.answers_file import ANSWERS, Act, Kind
from morph.labels.in_force import counting
from morph.labels.label_columns import COLUMNS
from morph.labels.label_question import SEPARATOR, LabelQuestion
from morph.tables.cells import guarded
from morph.tables.table_child import Wanted
from morph.tables.uploaded_table import Cells, read_cells
from morph.wording import printable

MAX_WHO = 60
MOST_SAID = 20  # sentences on single rows
_NEEDED = ("iauname", "answer")
_ESCAPED = re.compile(r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")  # in FITS


@dataclass(frozen=True)
class ReadLabels:
    """The rows of a table that can be imported, and sentences on all others."""

    acts: tuple[Act, ...]
    rows: int
    left_out: tuple[str, ...] = ()  # a sentence each, the first `MOST_SAID`
    number_left_out: int = 0
    other_questions: Mapping[str, int] = field(default_factory=dict)  # digest -> rows


@dataclass(frozen=True)
class Meeting:
    """How the rows of a table meet the answers that are there already."""

    new: tuple[Act, ...]
    there: int  # rows that were imported before, or come from here
    contradicting: tuple[Act, ...]  # new answers unlike the person's own here
    later_here: int  # of these, where the answer here is the later one


def read_labels(
    data: bytes, name: str, one: LabelQuestion, *, who: str, now: str
) -> ReadLabels:
    """The acts in an uploaded table of labels: CSV, FITS, VOTable or Parquet.

    It needs the columns iauname and answer; ``who`` and ``now`` stand in for missing
    names and times. Rows of other questions, with another answer, or that contradict
    one another are left out, each with a sentence.

    Raises
    ------
    MorphError
        If the file is no table, or lacks one of the two columns.
    """
    cells = read_cells(data, name, Wanted(exactly=tuple(COLUMNS)))
    missing = [column for column in _NEEDED if column not in cells.columns]
    if missing:
        raise MorphError(
            f"{name} has no column {missing[0]!r}; a table of labels needs iauname and "
            f"answer. It has {', '.join(cells.columns[:20])}"
        )
    sha256 = hashlib.sha256(data).hexdigest()
    acts, wrong, others = {}, {}, {}
    for number, row in _rows(cells):
        digest = row.get("question", "")
        if digest and digest != one.digest:
            others[digest] = others.get(digest, 0) + 1
            continue
        try:
            acts[number] = _act(one, row, who, now, f"{sha256[:24]}-{number}")
        except MorphError as error:
            wrong[number] = f"row {number}: {error}"
    wrong |= {number: f"row {number}: {why}" for number, why in cells.unreadable}
    wrong |= _contradictions(acts)
    kept = tuple(act for number, act in acts.items() if number not in wrong)
    said = tuple(wrong[number] for number in sorted(wrong)[:MOST_SAID])
    number = len(cells.rows) + len(cells.unreadable)
    return ReadLabels(kept, number, said, len(wrong), others)


def met(read: Sequence[Act], here: Sequence[Act]) -> Meeting:
    """Compare the acts of a table with those that are there."""
    known = {act.act_id for act in here}
    new = tuple(act for act in read if act.act_id not in known)
    mine, theirs = counting(here), counting(new)
    unlike = [
        act
        for key, act in theirs.items()
        if key in mine and mine[key].answer != act.answer
    ]
    later = sum(mine[act.who, act.iauname].when > act.when for act in unlike)
    return Meeting(new, len(read) - len(new), tuple(unlike), later)


def keeping_here(meeting: Meeting) -> tuple[Act, ...]:
    """The new acts without those of galaxies where they contradict the answer here."""
    unlike = {(act.who, act.iauname) for act in meeting.contradicting}
    return tuple(act for act in meeting.new if (act.who, act.iauname) not in unlike)


def checked_who(who: str) -> str:
    """A person's name as it is stored; MorphError if it is empty or too long."""
    name = " ".join(printable(part) for part in who.split()).strip()
    if not 0 < len(name) <= MAX_WHO:
        raise MorphError(f"enter your name, 1 to {MAX_WHO} characters")
    return name


def _rows(cells: Cells) -> list[tuple[int, dict[str, str]]]:
    """Numbers of rows and their cells, as they were before they were written."""
    known = [column for column in COLUMNS if column in cells.rows]
    texts = {column: cells.rows[column].fillna("").tolist() for column in known}
    plain = {"CSV": _unguarded, "FITS": _unescaped}.get(cells.format, str)
    numbers = cells.rows["row"].tolist()
    return [
        (number, {column: plain(texts[column][place]) for column in known})
        for place, number in enumerate(numbers)
    ]


def _unguarded(text: str) -> str:
    """A cell of a CSV file without the quote that keeps it from being a formula."""
    return text[1:] if text.startswith("'") and guarded(text[1:]) == text else text


def _unescaped(text: str) -> str:
    """A text of a FITS file, in which characters other than ASCII are escapes."""
    return _ESCAPED.sub(lambda found: chr(int(found[0][2:], 16)), text)


def _act(
    one: LabelQuestion, row: Mapping[str, str], who: str, now: str, act_id: str
) -> Act:
    iauname, answer = row["iauname"].strip(), row["answer"].strip()
    kind = row.get("act") or ("answer" if answer else "unknown")
    if not 0 < len(iauname) <= 80:
        raise MorphError("there is no iauname; enter the name of the galaxy")
    if kind not in get_args(Kind):
        kinds = ", ".join(get_args(Kind))
        raise MorphError(f"act is {kind[:40]!r}; expected one of: {kinds}")
    given = answer.split(SEPARATOR.strip()) if one.kind != "one" else [answer]
    parts = one.checked([part.strip() for part in given]) if kind == "answer" else ()
    return Act(
        act_id=row.get("act_id") or act_id,
        who=checked_who(row.get("who") or who),
        when=_time(row.get("when") or now),
        kind=kind,
        release=row.get("release", ""),
        iauname=iauname,
        answer=parts,
        undoes=row.get("undoes", ""),
        queue=row.get("queue", ""),
        number=_number(row.get("place", ""), "place", -1),
        showing=_number(row.get("showing", ""), "showing", 1),
        chosen=row.get("chosen", ""),
        stretch=row.get("stretch", ""),
        zoom=row.get("zoom", ""),
        blind=_is_true(row.get("blind", "")),
        pictured=_is_true(row.get("pictured", "")),
    )


def _time(text: str) -> str:
    """An ISO time in UTC; one without a zone is UTC already."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise MorphError(
            f"when is {text[:40]!r}; expected an ISO time, as 2026-12-01T09:30:00+00:00"
        ) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _number(text: str, what: str, missing: int) -> int:
    if not text:
        return missing
    if not text.removesuffix(".0").isdecimal() or len(text) > 12:
        raise MorphError(f"{what} is {text[:40]!r}; expected a whole number")
    return int(text.removesuffix(".0"))


def _is_true(text: str) -> bool:
    return text.lower() in ("true", "t", "1")


def _contradictions(acts: Mapping[int, Act]) -> dict[int, str]:
    """Rows in which a person answers differently about a galaxy at one moment."""
    first: dict[tuple[str, str, str], int] = {}
    wrong: dict[int, str] = {}
    undone = {act.undoes for act in acts.values() if act.kind == "undo"}
    for number, act in acts.items():
        if act.kind not in ANSWERS or act.act_id in undone:
            continue
        before = first.setdefault((act.who, act.iauname, act.when), number)
        if acts[before].answer != act.answer:
            both = [
                SEPARATOR.join(acts[n].answer) or "don't know" for n in (before, number)
            ]
            words = (
                f"rows {before} and {number}: {act.who} answers “{both[0]}” and "
                f"“{both[1]}” for {act.iauname} at one time; keep one of the rows"
            )
            wrong |= {before: words, number: words}
    return wrong
