"""Describe a galaxy in one sentence, by rules on its posterior along the tree.

"Probably a spiral (0.93) with perhaps a weak bar (0.48), a small bulge (0.71)
and two loose arms (0.61); no sign of merging (0.88)." A number is the smallest
expected vote fraction of the answers in the words before it; "perhaps" marks uncertain
answers. Of two similarly probable answers both are named; questions with three, and
questions that the galaxy probably does not reach, are left out.

The tree's ``sentence`` names the question of each part: ``edge_on``, ``rounded`` (after
smooth), ``edge_on_bulge``, ``arms``, ``winding``, ``count``; the ``features`` of a disk
in order; and ``last``, what follows the semicolon. The first question says what the
object is. The words of an answer are its phrase in the tree.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from morph.analysis.one_galaxy import AnswerPosterior, QuestionPosterior
from morph.trees.decision_tree import DecisionTree

REACHED = 0.5  # least probability that a question is asked
SURE = 0.8  # least P(ρ > 0.5) of a certain answer, whose ρ̂ exceeds 0.5
MAJORITY = 0.6  # least ρ̂ of a certain answer without a posterior
TIED = 0.1  # largest difference in ρ̂ of answers named together

UNKNOWN = "The release has no classification of this galaxy."
UNDECIDED = "No morphology is clearly the most probable"


@dataclass(frozen=True)
class _Answer:
    """The most probable answer of a question, and similarly probable ones."""

    label: str
    words: str
    fraction: float
    certain: bool
    rivals: tuple[tuple[str, float], ...] = ()  # words and fractions


Answers = Mapping[str, _Answer]  # by the name of the question


def in_words(
    questions: Sequence[QuestionPosterior],
    tree: DecisionTree,
    *,
    not_learnt: Collection[str] = (),
) -> str:
    """The sentence, empty for a tree without words for it.

    Questions in ``not_learnt`` are not used.
    """
    if not tree.sentence:
        return ""
    answers = {
        posterior.question.name: _largest(posterior)
        for posterior in questions
        if posterior.question.phrases
        and posterior.question.name not in not_learnt
        and _reached(posterior)
    }
    first = tree.questions[0].name
    if answers.get(first) is None:
        return UNKNOWN
    by_question = {
        name: answer
        for name, answer in answers.items()
        if answer is not None and len(answer.rivals) < 2
    }
    last = [_clause(name, by_question) for name in tree.sentence.get("last", ())]
    after = ", ".join(clause for clause in last if clause)
    about = _about(by_question, tree) if first in by_question else UNDECIDED
    return f"{about}{after and f'; {after}'}."


def _about(by_question: Answers, tree: DecisionTree) -> str:
    """The kind of galaxy, and its features."""
    answers, rest = _noun(by_question, tree)
    begins = "Probably" if all(one.certain for one in answers) else "Perhaps"
    words = "a spiral" if answers[-1] is _part("arms", by_question, tree) else ""
    return f"{begins} {_numbered(answers, words)}{rest}"


def _noun(by_question: Answers, tree: DecisionTree) -> tuple[list[_Answer], str]:
    """The answers that define the kind of galaxy, and the words that follow."""
    first = by_question[tree.questions[0].name]
    edge_on = _part("edge_on", by_question, tree)
    if first.rivals:
        return [first], ""
    if _leads(first, "rounded", tree):
        rounded = _clause(tree.sentence["rounded"], by_question)
        return [first], rounded and f", {rounded}"
    if not _leads(first, "edge_on", tree) or edge_on is None:
        return [first], ""
    disk = [first, edge_on]
    if edge_on.rivals:
        return disk, ""
    if _leads(edge_on, "edge_on_bulge", tree):
        return disk, _with([_clause(tree.sentence["edge_on_bulge"], by_question)])
    return _face_on(disk, by_question, tree)


def _face_on(
    disk: list[_Answer], by_question: Answers, tree: DecisionTree
) -> tuple[list[_Answer], str]:
    """As `_noun`, of a disk that is not edge-on."""
    arms = _part("arms", by_question, tree)
    features = tree.sentence.get("features", ())
    parts = [_clause(name, by_question) for name in features]
    if arms is not None and _leads(arms, "winding", tree) and not arms.rivals:
        parts.append(_wound(by_question, tree))
        if all(one.certain for one in (*disk, arms)):
            return [*disk, arms], _with(parts)
    return disk, _with(["" if arms is None else _claim([arms]), *parts])


def _wound(by_question: Answers, tree: DecisionTree) -> str:
    """The number and winding of spiral arms."""
    winding = _part("winding", by_question, tree)
    count = _part("count", by_question, tree)
    if count is None:
        return "" if winding is None else _claim([winding], "{} arms")
    if winding is None or winding.rivals:
        return _claim([count]).replace("{} ", "")
    return _claim([winding, count]).replace("{}", winding.words)


def _part(name: str, by_question: Answers, tree: DecisionTree) -> _Answer | None:
    """The answer to the question of a part, None where there is none."""
    return by_question.get(tree.sentence.get(name, ""))


def _leads(answer: _Answer, part: str, tree: DecisionTree) -> bool:
    """Whether an answer leads to the question of a part of the sentence."""
    name = tree.sentence.get(part)
    return name is not None and answer.label in tree.question(name).asked_after


def _clause(name: str, by_question: Answers) -> str:
    return _claim([by_question[name]]) if name in by_question else ""


def _with(parts: Sequence[str]) -> str:
    known = [part for part in parts if part]
    if len(known) < 2:
        return "".join(f" with {part}" for part in known)
    return f" with {', '.join(known[:-1])} and {known[-1]}"


def _claim(answers: Sequence[_Answer], form: str = "") -> str:
    """Answers with their number, and "perhaps" if uncertain and without an "or"."""
    words = _numbered(answers, form)
    certain = all(one.certain for one in answers) or answers[-1].rivals
    return words if certain else f"perhaps {words}"


def _numbered(answers: Sequence[_Answer], form: str = "") -> str:
    """The last answer in words, and its rival; numbers include the other answers.

    ``form`` replaces the words; "{}" in it stands for an answer's words.
    """
    last = answers[-1]
    above = min([one.fraction for one in answers[:-1]], default=1.0)
    return " or ".join(
        f"{form.replace('{}', words) or words} ({min(fraction, above):.2f})"
        for words, fraction in ((last.words, last.fraction), *last.rivals)
    )


def _reached(posterior: QuestionPosterior) -> bool:
    return posterior.asked is not None and posterior.asked >= REACHED


def _largest(posterior: QuestionPosterior) -> _Answer | None:
    """The most probable answer; None if unknown."""
    if posterior.largest is None:
        return None
    question = posterior.question
    words = dict(zip(question.labels, question.phrases, strict=True))
    answer = posterior.answers[question.labels.index(posterior.largest)]
    rivals = tuple(
        (words[other.label], other.probability)
        for other in posterior.answers
        if other is not answer
        and round(answer.probability - other.probability, 6) <= TIED
    )
    return _Answer(
        answer.label,
        words[answer.label],
        answer.probability,
        _certain(answer) and not rivals,
        rivals,
    )


def _certain(answer: AnswerPosterior) -> bool:
    if answer.above_half is None:
        return answer.probability >= MAJORITY
    return answer.probability > 0.5 and answer.above_half >= SURE
