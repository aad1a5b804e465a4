"""A question of one's own: its text, its answers, and its JSON."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from morph.errors import MorphError
from morph.wording import printable

QuestionKind = Literal["one", "several", "rating", "tags"]
KINDS: Mapping[QuestionKind, str] = {
    "one": "One of the answers",
    "several": "One or several of the answers",
    "rating": "A rating from 0 to 5",
    "tags": "Free tags",
}
RATINGS = tuple(str(number) for number in range(6))
MOST_ANSWERS = 9  # one key each
MAX_TEXT, MAX_ANSWER = 200, 60
MAX_TOGETHER = 180  # characters of all answers, which one cell of a table may hold
MAX_FILE_BYTES = 100_000
SEPARATOR = "; "  # between the answers of one galaxy in a table
FORMAT = "morph label question"
_KEYS = {"format", "version", "text", "kind", "answers"}


@dataclass(frozen=True)
class LabelQuestion:
    """A valid question; ``answers`` are empty for ratings and tags."""

    text: str
    kind: QuestionKind
    answers: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits, equal for equal questions in any workspace."""
        parts = json.dumps([self.text, self.kind, *self.answers], ensure_ascii=False)
        return hashlib.sha256(parts.encode()).hexdigest()[:12]

    @property
    def offered(self) -> tuple[str, ...]:
        """The answers that have a key: none for tags."""
        return RATINGS if self.kind == "rating" else self.answers

    def checked(self, given: Sequence[str]) -> tuple[str, ...]:
        """An answer as it is stored: in the order of the question, tags sorted.

        MorphError if it is none of this question.
        """
        if self.kind == "tags":
            return _tags(given)
        unknown = [one for one in given if one not in self.offered]
        if unknown or not given or (len(given) > 1 and self.kind != "several"):
            wrong = unknown[0] if unknown else SEPARATOR.join(given)
            number = "one or several" if self.kind == "several" else "one"
            raise MorphError(
                f"{wrong[:80]!r} is no answer to “{self.text}”; expected {number} of: "
                f"{', '.join(self.offered)}"
            )
        return tuple(one for one in self.offered if one in given)


def question(text: str, kind: str, answers: Sequence[str] = ()) -> LabelQuestion:
    """A question from what a person typed; MorphError says what is wrong with it."""
    text = _line(text, "the question", MAX_TEXT)
    if kind not in get_args(QuestionKind):
        kinds = ", ".join(get_args(QuestionKind))
        raise MorphError(f"the kind is {kind[:40]!r}; expected one of: {kinds}")
    if kind in ("rating", "tags"):
        if answers:
            raise MorphError(f"a question of the kind {kind!r} has no answers to list")
        return LabelQuestion(text, kind)
    lines = tuple(_line(one, "an answer", MAX_ANSWER) for one in answers)
    if not 2 <= len(lines) <= MOST_ANSWERS:
        raise MorphError(
            f"there are {len(lines)} answers; expected 2 to {MOST_ANSWERS}, one per "
            "line, as each has a key"
        )
    for one in lines:
        if ";" in one:
            raise MorphError(
                f"the answer “{one}” has a semicolon, which separates answers in "
                "tables; use a comma"
            )
        if [other.casefold() for other in lines].count(one.casefold()) > 1:
            raise MorphError(f"the answer “{one}” is there twice; remove one of them")
    _check_together(lines, "the answers")
    return LabelQuestion(text, kind, lines)


def to_json(one: LabelQuestion) -> bytes:
    """The file of a question, as `from_json` reads it."""
    value = {
        "format": FORMAT,
        "version": 1,
        "text": one.text,
        "kind": one.kind,
        "answers": list(one.answers),
    }
    return json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n"


def from_json(data: bytes, name: str) -> LabelQuestion:
    """The question in an uploaded file; MorphError says why it is not one."""
    if len(data) > MAX_FILE_BYTES:
        raise MorphError(
            f"{name} has {len(data):,} bytes; a question has at most "
            f"{MAX_FILE_BYTES:,}. Upload the JSON file of a question"
        )
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise MorphError(
            f"{name} is not JSON; upload a file that “Export question” wrote"
        ) from error
    if not isinstance(value, Mapping) or value.get("format") != FORMAT:
        raise MorphError(
            f"{name} is JSON, but not a question: it lacks “format”: “{FORMAT}”. "
            "Upload a file that “Export question” wrote"
        )
    _check_fields(value, name)
    return question(value["text"], value["kind"], value["answers"])


def _check_fields(value: Mapping[str, Any], name: str) -> None:
    if value.get("version") != 1:
        raise MorphError(
            f"{name} has the version {value.get('version')!r:.40}; this morph reads "
            "version 1. Update morph, or export the question again"
        )
    missing, unknown = _KEYS - value.keys(), value.keys() - _KEYS
    if missing or unknown:
        what = f"lacks {min(missing)!r}" if missing else f"has {min(unknown)!r:.60}"
        raise MorphError(
            f"{name} {what}; a question has exactly {', '.join(sorted(_KEYS))}"
        )
    for key in ("text", "kind"):
        if not isinstance(value[key], str):
            raise MorphError(
                f"{key} in {name} is {value[key]!r:.60}; expected a string"
            )
    listed = value["answers"]
    if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
        raise MorphError(
            f"answers in {name} are {listed!r:.60}; expected a list of strings"
        )


def _line(text: str, what: str, most: int) -> str:
    line = " ".join(text.split())
    if not 0 < len(line) <= most or not line.isprintable():
        raise MorphError(
            f"{what} is {text[:most]!r}; enter 1 to {most} characters on one line"
        )
    return line


def _tags(given: Sequence[str]) -> tuple[str, ...]:
    """Tags in lower case, sorted, each once."""
    parts = (part for one in given for part in one.replace(",", ";").split(";"))
    tags = {" ".join(printable(part).lower().split()) for part in parts} - {""}
    if not tags:
        raise MorphError("there is no tag; enter one or several, separated by commas")
    if too_long := [tag for tag in tags if len(tag) > MAX_ANSWER]:
        raise MorphError(
            f"the tag “{too_long[0][:MAX_ANSWER]}…” is too long; a tag has at most "
            f"{MAX_ANSWER} characters"
        )
    if len(tags) > MOST_ANSWERS:
        raise MorphError(f"{len(tags)} tags are too many; enter at most {MOST_ANSWERS}")
    _check_together(sorted(tags), "the tags")
    return tuple(sorted(tags))


def _check_together(parts: Sequence[str], what: str) -> None:
    length = len(SEPARATOR.join(parts))
    if length > MAX_TOGETHER:
        raise MorphError(
            f"{what} have {length} characters together; at most {MAX_TOGETHER} are "
            "allowed, as one cell of a table may hold all of them. Shorten them"
        )
