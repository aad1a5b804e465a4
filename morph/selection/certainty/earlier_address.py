"""The certainty in addresses made earlier: one condition in several parameters."""

from collections.abc import Callable, Mapping
from functools import cache
from operator import itemgetter
from typing import Any

from morph.posterior.measures import UNCERTAINTIES
from morph.selection.certainty.certainty import Certainty, Surest, Tail
from morph.selection.parameters import SelectionParameter, choice, number
from morph.trees.decision_tree import GZD5, DecisionTree

# Code -> words of each choice, which widgets wrote into addresses.
_KINDS = {
    "none": "Off",
    "tail": "Probability above a threshold",
    **{name: measure.title for name, measure in UNCERTAINTIES.items()},
}
_ENDS = {"surest": "Most certain", "least": "Least certain"}


@cache
def earlier_parameters(
    tree: DecisionTree = GZD5,
) -> Mapping[str, SelectionParameter]:
    """The parameters by their names; "sure" is the kind of the condition."""
    return {
        "sure": choice("Uncertainty measure", _KINDS),
        "sure_answer": SelectionParameter(
            "Answer whose uncertainty is used",
            tree.labels[0],
            itemgetter(-1),
            choices={label: tree.words(label) for label in tree.labels},
        ),
        "sure_t": SelectionParameter("t of P(ρ > t)", Tail.threshold, number),
        "sure_c": SelectionParameter("Minimum P(ρ > t)", Tail.at_least, number),
        "sure_share": SelectionParameter("Percentage kept", Surest.percent, number),
        "sure_end": choice("Most or least certain", _ENDS),
    }


def condition(value: Callable[[str], Any], tree: DecisionTree) -> tuple[Certainty, ...]:
    """The condition of the parameters' values, if there is one.

    Raises MorphError for one that cannot be.
    """
    kind, label = value("sure"), value("sure_answer")
    if kind == "none":
        return ()
    tree.question_of(label)
    if kind == "tail":
        return (Tail(label, value("sure_t"), value("sure_c")),)
    return (Surest(kind, label, value("sure_share"), value("sure_end") == "least"),)
