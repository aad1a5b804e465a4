"""Galaxy Zoo decision trees as data; GZD5 has 10 questions and 34 answers.

An answer is known by its label, ``question_answer``, the column name used by the
published Galaxy Zoo catalogues, e.g. ``bar_strong``. A run's configuration, a model and
a release name their tree; those written before trees had names mean `DEFAULT`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from morph.errors import MorphError, UnknownLabel


@dataclass(frozen=True)
class Question:
    """One question volunteers may be asked about a galaxy.

    ``asked_after`` holds the labels of which any one leads here; empty means the
    question is always asked. ``words`` says each answer as a person would. ``corners``
    are the groups of answers that a triangle first shows, where there are not three.
    """

    name: str
    title: str
    answers: tuple[str, ...]
    words: tuple[str, ...]
    asked_after: tuple[str, ...] = ()
    corners: tuple[tuple[str, ...], ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(f"{self.name}_{answer}" for answer in self.answers)


@dataclass(frozen=True)
class DecisionTree:
    """Questions in catalogue order; ``labels`` are the columns of answer arrays.

    A question stands after every question that leads to it, so one pass in order
    meets parents before children. ``first`` is the answer that pages begin with.
    """

    name: str
    questions: tuple[Question, ...]
    title: str = ""
    first: str = ""  # the first label where empty

    def __post_init__(self) -> None:
        known: list[str] = []
        for question in self.questions:
            for label in question.asked_after:
                if label not in known:
                    raise UnknownLabel(label, known)
            known.extend(question.labels)
            if len(question.words) != len(question.answers):
                raise ValueError(f"the words of {question.name} do not fit its answers")
        if len(set(known)) < len(known) or len(self._by_name) < len(self.questions):
            raise ValueError(f"tree {self.name!r} holds a question or a label twice")
        self.question_of(self.first_answer)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        return tuple(label for q in self.questions for label in q.labels)

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
        return tuple((self.question(n), tuple(found)) for n, found in leading.items())

    def way_to(
        self, question: Question
    ) -> tuple[tuple[Question, tuple[str, ...]], ...]:
        """Questions above one, from the first on, each with the answers that lead on.

        The way begins below a question that several others lead to.
        """
        parents = self.parents(question)
        if len(parents) != 1:
            return ()
        ((above, labels),) = parents
        return (*self.way_to(above), (above, labels))

    def with_parents(self, questions: Iterable[Question]) -> tuple[Question, ...]:
        """Questions, and all that lead to them, in tree order."""
        names = {question.name for question in questions}
        for question in reversed(self.questions):  # children before their parents
            if question.name in names:
                names |= {parent.name for parent, _ in self.parents(question)}
        return tuple(q for q in self.questions if q.name in names)

    def asked_if(self, question: Question) -> str:
        """When ``question`` is asked, in words: "Featured or disk → Not edge-on"."""
        if not question.asked_after:
            return "always"
        paths = []
        for parent, labels in self.parents(question):
            step = " or ".join(self.words(label) for label in labels)
            above = self.asked_if(parent)
            paths.append(step if above == "always" else f"{above} → {step}")
        return ", or ".join(paths)


_FEATURED = "smooth-or-featured_featured-or-disk"
_SMOOTH = "smooth-or-featured_smooth"
_FACE_ON = "disk-edge-on_no"
_SPIRAL = "has-spiral-arms_yes"

GZD5 = DecisionTree(
    "gzd5",
    (
        Question(
            "smooth-or-featured",
            "Smooth or featured",
            ("smooth", "featured-or-disk", "artifact"),
            ("Smooth", "Featured or disk", "Artifact"),
        ),
        Question(
            "disk-edge-on",
            "Edge-on disk",
            ("yes", "no"),
            ("Edge-on", "Not edge-on"),
            asked_after=(_FEATURED,),
        ),
        Question(
            "has-spiral-arms",
            "Spiral arms",
            ("yes", "no"),
            ("Spiral arms", "No spiral arms"),
            asked_after=(_FACE_ON,),
        ),
        Question(
            "bar",
            "Bar",
            ("strong", "weak", "no"),
            ("Strong bar", "Weak bar", "No bar"),
            asked_after=(_FACE_ON,),
        ),
        Question(
            "bulge-size",
            "Bulge size",
            ("dominant", "large", "moderate", "small", "none"),
            (
                "Dominant bulge",
                "Large bulge",
                "Moderate bulge",
                "Small bulge",
                "No bulge",
            ),
            asked_after=(_FACE_ON,),
            corners=(("dominant", "large"), ("moderate",), ("small", "none")),
        ),
        Question(
            "how-rounded",
            "How rounded",
            ("round", "in-between", "cigar-shaped"),
            ("Round", "In between", "Cigar-shaped"),
            asked_after=(_SMOOTH,),
        ),
        Question(
            "edge-on-bulge",
            "Edge-on bulge",
            ("boxy", "none", "rounded"),
            ("Boxy edge-on bulge", "No edge-on bulge", "Rounded edge-on bulge"),
            asked_after=("disk-edge-on_yes",),
        ),
        Question(
            "spiral-winding",
            "Spiral winding",
            ("tight", "medium", "loose"),
            ("Tight arms", "Medium arms", "Loose arms"),
            asked_after=(_SPIRAL,),
        ),
        Question(
            "spiral-arm-count",
            "Spiral arm count",
            ("1", "2", "3", "4", "more-than-4", "cant-tell"),
            ("1 arm", "2 arms", "3 arms", "4 arms", "More than 4 arms", "Can't tell"),
            asked_after=(_SPIRAL,),
            corners=(("1",), ("2",), ("3", "4", "more-than-4")),
        ),
        Question(
            "merging",
            "Merging",
            ("none", "minor-disturbance", "major-disturbance", "merger"),
            ("Not merging", "Minor disturbance", "Major disturbance", "Merger"),
            asked_after=(_SMOOTH, _FEATURED),
            corners=(
                ("merger",),
                ("minor-disturbance", "major-disturbance"),
                ("none",),
            ),
        ),
    ),
    title="Galaxy Zoo DECaLS",
    first="bar_strong",  # the paper's figures are about bars
)

TREES: dict[str, DecisionTree] = {tree.name: tree for tree in (GZD5,)}
DEFAULT = GZD5.name


def tree_called(name: object) -> DecisionTree:
    """The tree of that name; MorphError where none is known."""
    if not isinstance(name, str) or name not in TREES:
        known = ", ".join(TREES)
        raise MorphError(f"tree is {name!r}; expected one of: {known}")
    return TREES[name]


def as_branches(tree: DecisionTree) -> list[Question]:
    """Questions with each one's own below it, as an indented list of a tree stands."""
    found: list[Question] = []

    def walk(above: Question | None) -> None:
        for question in tree.questions:
            parents = tree.parents(question)
            leader = parents[0][0] if parents else None
            if leader == above and question not in found:
                found.append(question)
                walk(question)

    walk(None)
    return found


def depth(question: Question, tree: DecisionTree) -> int:
    """How many questions lie above, by the longest way."""
    above = [depth(parent, tree) for parent, _ in tree.parents(question)]
    return 1 + max(above) if above else 0
