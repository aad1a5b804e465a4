"""Selection: what the astronomer asked for, as a value; no database behind it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from morph.errors import MorphError
from morph.release import PHYSICAL
from morph.tree import GZD5, DecisionTree, Question

Rule = Literal["largest", "asked", "off"]
Uncertainty = Literal["variance", "concentration", "information"]

RULES: tuple[Rule, ...] = get_args(Rule)
UNCERTAINTIES: tuple[Uncertainty, ...] = get_args(Uncertainty)

# Columns that may be limited beside the answers: name -> (unit, meaning).
MEASURED: dict[str, tuple[str, str]] = {
    "ra": ("deg", "right ascension"),
    "dec": ("deg", "declination"),
    **PHYSICAL,
}


@dataclass(frozen=True)
class Tail:
    """Sure that an answer's vote fraction is high: P(ρ > threshold) ≥ at_least."""

    label: str
    threshold: float = 0.5
    at_least: float = 0.9

    def __post_init__(self) -> None:
        _check_fraction("threshold", self.threshold)
        _check_fraction("at_least", self.at_least)


@dataclass(frozen=True)
class Surest:
    """The surest ``percent`` of the galaxies that every other answer filter leaves.

    By lowest variance of the answer, by highest total concentration of its question,
    or by lowest mutual information of its question between the model's passes.
    """

    by: Uncertainty
    label: str
    percent: float = 15.0

    def __post_init__(self) -> None:
        if self.by not in UNCERTAINTIES:
            raise MorphError(
                f"uncertainty is {self.by!r}; expected one of: "
                f"{', '.join(UNCERTAINTIES)}"
            )
        if not 0 < self.percent <= 100:
            raise MorphError(
                f"the surest {self.percent} % were asked for; expected a share above 0 "
                "and up to 100 %"
            )


@dataclass(frozen=True)
class Limit:
    """A range of a measured column, both ends included."""

    low: float
    high: float
    keep_missing: bool = False

    def __post_init__(self) -> None:
        _check_order("a measured column", self.low, self.high)


@dataclass(frozen=True)
class Selection:
    """Galaxies by their answers, how sure those are, and what was measured of them.

    Parameters
    ----------
    limits : mapping
        Label -> (low, high), the range of its expected probability in [0, 1], both
        ends included; (0, 1) is no limit. A galaxy without that probability never
        matches a limit.
    rule : {"largest", "asked", "off"}
        How the tree is followed for every question that is limited or must be sure:
        each answer on the way there is the largest of its question; or the question is
        asked with probability ``asked`` at least; or the tree is ignored.
    sureness : Tail or Surest, optional
    physical : mapping
        Column of MEASURED -> Limit.

    Raises
    ------
    MorphError
        If a label or column is unknown, or a value out of range.
    """

    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    rule: Rule = "largest"
    asked: float = 0.5
    sureness: Tail | Surest | None = None
    physical: Mapping[str, Limit] = field(default_factory=dict)
    tree: DecisionTree = GZD5

    def __post_init__(self) -> None:
        self._check()
        # Written in tree order, so that equal selections look equal everywhere.
        limits = {
            label: (float(self.limits[label][0]), float(self.limits[label][1]))
            for label in self.tree.labels
            if label in self.limits and tuple(self.limits[label]) != (0, 1)
        }
        physical = {n: self.physical[n] for n in MEASURED if n in self.physical}
        object.__setattr__(self, "limits", limits)
        object.__setattr__(self, "physical", physical)

    def _check(self) -> None:
        for label, (low, high) in self.limits.items():
            self.tree.question_of(label)
            _check_order(
                label, _check_fraction(label, low), _check_fraction(label, high)
            )
        if self.rule not in RULES:
            raise MorphError(f"rule is {self.rule!r}; expected one of {RULES}")
        _check_fraction("asked", self.asked)
        if self.sureness is not None:
            self.tree.question_of(self.sureness.label)
        for column in self.physical:
            if column not in MEASURED:
                raise MorphError(
                    f"{column!r} is not a column that can be limited; expected one "
                    f"of: {', '.join(MEASURED)}"
                )

    @property
    def is_empty(self) -> bool:
        """True where every galaxy matches."""
        return not (self.limits or self.sureness or self.physical)

    @property
    def questions(self) -> tuple[Question, ...]:
        """Questions whose answers are limited or must be sure, in tree order."""
        labels = set(self.limits)
        if self.sureness is not None:
            labels.add(self.sureness.label)
        names = {self.tree.question_of(label).name for label in labels}
        return tuple(q for q in self.tree.questions if q.name in names)

    def without(self, parameter: str) -> "Selection":
        """The same without one filter: a label, a column, "sure", or the "rule"."""
        if parameter == "sure":
            return replace(self, sureness=None)
        if parameter == "rule":
            return replace(self, rule="off")
        limits = {k: v for k, v in self.limits.items() if k != parameter}
        physical = {k: v for k, v in self.physical.items() if k != parameter}
        return replace(self, limits=limits, physical=physical)


def _check_fraction(what: str, value: float) -> float:
    if not 0 <= value <= 1:
        raise MorphError(f"{what} is {value}; expected a number between 0 and 1")
    return value


def _check_order(what: str, low: float, high: float) -> None:
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise MorphError(
            f"{what} is limited to {low} ... {high}; expected two numbers, the lower "
            "one first"
        )
