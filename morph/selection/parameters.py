"""The parameters of a selection: what each means, its default, and how it is read.

One control of the sidebar is one parameter of an address, under the same name. The one
table here serves links, controls and the documentation of addresses.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from morph.errors import MorphError
from morph.posterior.tree import GZD5, DecisionTree
from morph.release.manifest import MEASURED
from morph.selection.selection import Selection, Surest, Tail

# Code -> words of each choice. Widgets write the words into an address.
RULES = {
    "largest": "Most probable answer",
    "asked": "Asked",
    "off": "Ignore",
}
SURENESS = {
    "none": "Off",
    "tail": "Probability above a value",
    "variance": "Variance",
    "concentration": "Total concentration",
    "information": "Mutual information",
}
ENDS = {"surest": "Most certain", "least": "Least certain"}
MISSING = {"drop": "Drop unknown", "keep": "Keep unknown"}

# Ids of what the workspace holds: regions do not fit into an address.
KEPT_PARAMETERS = ("regions", "in_subset", "not_in_subset")


@dataclass(frozen=True)
class SelectionParameter:
    """One parameter: ``parse`` reads the texts of an address or raises MorphError.

    ``default`` is what an address without it stands for; None where a release decides.
    ``example`` is a value to try, ``needs`` what an address must say for it to count.
    """

    means: str
    default: Any
    parse: Callable[[Sequence[str]], Any]
    choices: Mapping[str, str] = field(default_factory=dict)  # code -> words
    example: tuple[str, ...] = ()
    needs: Mapping[str, str] = field(default_factory=dict)


def as_text(value: Any) -> str | list[str]:
    """A parameter's value as an address holds it: 1, not 1.0, as Streamlit writes."""
    if isinstance(value, tuple | list):
        return [as_text(part) for part in value]
    if isinstance(value, str):
        return value
    return str(int(value)) if value == int(value) else str(float(value))


@cache
def parameters(tree: DecisionTree = GZD5) -> Mapping[str, SelectionParameter]:
    """Every parameter of a selection by its name."""
    limits = {
        label: SelectionParameter(
            f"Range of the probability of {tree.words(label)} "
            f"({tree.question_of(label).title})",
            (0.0, 1.0),
            _pair,
            example=("0.5", "1"),
        )
        for label in tree.labels
    }
    return {**limits, **_rule(), **_sureness(tree), **_measured(), **_kept()}


def _rule() -> dict[str, SelectionParameter]:
    return {
        "rule": _choice(
            "rule",
            "How the tree is followed: largest, asked or off",
            RULES,
            default=Selection.rule,
            example=("off",),
        ),
        "asked": SelectionParameter(
            "Lowest probability that the question is asked",
            Selection.asked,
            _number,
            example=("0.7",),
            needs={"rule": "asked"},
        ),
    }


def _sureness(tree: DecisionTree) -> dict[str, SelectionParameter]:
    tail, share = {"sure": "tail"}, {"sure": "variance"}
    return {
        "sure": _choice(
            "sure",
            "Uncertainty measure: tail, variance, concentration, …",
            SURENESS,
            default="none",
            example=("variance",),
        ),
        "sure_answer": SelectionParameter(
            "Answer whose uncertainty counts",
            tree.labels[0],
            _last,
            example=("bar_strong",),
            needs=tail,
        ),
        "sure_t": SelectionParameter(
            "t of P(ρ > t)", Tail.threshold, _number, example=("0.5",), needs=tail
        ),
        "sure_c": SelectionParameter(
            "Lowest P(ρ > t)", Tail.at_least, _number, example=("0.95",), needs=tail
        ),
        "sure_share": SelectionParameter(
            "Percentage of galaxies to keep, by uncertainty",
            Surest.percent,
            _number,
            example=("15",),
            needs=share,
        ),
        "sure_end": _choice(
            "sure_end",
            "Keep the most or the least certain: surest or least",
            ENDS,
            default="surest",
            example=("least",),
            needs=share,
        ),
    }


def _measured() -> dict[str, SelectionParameter]:
    ranges = {
        column: SelectionParameter(
            f"Range of {column}, in the column’s unit", None, _pair
        )
        for column in MEASURED
    }
    missing = {
        f"{column}_missing": _choice(
            f"{column}_missing",
            f"Keep or drop galaxies of unknown {column}, where it is limited",
            MISSING,
            default="drop",
        )
        for column in MEASURED
    }
    return ranges | missing


def _kept() -> dict[str, SelectionParameter]:
    return {
        "regions": SelectionParameter("Regions drawn, by their saved id", "", _last),
        "in_subset": SelectionParameter("Galaxies of this subset, by its id", [], list),
        "not_in_subset": SelectionParameter(
            "No galaxies of this subset, by its id", [], list
        ),
    }


def _choice(
    name: str, means: str, choices: Mapping[str, str], **others: Any
) -> SelectionParameter:
    def parse(texts: Sequence[str]) -> str:
        if texts[-1] not in choices:
            raise MorphError(
                f"{texts[-1]!r} is not a value of {name}; expected one of: "
                f"{', '.join(choices)}"
            )
        return texts[-1]

    return SelectionParameter(means, parse=parse, choices=choices, **others)


def _last(texts: Sequence[str]) -> str:
    return texts[-1]


def _number(texts: Sequence[str]) -> float:
    try:
        return float(texts[-1])
    except ValueError as error:
        raise MorphError(f"“{texts[-1]}” is not a number") from error


def _pair(texts: Sequence[str]) -> tuple[float, float]:
    if len(texts) != 2:
        raise MorphError(f"expected two numbers, not {len(texts)}")
    return _number(texts[:1]), _number(texts[1:])
