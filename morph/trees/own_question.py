"""A tree with one question more, which a release brings along in its manifest.

Such a tree is not a file of this folder: its record stands in the manifest of the
releases that have it, and whoever reads one of them knows the tree.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from morph.errors import MorphError
from morph.trees.decision_tree import DecisionTree, remember, tree_called
from morph.trees.question import Question

KEY = "own_question"  # of the record in a manifest's details
_FIELDS = {"of", "name", "title", "answers", "words"}


def own_question(
    beside: DecisionTree | Sequence[Question],
    title: str,
    answers: Sequence[str],
    digest: str,
) -> Question:
    """A question that is always asked, with names and words that are free in a tree.

    ``beside`` is the tree, or the questions that it will have. ``digest`` tells
    questions with the same beginning apart. MorphError if it is there already.
    """
    others, there = beside, "the tree"
    if isinstance(beside, DecisionTree):
        others, there = beside.questions, f"the tree {beside.title}"
    name = f"own-{_slug(title)[:24].strip('-')}-{digest[:6]}".replace("--", "-")
    if name in {question.name for question in others}:
        raise MorphError(f"{there} has the question “{title}” already")
    taken = {word for question in others for word in question.words}
    titles = {question.title for question in others}
    names: list[str] = []
    for place, answer in enumerate(answers):
        plain = _slug(answer) or str(place + 1)
        names.append(plain if plain not in names else f"{plain}-{place + 1}")
    words = [f"{one} ({title})" if one in taken else one for one in answers]
    shown = f"{title} ({digest[:6]})" if title in titles else title
    return Question(name, shown, tuple(names), tuple(words), phrases=("",) * len(names))


def tree_with(tree: DecisionTree, question: Question) -> DecisionTree:
    """The tree with ``question`` as its last one, which `tree_called` then finds."""
    return remember(
        replace(
            tree,
            name=f"{tree.name}-{question.name}",
            title=f"{tree.title} + {question.title}",
            short=f"{tree.short or tree.name} + 1",
            questions=(*tree.questions, question),
        )
    )


def tree_alone(name: str, title: str, questions: Sequence[Question]) -> DecisionTree:
    """A tree of such questions alone, which `tree_called` then finds."""
    return remember(DecisionTree(name, tuple(questions), title=title))


def record_of(tree: DecisionTree, question: Question) -> dict[str, Any]:
    """What a manifest says of ``question``, asked beside those of ``tree``."""
    return {
        "of": tree.name,
        "name": question.name,
        "title": question.title,
        "answers": list(question.answers),
        "words": list(question.words),
    }


def tree_in_record(records: Any) -> DecisionTree:
    """The tree of a manifest's records, one for each question more, the first first.

    ValueError where they are not valid.
    """
    if not isinstance(records, list):
        raise ValueError(f"{KEY} is {records!r:.80}; expected a list of questions")
    tree: DecisionTree | None = None
    for record in records:
        if not isinstance(record, Mapping) or not record.keys() >= _FIELDS:
            raise ValueError(f"{KEY} has {record!r:.80}; expected {', '.join(_FIELDS)}")
        lists = (record["answers"], record["words"])
        if not all(isinstance(one, list) and len(one) > 1 for one in lists):
            raise ValueError(f"{KEY} has no lists of answers and words")
        texts = [record[key] for key in ("of", "name", "title")]
        texts += [*record["answers"], *record["words"]]
        if not all(isinstance(text, str) and text.isprintable() for text in texts):
            raise ValueError(f"{KEY} has values that are no texts")
        parent = tree_called(record["of"])
        question = Question(
            record["name"],
            record["title"],
            tuple(record["answers"]),
            tuple(record["words"]),
            phrases=("",) * len(record["answers"]),
        )
        tree = tree_with(parent, question)
        if tree.questions[-1] != question:
            raise ValueError(f"{question.name} is another question in another release")
    if tree is None:
        raise ValueError(f"{KEY} is empty")
    return tree


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")
