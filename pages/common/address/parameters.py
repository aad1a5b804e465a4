"""What the parameters of an address mean: the pages' own, and the selection's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from morph.posterior.tree import TREES, DecisionTree
from morph.selection.parameters import parameters


@dataclass(frozen=True)
class Parameter:
    """A parameter: the page whose view it sets, what it means, and values to try.

    Values may name what is loaded: ``{release}``, ``{other}`` release, ``{iauname}``.
    """

    page: str
    means: str
    example: tuple[str, ...] = ()
    needs: Mapping[str, str] = field(default_factory=dict)  # to count at all


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


def selection_parameters(tree: DecisionTree) -> Iterator[tuple[str, Parameter]]:
    """Each parameter of a selection with its meaning."""
    for name, one in parameters(tree).items():
        yield name, Parameter("explore", one.means, one.example, one.needs)


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
    query = {**parameter.needs, name: values}
    return f"{parameter.page}?{urlencode(query, doseq=True)}"
