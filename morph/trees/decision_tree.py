"""Galaxy Zoo decision trees as data; GZD5 has 10 questions and 34 answers.

An answer is known by its label, ``question_answer``, the column name used by the
published Galaxy Zoo catalogues, e.g. ``bar_strong``. A run's configuration, a model and
a release name their tree; those written before trees had names mean `DEFAULT`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from morph.errors import MorphError, UnknownLabel


@dataclass(frozen=True)
class Question:
    """One question volunteers may be asked about a galaxy.

    Any of the labels in ``asked_after`` leads here; if empty, the question is always
    asked. ``words`` are the answers in plain English, ``corners`` the groups of answers
    that a triangle shows first, if there are not three answers.
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

    @property
    def words_by_label(self) -> dict[str, str]:
        return dict(zip(self.labels, self.words, strict=True))


@dataclass(frozen=True)
class DecisionTree:
    """Questions in catalogue order; ``labels`` are the columns of answer arrays.

    Questions follow all that lead to them. ``first`` is the answer that pages show
    first.
    """

    name: str
    questions: tuple[Question, ...]
    title: str = ""
    first: str = ""  # the first label where empty

    def __post_init__(self) -> None:
        earlier: list[str] = []
        for question in self.questions:
            for label in question.asked_after:
                if label not in earlier:
                    raise UnknownLabel(label, earlier)
            earlier.extend(question.labels)
            if len(question.words) != len(question.answers):
                raise ValueError(f"the words of {question.name} do not fit its answers")
        if len(set(earlier)) < len(earlier) or len(self._by_name) < len(self.questions):
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
        return tuple((self.question(n), tuple(x)) for n, x in leading.items())

    def way_to(
        self, question: Question
    ) -> tuple[tuple[Question, tuple[str, ...]], ...]:
        """The path to a question: those above it, each with the answers that lead on.

        It begins below a question that several others lead to.
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

    def any_of(self, labels: Sequence[str]) -> str:
        """Answers in words, joined by "or": “Smooth” or “Featured or disk”."""
        words = [self.words(label) for label in labels]
        return " or ".join(f"“{one}”" for one in words) if words[1:] else words[0]

    def asked_if(self, question: Question) -> str:
        """When ``question`` is asked, in words: "Featured or disk → Not edge-on"."""
        if not question.asked_after:
            return "always"
        paths = []
        for parent, labels in self.parents(question):
            step = self.any_of(labels)
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
    """The tree of that name; MorphError if there is none."""
    if not isinstance(name, str) or name not in TREES:
        raise MorphError(f"tree is {name!r}; expected one of: {', '.join(TREES)}")
    return TREES[name]


def as_branches(tree: DecisionTree) -> list[Question]:
    """Questions, each followed by those it leads to, as in an indented list."""
    ordered: list[Question] = []

    def walk(above: Question | None) -> None:
        for question in tree.questions:
            parents = tree.parents(question)
            leader = parents[0][0] if parents else None
            if leader == above and question not in ordered:
                ordered.append(question)
                walk(question)

    walk(None)
    return ordered


def depth(question: Question, tree: DecisionTree) -> int:
    """Number of questions above, on the longest path."""
    above = [depth(parent, tree) for parent, _ in tree.parents(question)]
    return 1 + max(above) if above else 0
