"""The words of choices in addresses, and the codes and earlier words of other links."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from morph.images.stretch import STRETCHES
from morph.posterior.measures import UNCERTAINTIES
from morph.release.photometry_and_redshifts import MEASURED
from morph.selection.certainty.earlier_address import earlier_parameters
from morph.selection.listing.order import EARLIER_KINDS, KINDS
from morph.selection.parameters import parameters
from morph.trees.decision_tree import DecisionTree

# Code -> words of each choice.
LOOKS: Mapping[str, Mapping[str, str]] = {  # of images (`morph.images.rendering`)
    "stretch": {name: one.title for name, one in STRETCHES.items()},
    "zoom": {"1": "1×", "2": "2×", "4": "4×"},
    "bands": {"grz": "grz", "g": "g", "r": "r", "z": "z"},
}
ORDERS = {kind: one.title for kind, one in KINDS.items()}
COLUMNS = {column: one.title for column, one in MEASURED.items()}
OWN = {"own": "One of your columns"}  # of a list, or a similarity
COLOURS = {  # of the map
    "largest": "Most probable answer",
    "answer": "Vote fraction of an answer",
    "sureness": "Uncertainty of an answer",
    "trust": "Trust",
    "selection": "Selection",
    "subset": "Subset",
    "change": "Change between releases",
    "release": "Also in another release",
    **COLUMNS,
    **OWN,
    "none": "Number of galaxies",
}
_OF_PAGES = {**LOOKS, "along": COLUMNS, "colour": COLOURS}
_OF_PAGES |= {
    "sort": ORDERS,
    "uncertainty": {name: one.title for name, one in UNCERTAINTIES.items()},
    "against": COLUMNS | OWN,
}

# Parameter -> words in links made earlier -> the words now.
_EARLIER_COLUMNS = {text[:1].upper() + text[1:]: text for text in COLUMNS.values()}
EARLIER: Mapping[str, Mapping[str, str]] = {
    "rule": {
        "Largest answer": "Most probable",
        "Most probable answer": "Most probable",
        "Asked": "Reached",
    },
    "sure": {"Probability above a value": "Probability above a threshold"},
    "sure_end": {"Most sure": "Most certain", "Least sure": "Least certain"},
    **{
        f"{column}_missing": {"Drop unknown": "Exclude", "Keep unknown": "Include"}
        for column in MEASURED
    },
    "sort": {
        "Highest probability": ORDERS["highest"],
        "Lowest probability": ORDERS["lowest"],
        "Brightest in r": ORDERS["lowest_mag_r"],
        "Largest radius": ORDERS["highest_radius_arcsec"],
        **{before: ORDERS[kind] for before, kind in EARLIER_KINDS.items()},
        **{text.replace("certain", "sure"): text for text in ORDERS.values()},
    },
    "contrast": {"Sure and unsure": "Most and least certain", "Strip": "σ against ρ̂"},
    "space": {
        "What the model sees": "Image features",
        "features": "Image features",
        "Its answers": "Vote fractions",
    },
    "colour": {
        "Largest answer": "Most probable answer",
        "Probability of an answer": "Vote fraction of an answer",
        "Sureness of an answer": "Uncertainty of an answer",
        **_EARLIER_COLUMNS,
    },
    "against": _EARLIER_COLUMNS,
}


def choices(name: str, tree: DecisionTree) -> Mapping[str, str]:
    """Code -> words of the choice that a parameter holds; empty if it holds none."""
    if name in ("question", "triangle", "posterior", "colour_question"):
        return {question.name: question.title for question in tree.questions}
    if name in ("answer", "by", "colour_answer", "changed"):
        return {label: tree.words(label) for label in tree.labels}
    one = parameters(tree).get(name) or earlier_parameters(tree).get(name)
    return one.choices if one else _OF_PAGES.get(name, {})


def code(name: str, value: str, tree: DecisionTree) -> str:
    """The code of a choice, from its code, its words or earlier words."""
    value = EARLIER.get(name, {}).get(value, value)
    codes = {words: code for code, words in choices(name, tree).items()}
    return codes.get(value, value)


def worded(name: str, value: str, tree: DecisionTree) -> str:
    """The words of a choice, from its code, its words or earlier words."""
    # Streamlit (1.67) accepts only the words that `format_func` gives and removes any
    # other value. Remove the codes when it writes and reads options by their value.
    value = code(name, value, tree)
    return choices(name, tree).get(value, value)


def in_words(query: str, tree: DecisionTree) -> str:
    """An address's query as the widgets write it."""
    pairs = parse_qsl(query, keep_blank_values=True)
    rewritten = [(name, worded(name, value, tree)) for name, value in pairs]
    return query if rewritten == pairs else urlencode(rewritten)
