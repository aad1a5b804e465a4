"""Describe a galaxy in one sentence, by rules on its posterior along the tree.

"Probably a spiral (0.93) with perhaps a weak bar (0.48), a small bulge (0.71)
and two loose arms (0.61); no sign of merging (0.88)." A number is the smallest
expected vote fraction of the answers in the words before it; "perhaps" marks uncertain
answers. Of two similarly probable answers both are named; questions with three, and
questions that the galaxy probably does not reach, are left out.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from morph.analysis.one_galaxy import AnswerPosterior, QuestionPosterior

REACHED = 0.5  # least probability that a question is asked
SURE = 0.8  # least P(ρ > 0.5) of a certain answer, whose ρ̂ exceeds 0.5
MAJORITY = 0.6  # least ρ̂ of a certain answer without a posterior
TIED = 0.1  # largest difference in ρ̂ of answers named together

UNKNOWN = "The release has no classification of this galaxy."
UNDECIDED = "No morphology is clearly the most probable"

_FIRST, _EDGE_ON, _ARMS = "smooth-or-featured", "disk-edge-on", "has-spiral-arms"
_WINDING, _COUNT = "spiral-winding", "spiral-arm-count"

_WORDS = {
    "smooth-or-featured_smooth": "a smooth galaxy",
    "smooth-or-featured_featured-or-disk": "a galaxy with features or a disk",
    "smooth-or-featured_artifact": "an artifact or a star instead of a galaxy",
    "disk-edge-on_yes": "a disk seen edge-on",
    "disk-edge-on_no": "a disk not seen edge-on",
    "has-spiral-arms_yes": "spiral arms",
    "has-spiral-arms_no": "no spiral arms",
    "bar_strong": "a strong bar",
    "bar_weak": "a weak bar",
    "bar_no": "no bar",
    "bulge-size_dominant": "a dominant bulge",
    "bulge-size_large": "a large bulge",
    "bulge-size_moderate": "a moderate bulge",
    "bulge-size_small": "a small bulge",
    "bulge-size_none": "no bulge",
    "how-rounded_round": "round in outline",
    "how-rounded_in-between": "oval in outline",
    "how-rounded_cigar-shaped": "cigar-shaped",
    "edge-on-bulge_boxy": "a boxy bulge",
    "edge-on-bulge_none": "no bulge",
    "edge-on-bulge_rounded": "a rounded bulge",
    "spiral-winding_tight": "tight",
    "spiral-winding_medium": "medium-tight",
    "spiral-winding_loose": "loose",
    "spiral-arm-count_1": "one {} arm",
    "spiral-arm-count_2": "two {} arms",
    "spiral-arm-count_3": "three {} arms",
    "spiral-arm-count_4": "four {} arms",
    "spiral-arm-count_more-than-4": "more than four {} arms",
    "spiral-arm-count_cant-tell": "{} arms that cannot be counted",
    "merging_none": "no sign of merging",
    "merging_minor-disturbance": "slightly disturbed",
    "merging_major-disturbance": "strongly disturbed",
    "merging_merger": "merging with another galaxy",
}


@dataclass(frozen=True)
class _Answer:
    """The most probable answer of a question, and similarly probable ones."""

    label: str
    fraction: float
    certain: bool
    rivals: tuple[tuple[str, float], ...] = ()  # labels and their fractions


def in_words(
    questions: Sequence[QuestionPosterior], *, not_learnt: Collection[str] = ()
) -> str:
    """The sentence, empty for a tree that has other answers than GZD5.

    Questions in ``not_learnt`` are not used.
    """
    if not {label for one in questions for label in one.question.labels} <= set(_WORDS):
        return ""
    answers = {
        posterior.question.name: _largest(posterior)
        for posterior in questions
        if posterior.question.name not in not_learnt and _reached(posterior)
    }
    if answers.get(_FIRST) is None:
        return UNKNOWN
    by_question = {
        name: answer
        for name, answer in answers.items()
        if answer is not None and len(answer.rivals) < 2
    }
    merging = _clause("merging", by_question)
    about = _about(by_question) if _FIRST in by_question else UNDECIDED
    return f"{about}{merging and f'; {merging}'}."


def _about(by_question: dict[str, _Answer]) -> str:
    """The kind of galaxy, and its features."""
    answers, rest = _noun(by_question)
    begins = "Probably" if all(one.certain for one in answers) else "Perhaps"
    spiral = answers[-1].label.startswith(_ARMS)
    words = "a spiral" if spiral else ""
    return f"{begins} {_numbered(answers, words)}{rest}"


def _noun(by_question: dict[str, _Answer]) -> tuple[list[_Answer], str]:
    """The answers that define the kind of galaxy, and the words that follow."""
    first, edge_on, arms = (
        by_question[_FIRST],
        by_question.get(_EDGE_ON),
        by_question.get(_ARMS),
    )
    if first.rivals:
        return [first], ""
    if first.label.endswith("_smooth"):
        rounded = _clause("how-rounded", by_question)
        return [first], rounded and f", {rounded}"
    if first.label.endswith("_artifact") or edge_on is None:
        return [first], ""
    disk = [first, edge_on]
    if edge_on.rivals:
        return disk, ""
    if edge_on.label.endswith("_yes"):
        return disk, _with([_clause("edge-on-bulge", by_question)])
    parts = [_clause("bar", by_question), _clause("bulge-size", by_question)]
    if arms is not None and arms.label.endswith("_yes") and not arms.rivals:
        parts.append(_wound(by_question))
        if all(one.certain for one in (*disk, arms)):
            return [*disk, arms], _with(parts)
    return disk, _with([_clause(_ARMS, by_question), *parts])


def _wound(by_question: dict[str, _Answer]) -> str:
    """The number and winding of spiral arms."""
    winding, count = by_question.get(_WINDING), by_question.get(_COUNT)
    if count is None:
        return "" if winding is None else _claim([winding], "{} arms")
    if winding is None or winding.rivals:
        return _claim([count]).replace("{} ", "")
    return _claim([winding, count]).replace("{}", _WORDS[winding.label])


def _clause(name: str, by_question: dict[str, _Answer]) -> str:
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
        f"{form.replace('{}', _WORDS[label]) or _WORDS[label]} "
        f"({min(fraction, above):.2f})"
        for label, fraction in ((last.label, last.fraction), *last.rivals)
    )


def _reached(posterior: QuestionPosterior) -> bool:
    return posterior.asked is not None and posterior.asked >= REACHED


def _largest(posterior: QuestionPosterior) -> _Answer | None:
    """The most probable answer; None if unknown."""
    if posterior.largest is None:
        return None
    index = posterior.question.labels.index(posterior.largest)
    answer = posterior.answers[index]
    rivals = tuple(
        (other.label, other.probability)
        for other in posterior.answers
        if other is not answer
        and round(answer.probability - other.probability, 6) <= TIED
    )
    return _Answer(
        answer.label, answer.probability, _certain(answer) and not rivals, rivals
    )


def _certain(answer: AnswerPosterior) -> bool:
    if answer.above_half is None:
        return answer.probability >= MAJORITY
    return answer.probability > 0.5 and answer.above_half >= SURE
