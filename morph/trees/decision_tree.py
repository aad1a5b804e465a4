"""Galaxy Zoo decision trees, each read from a JSON file of the folder.

An answer is known by its label, ``question_answer``, the column name used by the
published Galaxy Zoo catalogues, e.g. ``bar_strong``. A run's configuration, a model and
a release name their tree; those written before trees had names mean `DEFAULT`.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from morph.errors import MorphError, UnknownLabel
from morph.trees.question import Question
from morph.trees.ways import Way, joined

_NAME = re.compile(r"[a-z0-9-]+")


@dataclass(frozen=True)
class DecisionTree:
    """Questions in catalogue order; ``labels`` are the columns of answer arrays.

    Questions follow all that lead to them. ``first`` is the answer that pages show
    first. ``samples`` are read in `morph.selection.ready_made`, and ``sentence``, the
    part of each question in a sentence, in `morph.analysis.galaxy_in_words`.
    """

    name: str
    questions: tuple[Question, ...]
    title: str = ""
    first: str = ""  # the first label where empty
    short: str = ""  # "GZD-5"; the name where empty
    citation: str = ""  # of the tree and its votes
    bibtex: str = ""
    licence: str = ""  # of the published votes
    base: str = ""  # the tree to which questions of one release were added
    samples: tuple[Mapping[str, Any], ...] = field(default=(), compare=False)
    sentence: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        earlier: list[str] = []
        names = [name for q in self.questions for name in (q.name, *q.answers)]
        for name in (self.name, *names):  # columns are made of them
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} is not a name; expected a-z, 0-9 and -")
        for question in self.questions:
            for label in question.asked_after:
                if label not in earlier:
                    raise UnknownLabel(label, earlier)
            earlier.extend(question.labels)
            if len(question.words) != len(question.answers):
                raise ValueError(
                    f"{question.name} has {len(question.answers)} answers but words "
                    f"for {len(question.words)}"
                )
        if len(set(earlier)) < len(earlier) or len(self._by_name) < len(self.questions):
            raise ValueError(f"tree {self.name!r} holds a question or a label twice")
        self.question_of(self.first_answer)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        return tuple(label for q in self.questions for label in q.labels)

    @property
    def root(self) -> str:
        """The name of the tree without questions that were added for one release."""
        return self.base or self.name

    @property
    def own_questions(self) -> tuple[Question, ...]:
        """Questions that were added for one release."""
        return tuple(question for question in self.questions if question.is_own)

    @property
    def first_answer(self) -> str:
        return self.first or self.labels[0]

    @cached_property
    def _question_of(self) -> dict[str, Question]:
        return {label: q for q in self.questions for label in q.labels}

    @cached_property
    def _by_name(self) -> dict[str, Question]:
        return {q.name: q for q in self.questions}

    def question(self, name: str) -> Question:
        """The question called ``name``."""
        if name not in self._by_name:
            raise UnknownLabel(name, self._by_name)
        return self._by_name[name]

    def question_of(self, label: str) -> Question:
        """The question that ``label`` answers."""
        if label not in self._question_of:
            raise UnknownLabel(label, self.labels)
        return self._question_of[label]

    def words(self, label: str) -> str:
        """An answer in plain words: ``bar_strong`` is "Strong bar"."""
        question = self.question_of(label)
        return question.words[question.labels.index(label)]

    def words_and_synonyms(self, label: str) -> str:
        """An answer as it can be searched for: "Not edge-on · face-on"."""
        return " · ".join(self.names(label))

    def names(self, label: str) -> tuple[str, ...]:
        """The words of an answer and its synonyms."""
        question = self.question_of(label)
        index = question.labels.index(label)
        others = question.synonyms[index] if question.synonyms else ()
        return question.words[index], *others

    def columns(self, question: Question) -> slice:
        """Columns of ``question`` in an (N, L) array of answers."""
        start = self.labels.index(question.labels[0])
        return slice(start, start + len(question.answers))

    def parents(
        self, question: Question
    ) -> tuple[tuple[Question, tuple[str, ...]], ...]:
        """Questions that lead to ``question``, each with the answers that do."""
        leading: dict[str, list[str]] = {}
        for label in question.asked_after:
            leading.setdefault(self.question_of(label).name, []).append(label)
        return tuple((self.question(n), tuple(x)) for n, x in leading.items())

    def ways(self, question: Question) -> tuple[Way, ...]:
        """Every way to a question from the top (`morph.trees.ways`)."""
        return self._ways[question.name]

    @cached_property
    def _ways(self) -> dict[str, tuple[Way, ...]]:
        ways: dict[str, tuple[Way, ...]] = {}
        for question in self.questions:
            found = [
                (*way, step)
                for step in self.parents(question)
                for way in ways[step[0].name]
            ]
            ways[question.name] = joined(found or [()])
        return ways

    def way_to(self, question: Question) -> Way:
        """The path to a question: those above it, each with the answers that lead on.

        It begins below a question that is reached in several ways.
        """
        if len(self.ways(question)) == 1:
            return self.ways(question)[0]
        if len(self.parents(question)) > 1:
            return ()
        ((above, labels),) = self.parents(question)
        return (*self.way_to(above), (above, labels))

    def with_parents(self, questions: Iterable[Question]) -> tuple[Question, ...]:
        """Questions, and all that lead to them, in tree order."""
        names = {question.name for question in questions}
        for question in reversed(self.questions):  # children before their parents
            if question.name in names:
                names |= {parent.name for parent, _ in self.parents(question)}
        return tuple(q for q in self.questions if q.name in names)

    def any_of(self, labels: Sequence[str]) -> str:
        """Answers in words, joined by "or": “Smooth” or “Featured or disk”."""
        words = [self.words(label) for label in labels]
        return " or ".join(f"“{one}”" for one in words) if words[1:] else words[0]

    def asked_if(self, question: Question) -> str:
        """When ``question`` is asked, in words: "Featured or disk → Not edge-on"."""
        one = self.way_to(question)
        ways = (one,) if one else self.ways(question)
        steps = ([self.any_of(labels) for _, labels in way] for way in ways)
        return ", or ".join(" → ".join(words) for words in steps) or "always"

    def leader(self, question: Question) -> Question | None:
        """The question above in an indented list."""
        way = self.way_to(question)
        return way[-1][0] if way else None

    def indent(self, question: Question) -> int:
        """Number of questions above it in an indented list."""
        return len(self.way_to(question))


def read_tree(path: Path) -> DecisionTree:
    """The tree of a JSON file; MorphError if it is not of one."""
    try:
        given = json.loads(path.read_text())
        questions = tuple(_question(one) for one in given["questions"])
        name = given["name"]
        texts = {"title": name, "short": name}
        texts |= {text: given[text] for text in _TEXTS if text in given}
        tree = DecisionTree(
            name,
            questions,
            bibtex="\n".join(given.get("bibtex", ())),
            samples=tuple(given.get("samples", ())),
            sentence=given.get("sentence", {}),
            **texts,
        )
        _check_words(tree)
        return tree
    except (MorphError, OSError, ValueError, LookupError, TypeError) as error:
        raise MorphError(
            f"{path} is not a decision tree ({type(error).__name__}: {error}); "
            "expected JSON like that of gz2.json"
        ) from error


def _check_words(tree: DecisionTree) -> None:
    """ValueError if two answers, or two questions, have the same words."""
    titles = [question.title for question in tree.questions]
    words = [word for question in tree.questions for word in question.words]
    for texts in (titles, words):  # addresses name answers and questions by them
        if twice := {text for text in texts if texts.count(text) > 1}:
            raise ValueError(
                f"{', '.join(sorted(twice))}: used for two answers or questions"
            )
    if tree.sentence and not all(all(one.phrases) for one in tree.questions):
        raise ValueError("there is a sentence, but some answers have no phrase")


def _question(given: Mapping[str, Any]) -> Question:
    answers = given["answers"]
    return Question(
        given["name"],
        given["title"],
        tuple(one["name"] for one in answers),
        tuple(one["words"] for one in answers),
        tuple(given.get("asked_after", ())),
        tuple(tuple(group) for group in given.get("corners", ())),
        tuple(one.get("phrase", "") for one in answers),
        tuple(tuple(one.get("synonyms", ())) for one in answers),
    )


_TEXTS = ("title", "short", "first", "citation", "licence")
_FOLDER = Path(__file__).parent

DEFAULT = "gzd5"  # and the first in lists

# Every JSON file of the folder is a tree.
_FILES = sorted(_FOLDER.glob("*.json"), key=lambda path: (path.stem != DEFAULT, path))
TREES: dict[str, DecisionTree] = {tree.name: tree for tree in map(read_tree, _FILES)}
GZD5 = TREES[DEFAULT]


# Trees of one's own questions, which the configs of runs bring along.
_BROUGHT: dict[str, DecisionTree] = {}


def tree_called(name: object) -> DecisionTree:
    """The tree of that name; MorphError if there is none."""
    known = {**TREES, **_BROUGHT}
    if not isinstance(name, str) or name not in known:
        raise MorphError(f"tree is {name!r}; expected one of: {', '.join(TREES)}")
    return known[name]


def remember(tree: DecisionTree) -> DecisionTree:
    """Let `tree_called` find a tree that the config of a run brings along."""
    return _BROUGHT.setdefault(tree.name, tree)


def as_branches(tree: DecisionTree) -> list[Question]:
    """Questions, each followed by those it leads to, as in an indented list."""
    ordered: list[Question] = []

    def walk(above: Question | None) -> None:
        for question in tree.questions:
            if tree.leader(question) == above:
                ordered.append(question)
                walk(question)

    walk(None)
    return ordered


def depth(question: Question, tree: DecisionTree) -> int:
    """Number of questions above, on the longest path."""
    above = [depth(parent, tree) for parent, _ in tree.parents(question)]
    return 1 + max(above) if above else 0
