"""One galaxy in one sentence, by rule, from its posterior along the tree.

"Probably a face-on spiral (0.93) with perhaps a weak bar (0.48), a small bulge (0.71)
and two loose arms (0.61); no sign of merging (0.88)." A number is the smallest expected
fraction of votes among the answers that the words before it say. Words stand alone only
where the answers are sure; "perhaps" says that one of them is not. Two answers about as
many expect are both named; where three are, and where a question is improbably asked,
nothing is said.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from morph.analysis.one_galaxy import AnswerPosterior, QuestionPosterior

REACHED = 0.5  # a question counts if it is asked with at least this probability
SURE = 0.8  # of an answer: P(ρ > 0.5) of at least this, and ρ̂ above a half
MAJORITY = 0.6  # the same of an answer whose posterior is not known: ρ̂ of at least this
TIED = 0.1  # answers whose ρ̂ differ by no more are named together

UNKNOWN = "The release does not say what this galaxy looks like."
UNDECIDED = "No answer to what this galaxy looks like is ahead of the others"

_FIRST, _EDGE_ON, _ARMS = "smooth-or-featured", "disk-edge-on", "has-spiral-arms"
_WINDING, _COUNT = "spiral-winding", "spiral-arm-count"

_WORDS = {
    "smooth-or-featured_smooth": "a smooth galaxy",
    "smooth-or-featured_featured-or-disk": "a galaxy with features or a disk",
    "smooth-or-featured_artifact": "an artifact or a star instead of a galaxy",
    "disk-edge-on_yes": "a disk seen edge-on",
    "disk-edge-on_no": "a disk seen face-on",
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
class _Said:
    """The largest answer of a question that counts, and those about as large."""

    label: str
    fraction: float
    sure: bool
    rivals: tuple[tuple[str, float], ...] = ()  # labels and their fractions


def in_words(
    questions: Sequence[QuestionPosterior], *, not_learnt: Collection[str] = ()
) -> str:
    """The sentence; ``not_learnt`` names questions that it must not rest on."""
    found = {
        posterior.question.name: _largest(posterior)
        for posterior in questions
        if posterior.question.name not in not_learnt and _reached(posterior)
    }
    if found.get(_FIRST) is None:
        return UNKNOWN
    said = {
        name: answer
        for name, answer in found.items()
        if answer is not None and len(answer.rivals) < 2
    }
    merging = _clause("merging", said)
    about = _about(said) if _FIRST in said else UNDECIDED
    return f"{about}{merging and f'; {merging}'}."


def _about(said: dict[str, _Said]) -> str:
    """What it is, and what is to be seen of it."""
    answers, rest = _noun(said)
    begins = "Probably" if all(one.sure for one in answers) else "Perhaps"
    spiral = answers[-1].label.startswith(_ARMS)
    words = "a face-on spiral" if spiral else ""
    return f"{begins} {_numbered(answers, words)}{rest}"


def _noun(said: dict[str, _Said]) -> tuple[list[_Said], str]:
    """The answers that say what it is, the last one in words; what follows them."""
    first, edge_on, arms = said[_FIRST], said.get(_EDGE_ON), said.get(_ARMS)
    if first.rivals:
        return [first], ""
    if first.label.endswith("_smooth"):
        rounded = _clause("how-rounded", said)
        return [first], rounded and f", {rounded}"
    if first.label.endswith("_artifact") or edge_on is None:
        return [first], ""
    disk = [first, edge_on]
    if edge_on.rivals:
        return disk, ""
    if edge_on.label.endswith("_yes"):
        return disk, _with([_clause("edge-on-bulge", said)])
    parts = [_clause("bar", said), _clause("bulge-size", said)]
    if arms is not None and arms.label.endswith("_yes") and not arms.rivals:
        parts.append(_wound(said))
        if all(one.sure for one in (*disk, arms)):
            return [*disk, arms], _with(parts)
    return disk, _with([_clause(_ARMS, said), *parts])


def _wound(said: dict[str, _Said]) -> str:
    """The arms: how many, how tightly wound."""
    winding, count = said.get(_WINDING), said.get(_COUNT)
    if count is None:
        return "" if winding is None else _claim([winding], "{} arms")
    if winding is None or winding.rivals:
        return _claim([count]).replace("{} ", "")
    return _claim([winding, count]).replace("{}", _WORDS[winding.label])


def _clause(name: str, said: dict[str, _Said]) -> str:
    return _claim([said[name]]) if name in said else ""


def _with(parts: Sequence[str]) -> str:
    known = [part for part in parts if part]
    if len(known) < 2:
        return "".join(f" with {part}" for part in known)
    return f" with {', '.join(known[:-1])} and {known[-1]}"


def _claim(answers: Sequence[_Said], form: str = "") -> str:
    """Answers with their number, and "perhaps" unless that or an "or" is said."""
    words = _numbered(answers, form)
    sure = all(one.sure for one in answers) or answers[-1].rivals
    return words if sure else f"perhaps {words}"


def _numbered(answers: Sequence[_Said], form: str = "") -> str:
    """The last answer in words, and its rival; the others count in their numbers.

    ``form`` is written instead, "{}" in it standing for an answer's own words.
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


def _largest(posterior: QuestionPosterior) -> _Said | None:
    """The largest answer; None where it is unknown or of another tree."""
    if posterior.largest is None or posterior.largest not in _WORDS:
        return None
    place = posterior.question.labels.index(posterior.largest)
    answer = posterior.answers[place]
    rivals = tuple(
        (other.label, other.probability)
        for other in posterior.answers
        if other is not answer
        and round(answer.probability - other.probability, 6) <= TIED
    )
    return _Said(answer.label, answer.probability, _sure(answer) and not rivals, rivals)


def _sure(answer: AnswerPosterior) -> bool:
    if answer.above_half is None:
        return answer.probability >= MAJORITY
    return answer.probability > 0.5 and answer.above_half >= SURE
