"""Questions that were added to a decision tree for one release, such as learnt ones.

They are asked of all galaxies. Their words come from files that may be from anywhere,
so they are checked: pages show them as text of their own.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from morph.errors import MorphError
from morph.trees.decision_tree import DecisionTree, remember, tree_called
from morph.trees.question import Question

PREFIX = "own-"  # of the names: they differ from all of Galaxy Zoo and of pages
MOST_QUESTIONS, MOST_ANSWERS, MOST_LETTERS = 40, 12, 90
_WORDS = re.compile(r"[^\W_](?:[^\W_]|[ ,.?!'’“”()/+%–-])*")
_NOT_WORDS = re.compile(r"[^\w ,.?!'’“”()/+%–-]|_")
_NAME = re.compile(r"[a-z0-9-]{1,60}")
_FIELDS = {"name", "title", "answers", "words"}


def own_question(
    beside: Sequence[Question], title: str, answers: Sequence[str], *, short: str = ""
) -> Question:
    """A question to add to those of a tree, with names made of its words.

    Words that these have already, and a bare "yes" or "no", get the title as well.
    ``short`` is what the name is made of, the title by default.
    """
    title = _plain(title)
    taken = {word.casefold() for q in beside for word in q.words}
    taken |= {"yes", "no"}
    words = [_plain(answer) for answer in answers]
    words = [f"{w} ({title})" if w.casefold() in taken else w for w in words]
    named = {question.name for question in beside}
    name = _free(f"{PREFIX}{_slug(short or title)}", named)
    if title.casefold() in {question.title.casefold() for question in beside}:
        title = f"{title} (own)"
    names: list[str] = []
    for answer in answers:
        names.append(_free(_slug(answer), set(names)))
    return Question(name, title, tuple(names), tuple(words), is_own=True)


def extended(tree: DecisionTree, questions: Sequence[Question]) -> DecisionTree:
    """The tree with questions of its own at the end; its name has their digest."""
    if not questions:
        return tree
    titles = ", ".join(question.title for question in questions)
    return replace(
        tree,
        name=f"{tree.name}-own-{_digest(questions)}",
        base=tree.name,
        title=f"{tree.title} and {titles}",
        questions=(*tree.questions, *questions),
    )


def tree_alone(title: str, questions: Sequence[Question]) -> DecisionTree:
    """A tree of such questions alone, which `tree_called` then finds."""
    name = f"own-{_digest(questions)}"
    return remember(DecisionTree(name, tuple(questions), title=title))


def to_json(questions: Sequence[Question]) -> list[dict[str, Any]]:
    """Plain values, as `from_json` reads them."""
    return [
        {
            "name": question.name,
            "title": question.title,
            "answers": list(question.answers),
            "words": list(question.words),
        }
        for question in questions
    ]


def from_json(value: Any) -> tuple[Question, ...]:
    """The questions of `to_json`; MorphError says what is wrong with them."""
    if not isinstance(value, list) or not 0 < len(value) <= MOST_QUESTIONS:
        raise MorphError(
            f"own questions are {value!r:.80}; expected a list of 1 to {MOST_QUESTIONS}"
        )
    return tuple(_question(one) for one in value)


def tree_with(name: str, own: Mapping[str, Any] | None) -> DecisionTree:
    """The tree called ``name``, with the questions of a release's details.

    MorphError if there is no such tree, or the questions are not valid.
    """
    if own is None:
        return tree_called(name)
    return _tree_with(name, json.dumps(own.get("questions"), sort_keys=True))


@lru_cache(maxsize=64)
def _tree_with(name: str, text: str) -> DecisionTree:
    try:
        return extended(tree_called(name), from_json(json.loads(text)))
    except ValueError as error:  # two of one name
        if isinstance(error, MorphError):
            raise
        raise MorphError(f"own questions: {error}") from error


def _question(value: Any) -> Question:
    if not isinstance(value, Mapping) or set(value) != _FIELDS:
        raise MorphError(
            f"an own question is {value!r:.80}; expected {', '.join(sorted(_FIELDS))}"
        )
    answers, words = value["answers"], value["words"]
    lists = (answers, words)
    if not all(isinstance(x, list) and 2 <= len(x) <= MOST_ANSWERS for x in lists):
        raise MorphError(
            f"an own question has the answers {answers!r:.80}; expected 2 to "
            f"{MOST_ANSWERS}, and words for each"
        )
    for text in (value["name"], *answers):
        if not isinstance(text, str) or not _NAME.fullmatch(text):
            raise MorphError(f"the name {text!r:.80} is not of a-z, 0-9 and -")
    for text in (value["title"], *words):
        if not (
            isinstance(text, str)
            and len(text) <= MOST_LETTERS * 2 + 3
            and _WORDS.fullmatch(text)
        ):
            raise MorphError(
                f"the words {text!r:.80} of an own question have other signs than "
                "letters, digits and those of a sentence"
            )
    if not value["name"].startswith(PREFIX):
        raise MorphError(f"the own question {value['name']!r} lacks {PREFIX!r}")
    named = (value["name"], value["title"], tuple(answers), tuple(words))
    return Question(*named, is_own=True)


def _digest(questions: Sequence[Question]) -> str:
    text = json.dumps(to_json(questions), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _plain(text: str) -> str:
    """Words that are allowed, of any."""
    kept = " ".join(_NOT_WORDS.sub(" ", text).split())[:MOST_LETTERS].strip()
    kept = re.sub(r"^[\W_]+", "", kept)
    return kept or "unnamed"


def _slug(text: str) -> str:
    kept = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:40].strip("-")
    return kept or "unnamed"


def _free(name: str, taken: set[str]) -> str:
    """The name, or with a number where it is taken."""
    number, found = 2, name
    while found in taken:
        found, number = f"{name}-{number}", number + 1
    return found
