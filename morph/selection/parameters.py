"""The parameters of a selection: what each means, its default, and how it is read.

One control of the sidebar is one parameter of an address, under the same name. The one
table here serves links, controls and the documentation of addresses.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from operator import itemgetter
from typing import Any

from morph.errors import MorphError
from morph.release.photometry_and_redshifts import MEASURED
from morph.selection.selection import Selection
from morph.trees.decision_tree import GZD5, DecisionTree

# Code -> words of each choice. Widgets write the words into an address; both are read.
RULES = {
    "largest": "Most probable",
    "asked": "Reached",
    "off": "Ignore",
}
MISSING = {"drop": "Exclude", "keep": "Include"}

# Those of hidden widgets: conditions and a region of the sky as text, ids of what the
# workspace holds.
KEPT_PARAMETERS = ("certain", "sky", "regions", "in_subset", "not_in_subset", "own")


@dataclass(frozen=True)
class SelectionParameter:
    """One parameter: ``parse`` reads the texts of an address or raises MorphError.

    ``default`` is what an address without it stands for; None where a release decides.
    ``example`` is a value to try, ``needs`` what an address must say for it to count.
    """

    means: str
    default: Any
    parse: Callable[[Sequence[str]], Any]
    example: tuple[str, ...] = ()
    needs: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, str] = field(default_factory=dict)  # code -> words


def as_text(value: Any) -> str | list[str]:
    """A parameter's value as an address holds it: 1, not 1.0, as Streamlit writes."""
    if isinstance(value, tuple | list):
        return [as_text(part) for part in value]
    if isinstance(value, str):
        return value
    return str(int(value)) if value == int(value) else str(float(value))


def number(texts: Sequence[str]) -> float:
    """The last of the texts as a number; MorphError if it is none."""
    try:
        return float(texts[-1])
    except ValueError as error:
        raise MorphError(f"“{texts[-1]}” is not a number") from error


def _whole(texts: Sequence[str]) -> int:
    given = number(texts)
    if not given.is_integer():
        raise MorphError(f"“{texts[-1]}” is not a whole number")
    return int(given)


def _pair(texts: Sequence[str]) -> tuple[float, float]:
    if len(texts) != 2:
        raise MorphError(f"expected two numbers, not {len(texts)}")
    return number(texts[:1]), number(texts[1:])


def choice(
    means: str, choices: Mapping[str, str], *example: str, **others: Any
) -> SelectionParameter:
    """A choice whose first one is the default."""

    def parse(texts: Sequence[str]) -> str:
        if texts[-1] in choices:
            return texts[-1]
        raise MorphError(f"expected one of: {', '.join(choices)}")

    first = next(iter(choices))
    return SelectionParameter(means, first, parse, example, choices=choices, **others)


_Row = SelectionParameter
_ASKED = "Minimum probability of reaching the question"
_VOTES = "Minimum votes on each limited question, if the release has votes"
_FIXED = {
    "rule": choice(
        "How the decision tree is applied: largest, asked or off", RULES, "off"
    ),
    "asked": _Row(_ASKED, Selection.asked, number, ("0.7",), {"rule": "asked"}),
    "least_votes": _Row(_VOTES, Selection.least_votes, _whole, ("{well_sampled}",)),
    **{
        column: _Row(f"Range of {column}, in the column’s unit", None, _pair)
        for column in MEASURED
    },
    **{
        f"{column}_missing": choice(f"Keep or drop galaxies without {column}", MISSING)
        for column in MEASURED
    },
    "sky": _Row(
        "Region of the sky, ICRS degrees: CIRCLE ra dec radius, POLYGON ra dec ra dec "
        "ra dec …, or MOC and the id of a saved coverage map; NOT before it: outside",
        "",
        itemgetter(-1),
        ("CIRCLE 184.675 11.7318 10",),
    ),
    "regions": _Row(
        "Drawn regions (the id under which they are saved)", "", itemgetter(-1)
    ),
    "in_subset": _Row("Keep the galaxies of this subset (its id)", [], list),
    "not_in_subset": _Row("Exclude the galaxies of this subset (its id)", [], list),
    "own": _Row(
        "Limit on a column of your own: the subset’s id and the column’s key, "
        "then [low, high] or a list of texts or truth values as JSON; null among them "
        "keeps galaxies without a value; may be repeated",
        [],
        list,
    ),
}


@cache
def parameters(tree: DecisionTree = GZD5) -> Mapping[str, SelectionParameter]:
    """Every parameter of a selection by its name."""
    limits = {}
    for label in tree.labels:
        answer = f"{tree.words(label)} ({tree.question_of(label).title})"
        means = f"Range of the expected vote fraction of {answer}"
        limits[label] = _Row(means, (0.0, 1.0), _pair, ("0.5", "1"))
    first = tree.first_answer
    certain = _Row(
        "Condition of certainty: “tail”, an answer, t and the minimum P(ρ > t); "
        "“sigma”, an answer and the maximum σ; or “surest” or “least”, a measure "
        "(variance, concentration or information), an answer and a percentage; may be "
        "repeated",
        [],
        list,
        (f"tail {first} 0.5 0.9", f"sigma {first} 0.15"),
    )
    return {**limits, **_FIXED, "certain": certain}
