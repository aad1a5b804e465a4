"""One galaxy in one sentence, by rule, from its posterior along the tree.

"Probably a face-on spiral (0.93) with a weak bar (0.48, unsure), a small bulge (0.71)
and two loose arms (0.61); no sign of merging (0.88)." A number is the smallest expected
fraction of votes among the answers that the words before it say; they are unsure if one
of those answers is. Questions that are improbably asked are passed over.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from morph.one_galaxy import QuestionPosterior

REACHED = 0.5  # a question counts if it is asked with at least this probability
SURE = 0.8  # of an answer: P(ρ > 0.5) of at least this, and ρ̂ of at least a half

UNKNOWN = "The release does not say what this galaxy looks like."

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
    """The largest answer of a question, if it counts."""

    label: str
    fraction: float
    sure: bool


def in_words(
    questions: Sequence[QuestionPosterior], *, not_learnt: Collection[str] = ()
) -> str:
    """The sentence; ``not_learnt`` names questions that it must not rest on."""
    found = {
        posterior.question.name: _largest(posterior)
        for posterior in questions
        if posterior.question.name not in not_learnt and _reached(posterior)
    }
    said = {name: answer for name, answer in found.items() if answer is not None}
    if _FIRST not in said:
        return UNKNOWN
    noun, rest = _noun(said)
    begins = "Probably" if all(one.sure for one in noun[1]) else "Perhaps"
    merging = _clause("merging", said)
    return f"{begins} {_numbered(*noun)}{rest}{merging and f'; {merging}'}."


def _noun(said: dict[str, _Said]) -> tuple[tuple[str, list[_Said]], str]:
    """What it is with the answers that say so, and the words that follow."""
    first, edge_on, arms = said[_FIRST], said.get(_EDGE_ON), said.get(_ARMS)
    if first.label.endswith("_smooth"):
        rounded = _clause("how-rounded", said)
        return (_WORDS[first.label], [first]), rounded and f", {rounded}"
    if first.label.endswith("_artifact") or edge_on is None:
        return (_WORDS[first.label], [first]), ""
    disk = [first, edge_on]
    if edge_on.label.endswith("_yes"):
        return (_WORDS[edge_on.label], disk), _with([_clause("edge-on-bulge", said)])
    parts = [_clause("bar", said), _clause("bulge-size", said)]
    if arms is not None and arms.label.endswith("_yes"):
        parts.append(_wound(said))
        if all(one.sure for one in (*disk, arms)):
            return ("a face-on spiral", [*disk, arms]), _with(parts)
    return (_WORDS[edge_on.label], disk), _with([_clause(_ARMS, said), *parts])


def _wound(said: dict[str, _Said]) -> str:
    """The arms: how many, how tightly wound."""
    winding, count = said.get(_WINDING), said.get(_COUNT)
    if count is None:
        return "" if winding is None else _numbered(f"{_word(winding)} arms", [winding])
    adjective = "" if winding is None else f"{_word(winding)} "
    words = _word(count).replace("{} ", adjective)
    return _numbered(words, [one for one in (winding, count) if one is not None])


def _word(answer: _Said) -> str:
    return _WORDS[answer.label]


def _clause(name: str, said: dict[str, _Said]) -> str:
    return _numbered(_word(said[name]), [said[name]]) if name in said else ""


def _with(parts: Sequence[str]) -> str:
    known = [part for part in parts if part]
    if len(known) < 2:
        return "".join(f" with {part}" for part in known)
    return f" with {', '.join(known[:-1])} and {known[-1]}"


def _numbered(words: str, answers: Sequence[_Said]) -> str:
    least = min(one.fraction for one in answers)
    sure = all(one.sure for one in answers)
    return f"{words} ({least:.2f})" if sure else f"{words} ({least:.2f}, unsure)"


def _reached(posterior: QuestionPosterior) -> bool:
    return posterior.asked is not None and posterior.asked >= REACHED


def _largest(posterior: QuestionPosterior) -> _Said | None:
    """The largest answer; None where it is unknown or of another tree."""
    if posterior.largest is None or posterior.largest not in _WORDS:
        return None
    place = posterior.question.labels.index(posterior.largest)
    answer = posterior.answers[place]
    likely = answer.above_half is None or answer.above_half >= SURE
    return _Said(answer.label, answer.probability, answer.probability >= 0.5 and likely)
