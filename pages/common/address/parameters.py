"""What the parameters of an address mean: the pages' own, and the selection's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from morph.posterior.tree import TREES, DecisionTree
from morph.release.manifest import MEASURED
from morph.selection.url import KEPT_PARAMETERS, parameter_names


@dataclass(frozen=True)
class Parameter:
    """A parameter: the page whose view it sets, what it means, and values to try.

    Values may name what is loaded: ``{release}``, ``{other}`` release, ``{iauname}``.
    """

    page: str
    means: str
    example: tuple[str, ...] = ()


def _corner(label: str, tree: DecisionTree) -> Parameter:
    return Parameter("simplex", f"Corner at which {tree.words(label)} stands")


# What the pages keep in the address beside the selection.
PAGE_PARAMETERS: Mapping[str, Parameter] = {
    "release": Parameter("explore", "The release shown, by its name", ("{release}",)),
    "id": Parameter("galaxy", "The galaxy shown, by its name", ("{iauname}",)),
    "order": Parameter("galaxy", "Order of the galaxies before and after it"),
    "stretch": Parameter("galaxy", "viewer, authors or linear", ("linear",)),
    "zoom": Parameter("galaxy", "Into the middle: 1, 2 or 4 times", ("2",)),
    "bands": Parameter("galaxy", "grz as colours, or one of them in grey", ("r",)),
    "invert": Parameter("galaxy", "Its picture as a negative", ("true",)),
    "twin": Parameter("galaxy", "Which other picture of it is looked at"),
    "pair": Parameter("galaxy", "Both pictures one at a time or side by side"),
    "posterior": Parameter("galaxy", "Question whose own posterior is drawn", ("bar",)),
    "view": Parameter("explore", "Gallery, table or histograms", ("Table",)),
    "sort": Parameter("explore", "What galaxies are sorted by"),
    "by": Parameter("explore", "Answer whose probability they are sorted by"),
    "seed": Parameter("explore", "Number that fixes a random order", ("7",)),
    "tiles": Parameter("explore", "Galaxies a page", ("96",)),
    "page": Parameter("explore", "Which page of them", ("2",)),
    "step": Parameter(
        "explore", "The step of the selection whose lost galaxies are shown", ("mag_r",)
    ),
    "run": Parameter("runs", "The run that is unfolded, by its name"),
    "question": Parameter("contrast", "The question compared or contrasted", ("bar",)),
    "uncertainty": Parameter("contrast", "Which kind of sureness"),
    "above": Parameter("contrast", "Least probability of the answers", ("0.6",)),
    "tails": Parameter("contrast", "Share of most and least sure, in percent", ("30",)),
    "images": Parameter("contrast", "Pictures in each cell", ("12",)),
    "contrast": Parameter("contrast", "Which of its views"),
    "answer": Parameter("populations", "The answer a page is about", ("bar_weak",)),
    "blind": Parameter("contrast", "Hide which row is which", ("true",)),
    "triangle": Parameter("simplex", "The question drawn", ("how-rounded",)),
    "beside": Parameter("simplex", "A second release beside the first", ("{other}",)),
    "layers": Parameter("simplex", "What is drawn"),
    "panels": Parameter("simplex", "One triangle or three"),
    "blur": Parameter("simplex", "Blur galaxies by their posteriors", ("true",)),
    "reading": Parameter("simplex", "Show how to read it", ("true",)),
    **{
        f"at_{label}": _corner(label, tree)
        for tree in TREES.values()
        for label in tree.labels
    },
    "colour": Parameter("map", "What the map is coloured by"),
    "colour_question": Parameter("map", "Question whose answers colour the map"),
    "colour_answer": Parameter("map", "Answer that colours the map"),
    "colour_other": Parameter("map", "Release the map’s colours compare with"),
    "colour_subset": Parameter("map", "Subset that colours the map"),
    "paint": Parameter("map", "Points, or means of pixels"),
    "landmarks": Parameter("map", "Pictures as landmarks", ("false",)),
    "map_seed": Parameter("map", "Number that fixes the sample drawn", ("7",)),
    "part": Parameter("map", "The part drawn anew: its left, right, low, high end"),
    "picked": Parameter("map", "The galaxy picked", ("{iauname}",)),
    "drawn": Parameter("map", "The outlines drawn, by their id in the workspace"),
    "like": Parameter("similar", "An example to look for, any number", ("{iauname}",)),
    "unlike": Parameter("similar", "An example to stay away from, any number"),
    "space": Parameter("similar", "What is compared: features or answers"),
    "number": Parameter("similar", "How many are shown", ("96",)),
    "inside": Parameter("similar", "Look inside the selection only", ("true",)),
    "skip": Parameter("similar", "Skip near neighbours on the sky", ("false",)),
    "same_magnitude": Parameter("similar", "Only galaxies about as bright", ("true",)),
    "towards": Parameter("similar", "Answer that shall differ from the examples"),
    "wanted": Parameter("similar", "Fraction of its votes wanted", ("0.9",)),
    "with": Parameter("compare", "The release it is held against", ("{other}",)),
    "cell": Parameter("compare", "The cell whose galaxies are shown"),
    "against": Parameter("populations", "The measured column", ("redshift",)),
    "fraction": Parameter("populations", "Fraction of galaxies or votes", ("Votes",)),
    "threshold": Parameter("designer", "Share of votes to have the answer", ("0.6",)),
    "bins": Parameter("populations", "Number of bins", ("16",)),
    "equal": Parameter("populations", "Bins of equal numbers", ("true",)),
    "purity": Parameter("designer", "Purity wanted, in percent", ("95",)),
    "judged": Parameter("designer", "Judged by posteriors or by votes"),
    "subset": Parameter("subsets", "The subset shown, by its id"),
    "aspect": Parameter("subsets", "Files, code, text for a paper, or another release"),
}

_SELECTION = {
    "rule": ("How the tree is followed: largest, asked or off", ("off",)),
    "asked": ("Least probability that the question is asked", ("0.7",)),
    "sure": ("Kind of sureness: tail, variance, concentration, …", ("variance",)),
    "sure_answer": ("Answer that the model must be sure of", ("bar_strong",)),
    "sure_t": ("t of P(ρ > t)", ("0.5",)),
    "sure_c": ("Least P(ρ > t)", ("0.95",)),
    "sure_share": ("Share of the surest kept, in percent", ("15",)),
    "sure_end": ("Keep the surest or the least sure", ("least",)),
    "regions": ("Outlines drawn on planes, by their id in the workspace", ()),
    "in_subset": ("Only galaxies of this subset, by its id", ()),
    "not_in_subset": ("No galaxies of this subset, by its id", ()),
}
# What else an address must say for a parameter to count.
_TAIL, _VARIANCE = {"sure": "tail"}, {"sure": "variance"}
_NEEDS = {
    "asked": {"rule": "asked"},
    "sure_answer": _TAIL,
    "sure_t": _TAIL,
    "sure_c": _TAIL,
    "sure_share": _VARIANCE,
    "sure_end": _VARIANCE,
}


def selection_parameters(tree: DecisionTree) -> Iterator[tuple[str, Parameter]]:
    """Each parameter of a selection with its meaning; KeyError for an unknown one."""
    for name in (*parameter_names(tree), *KEPT_PARAMETERS):
        if name in tree.labels:
            title = tree.question_of(name).title
            means = f"Least and largest probability of {tree.words(name)} ({title})"
            yield name, Parameter("explore", means, ("0.5", "1"))
        elif name in MEASURED:
            means = f"Least and largest {name}, in the column’s unit"
            yield name, Parameter("explore", means)
        elif name.endswith("_missing"):
            column = name.removesuffix("_missing")
            means = f"Keep or drop galaxies of unknown {column}, where it is limited"
            yield name, Parameter("explore", means)
        else:
            means, example = _SELECTION[name]
            yield name, Parameter("explore", means, example)


def example_link(name: str, parameter: Parameter, loaded: Mapping[str, str]) -> str:
    """The address that shows a parameter at work, or "" where it has no example.

    ``loaded`` gives the words for what an example may name.
    """
    if not parameter.example:
        return ""
    try:
        values = [value.format(**loaded) for value in parameter.example]
    except KeyError:  # such as another release, where only one is loaded
        return ""
    query = _NEEDS.get(name, {}) | {name: values}
    return f"{parameter.page}?{urlencode(query, doseq=True)}"
