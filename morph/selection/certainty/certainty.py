"""Conditions on how certain an answer is, as values and as text of an address.

Several apply together: each keeps some of the galaxies that those before it leave.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from morph.errors import MorphError
from morph.posterior.measures import UNCERTAINTIES
from morph.trees.decision_tree import DecisionTree

MOST_CONDITIONS = 5
MOST_SIGMA = 0.5  # no fraction between 0 and 1 has a larger standard deviation

_EXPECTED = (
    "expected such as “tail bar_strong 0.5 0.9”, “sigma bar_strong 0.1” or "
    "“surest variance bar_strong 15”"
)


@dataclass(frozen=True)
class Tail:
    """An answer's vote fraction is probably high: P(ρ > threshold) ≥ at_least."""

    label: str
    threshold: float = 0.5
    at_least: float = 0.9

    def __post_init__(self) -> None:
        _check("threshold", self.threshold, 1)
        _check("at_least", self.at_least, 1)


@dataclass(frozen=True)
class Spread:
    """An answer's vote fraction is well known: its standard deviation σ ≤ at_most.

    For a release with several passes, that of all passes together.
    """

    label: str
    at_most: float = 0.1

    def __post_init__(self) -> None:
        _check("the standard deviation", self.at_most, MOST_SIGMA)


@dataclass(frozen=True)
class Surest:
    """The most, or the ``least``, certain galaxies of those that all conditions before
    it leave: ``percent`` of them, by a measure of UNCERTAINTIES.
    """

    by: str
    label: str
    percent: float = 15.0
    least: bool = False

    def __post_init__(self) -> None:
        if self.by not in UNCERTAINTIES:
            raise MorphError(
                f"uncertainty is {self.by!r}; expected one of: "
                f"{', '.join(UNCERTAINTIES)}"
            )
        if not 0 < self.percent <= 100:
            raise MorphError(
                f"the percentage is {self.percent}; expected a number above 0 and at "
                "most 100"
            )


Certainty = Tail | Spread | Surest

_KINDS = (Tail, Spread, Surest)  # in this order they apply


def in_order(
    conditions: Iterable[Certainty], tree: DecisionTree
) -> tuple[Certainty, ...]:
    """The conditions as they apply: equal ones once, percentages last, by answer.

    A percentage depends on what is applied before it, so there is one order of the same
    conditions. Raises MorphError for an unknown answer, or too many conditions.
    """
    different = set(conditions)
    for one in different:
        tree.question_of(one.label)
    ordered = sorted(different, key=lambda one: _position(one, tree))
    if len(ordered) > MOST_CONDITIONS:
        raise MorphError(
            f"there would be {len(ordered)} conditions of certainty; at most "
            f"{MOST_CONDITIONS} are allowed. Remove one first"
        )
    return tuple(ordered)


def to_text(condition: Certainty) -> str:
    """A condition as an address holds it, and by which a selection names it."""
    match condition:
        case Tail(label, threshold, at_least):
            return f"tail {label} {_number(threshold)} {_number(at_least)}"
        case Spread(label, at_most):
            return f"sigma {label} {_number(at_most)}"
        case Surest(by, label, percent, least):
            end = "least" if least else "surest"
            return f"{end} {by} {label} {_number(percent)}"


def from_text(text: str) -> Certainty:
    """The condition that `to_text` wrote; MorphError for any other text."""
    match text.split():
        case ["tail", label, threshold, at_least]:
            return Tail(label, _read(threshold), _read(at_least))
        case ["sigma", label, at_most]:
            return Spread(label, _read(at_most))
        case ["surest" | "least" as end, by, label, percent]:
            return Surest(by, label, _read(percent), end == "least")
    raise MorphError(f"it is no condition of certainty; {_EXPECTED}")


def _position(condition: Certainty, tree: DecisionTree) -> tuple:
    """Sorts conditions: by kind, answer, measure and end, then by their numbers."""
    kind = _KINDS.index(type(condition))
    label = tree.labels.index(condition.label)
    match condition:
        case Tail(_, threshold, at_least):
            return kind, label, threshold, at_least
        case Spread(_, at_most):
            return kind, label, at_most
        case Surest(by, _, percent, least):
            return kind, label, [*UNCERTAINTIES].index(by), least, percent


def _check(what: str, value: float, most: float) -> None:
    if not 0 <= value <= most:
        raise MorphError(f"{what} is {value}; expected a number between 0 and {most}")


def _number(value: float) -> str:
    """1, not 1.0, as in the rest of an address."""
    return str(int(value)) if value == int(value) else str(float(value))


def _read(text: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise MorphError(f"“{text}” is not a number; {_EXPECTED}") from error
    if math.isnan(number):
        raise MorphError(f"“{text}” is not a number; {_EXPECTED}")
    return number + 0.0  # -0.0 reads as 0
