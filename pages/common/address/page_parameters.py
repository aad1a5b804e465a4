"""The parameters of an address and their meaning: of pages, and of the selection."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from morph.selection.parameters import parameters
from morph.trees.decision_tree import TREES, DecisionTree


@dataclass(frozen=True)
class Parameter:
    """A parameter: the page whose view it sets, what it means, and values to try.

    Values may name what is loaded: ``{release}``, ``{other}`` release, ``{iauname}``,
    a ``{question}`` and ``{answer}`` of its tree, and one with a ``{triangle}``.
    """

    page: str
    means: str
    example: tuple[str, ...] = ()
    needs: Mapping[str, str] = field(default_factory=dict)  # to count at all


# What the pages keep in the address beside the selection.
PAGE_PARAMETERS: Mapping[str, Parameter] = {
    "release": Parameter("explore", "Name of the release shown", ("{release}",)),
    "id": Parameter("galaxy", "Name of the galaxy shown", ("{iauname}",)),
    "order": Parameter("galaxy", "Order used by Previous and Next"),
    "stretch": Parameter(
        "galaxy", "Colour stretch: viewer, authors (Ye et al.) or linear", ("linear",)
    ),
    "zoom": Parameter("galaxy", "Magnification: 1, 2 or 4", ("2",)),
    "bands": Parameter("galaxy", "grz in colour, or one band in grey", ("r",)),
    "invert": Parameter("galaxy", "Show the image as a negative", ("true",)),
    "twin": Parameter("galaxy", "Another image of the galaxy, beside the first"),
    "pair": Parameter("galaxy", "Show two images in turn or side by side"),
    "posterior": Parameter(
        "galaxy", "Question whose posterior is drawn", ("{question}",)
    ),
    "view": Parameter("explore", "Gallery, table or histograms", ("Table",)),
    "sort": Parameter("explore", "Order of the galaxies"),
    "by": Parameter("explore", "Answer to sort by"),
    "sort_t": Parameter("explore", "Threshold t of P(ρ > t) to sort by"),
    "sort_own": Parameter("explore", "Column of your own to sort by: id and key"),
    "seed": Parameter("explore", "Seed of the random order", ("7",)),
    "tiles": Parameter("explore", "Galaxies per page", ("96",)),
    "rows": Parameter("explore", "Rows of the table per page", ("100",)),
    "page": Parameter("explore", "Page number", ("2",)),
    "step": Parameter("explore", "Step whose removed galaxies are shown", ("mag_r",)),
    "data_view": Parameter(
        "data", "Published catalogues, or cutout stores", ("cutout-stores",)
    ),
    "run": Parameter("runs", "Name of the open run"),
    "runs_view": Parameter("runs", "All runs, a new run, or a comparison"),
    "runs_compared": Parameter("runs", "Names of the runs compared"),
    "runs_lineage": Parameter("runs", "The run whose lineage is drawn"),
    "runs_search": Parameter(
        "runs", "Text in the name, model or release of a run", ("demo",)
    ),
    "runs_kinds": Parameter("runs", "Kinds of runs listed", ("Prediction",)),
    "runs_states": Parameter("runs", "States of runs listed", ("Finished",)),
    "runs_sort": Parameter("runs", "Order of the runs", ("Lowest error",)),
    "new": Parameter("runs", "Preset or run to copy", ("Smoke test",)),
    "draft": Parameter("runs", "Configuration of a new run, as JSON"),
    "question": Parameter(
        "contrast", "The question compared or contrasted", ("{question}",)
    ),
    "uncertainty": Parameter("contrast", "Uncertainty measure"),
    "above": Parameter("contrast", "Minimum expected vote fraction", ("0.6",)),
    "tails": Parameter("contrast", "Percentage of galaxies at each end", ("30",)),
    "tree_end": Parameter(
        "contrast", "With and without the tree: which galaxies", ("Least certain",)
    ),
    "images": Parameter("contrast", "Images per cell", ("12",)),
    "contrast": Parameter("contrast", "View of Contrast that is open"),
    "answer": Parameter("populations", "The answer shown", ("{answer}",)),
    "blind": Parameter("contrast", "Hide the labels of the rows", ("true",)),
    "triangle": Parameter("simplex", "The question drawn", ("{triangle}",)),
    "beside": Parameter("simplex", "A second release to compare with", ("{other}",)),
    "layers": Parameter("simplex", "Layers of the plot"),
    "panels": Parameter("simplex", "One triangle or three"),
    "blur": Parameter("simplex", "Blur galaxies by their posteriors", ("true",)),
    "reading": Parameter(
        "simplex", "Show the instructions for reading the triangle", ("true",)
    ),
    **{
        f"at_{label}": Parameter("simplex", f"Corner of {tree.words(label)}")
        for tree in TREES.values()
        for label in tree.labels
    },
    "map_name": Parameter("map", "Which map, if the release has several"),
    "colour": Parameter("map", "Quantity that colours the map"),
    "colour_question": Parameter("map", "Question whose answers colour the map"),
    "colour_answer": Parameter("map", "Answer that colours the map"),
    "colour_other": Parameter("map", "Second release, if the colours compare two"),
    "colour_subset": Parameter("map", "Subset that colours the map"),
    "colour_own": Parameter(
        "map", "Column of your own that colours the map: id and key"
    ),
    "paint": Parameter("map", "Points, or means in pixels"),
    "landmarks": Parameter("map", "Show images on the map", ("false",)),
    "map_seed": Parameter("map", "Seed of the sample drawn", ("7",)),
    "part": Parameter("map", "Limits of the enlarged part: left, right, bottom, top"),
    "picked": Parameter("map", "The selected galaxy", ("{iauname}",)),
    "drawn": Parameter("map", "Ids of the drawn outlines"),
    "like": Parameter("similar", "Example galaxy; may be repeated", ("{iauname}",)),
    "unlike": Parameter("similar", "Negative example; may be repeated"),
    "space": Parameter("similar", "Compare image features or vote fractions"),
    "number": Parameter("similar", "Number of results", ("96",)),
    "inside": Parameter("similar", "Search the selection only", ("true",)),
    "skip": Parameter("similar", "Exclude galaxies close to an example", ("false",)),
    "same_magnitude": Parameter(
        "similar", "Search only galaxies of similar magnitude", ("true",)
    ),
    "towards": Parameter("similar", "Answer to shift the search towards"),
    "wanted": Parameter("similar", "Vote fraction of that answer", ("0.9",)),
    "only_wanted": Parameter(
        "similar", "Find only galaxies that reach that fraction", ("false",)
    ),
    "with": Parameter("compare", "The release to compare with", ("{other}",)),
    "cell": Parameter(
        "compare", "Cell of the confusion matrix whose galaxies are shown"
    ),
    "changed": Parameter("compare", "The answer whose change is drawn"),
    "along": Parameter("compare", "Measured column on the x axis of the change plot"),
    "trend": Parameter("compare", "Other releases shown in the trend", ("{other}",)),
    "against": Parameter("populations", "Measured column on the x axis", ("redshift",)),
    "against_own": Parameter(
        "populations", "Column of your own on the x axis: id and key"
    ),
    "fraction": Parameter(
        "populations", "Fraction of galaxies, or mean vote fraction", ("Votes",)
    ),
    "threshold": Parameter("designer", "Vote-fraction threshold", ("0.6",)),
    "bins": Parameter("populations", "Number of bins", ("16",)),
    "equal": Parameter("populations", "Bins with equal numbers of galaxies", ("true",)),
    "purity": Parameter("designer", "Required purity, in percent", ("95",)),
    "judged": Parameter("designer", "Source of the purity: posteriors or votes"),
    "subset": Parameter("subsets", "Id of the subset shown"),
    "label_question": Parameter("label", "Id of the question shown"),
    "label_queue": Parameter("label", "Id of the queue shown"),
    "label_view": Parameter("label", "Label, learn, results or table", ("Results",)),
    "label_blind": Parameter(
        "label", "Hide name, position and vote fractions", ("false",)
    ),
    "aspect": Parameter("subsets", "Files, code, text for a paper, or another release"),
}


def page_parameters(tree: DecisionTree) -> Iterator[tuple[str, Parameter]]:
    """Each parameter of the pages, without the corners of other trees."""
    for name, one in PAGE_PARAMETERS.items():
        corner = name.removeprefix("at_")
        if corner == name or corner in tree.labels:
            yield name, one


def selection_parameters(tree: DecisionTree) -> Iterator[tuple[str, Parameter]]:
    """Each parameter of a selection with its meaning."""
    for name, one in parameters(tree).items():
        yield name, Parameter("explore", one.means, one.example, one.needs)


def example_link(name: str, parameter: Parameter, loaded: Mapping[str, str]) -> str:
    """An address with an example of a parameter, or "" where it has none.

    ``loaded`` gives the words for what an example may name.
    """
    try:
        values = [value.format(**loaded) for value in parameter.example]
    except KeyError:  # such as another release, where only one is loaded
        values = []
    query = urlencode({**parameter.needs, name: values}, doseq=True)
    return f"{parameter.page}?{query}" if values else ""
