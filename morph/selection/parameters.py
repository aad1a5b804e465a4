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
from morph.posterior.measures import UNCERTAINTIES
from morph.release.photometry_and_redshifts import MEASURED
from morph.selection.selection import Selection, Surest, Tail
from morph.trees.decision_tree import GZD5, DecisionTree

# Code -> words of each choice. Widgets write the words into an address; both are read.
RULES = {
    "largest": "Most probable",
    "asked": "Reached",
    "off": "Ignore",
}
SURENESS = {
    "none": "Off",
    "tail": "Probability above a threshold",
    **{name: measure.title for name, measure in UNCERTAINTIES.items()},
}
ENDS = {"surest": "Most certain", "least": "Least certain"}
MISSING = {"drop": "Exclude", "keep": "Include"}

# Those of hidden widgets: a region of the sky as text, ids of what the workspace holds.
KEPT_PARAMETERS = ("sky", "regions", "in_subset", "not_in_subset", "own")


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


def _number(texts: Sequence[str]) -> float:
    try:
        return float(texts[-1])
    except ValueError as error:
        raise MorphError(f"“{texts[-1]}” is not a number") from error


def _whole(texts: Sequence[str]) -> int:
    number = _number(texts)
    if not number.is_integer():
        raise MorphError(f"“{texts[-1]}” is not a whole number")
    return int(number)


def _pair(texts: Sequence[str]) -> tuple[float, float]:
    if len(texts) != 2:
        raise MorphError(f"expected two numbers, not {len(texts)}")
    return _number(texts[:1]), _number(texts[1:])


def _choice(
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
_TAIL, _SHARE = {"sure": "tail"}, {"sure": "variance"}
_ASKED = "Minimum probability of reaching the question"
_VOTES = "Minimum votes on each limited question, if the release has votes"
_SURE = "Uncertainty measure: tail, variance, concentration, …"
_END = "Keep the most or the least certain: surest or least"
_FIXED = {
    "rule": _choice(
        "How the decision tree is applied: largest, asked or off", RULES, "off"
    ),
    "asked": _Row(_ASKED, Selection.asked, _number, ("0.7",), {"rule": "asked"}),
    "least_votes": _Row(_VOTES, Selection.least_votes, _whole, ("{well_sampled}",)),
    "sure": _choice(_SURE, SURENESS, "variance"),
    "sure_t": _Row("t of P(ρ > t)", Tail.threshold, _number, ("0.5",), _TAIL),
    "sure_c": _Row("Minimum P(ρ > t)", Tail.at_least, _number, ("0.95",), _TAIL),
    "sure_share": _Row(
        "Percentage of galaxies kept", Surest.percent, _number, ("15",), _SHARE
    ),
    "sure_end": _choice(_END, ENDS, "least", needs=_SHARE),
    **{
        column: _Row(f"Range of {column}, in the column’s unit", None, _pair)
        for column in MEASURED
    },
    **{
        f"{column}_missing": _choice(f"Keep or drop galaxies without {column}", MISSING)
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
    means, first = "Answer whose uncertainty is used", tree.labels[0]
    answer = _Row(means, first, itemgetter(-1), (tree.first_answer,), _TAIL)
    return {**limits, **_FIXED, "sure_answer": answer}
