"""Known kinds of posterior table, recognised by their columns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from morph.errors import UnreadableTable
from morph.tables.column_names import ColumnNames
from morph.trees.decision_tree import DecisionTree

CC_BY = "CC BY 4.0"
GZ_DECALS = (
    "Walmsley et al. 2022, MNRAS 509, 3966 (Galaxy Zoo DECaLS); tables: "
    "doi:10.5281/zenodo.4573248, CC BY 4.0"
)
_GZ_DESI = (
    "Walmsley et al. 2023, MNRAS 526, 4768 (Galaxy Zoo DESI); tables: "
    "doi:10.5281/zenodo.8360385, CC BY 4.0"
)
_BMZ = "Ye et al. 2025, MNRAS 537, 640, arXiv:2412.15533"
UNKNOWN = "Not stated in the table; cite its source"
OF_TREE = ""  # cite what the decision tree cites
_NO_UNCERTAINTY = "The table gives expected vote fractions without concentrations, so "

# How Zoobot names the questions of campaigns that asked them: "bar-dr5_strong".
_CAMPAIGNS = ("", "-dr5", "-desi", "-dr8")
_BEFORE = "gz2_"  # "gz2_t03_bar_a06_bar_fraction", in tables that join several trees

# Misnamed columns in the authors' tables of BMz predictions, in the same order.
_ALSO_WRITTEN = {
    "how-rounded_in-between": "how-rounded_medium",
    "how-rounded_cigar-shaped": "how-rounded_loose",
}


@dataclass(frozen=True)
class Kind:
    """One kind of posterior table: its columns are ``<label><suffix>``."""

    title: str
    suffix: str
    posterior: Literal["concentration", "fraction"]
    note: str = ""
    citation: str = UNKNOWN
    marks: tuple[str, ...] = ()  # any of these columns distinguishes it from the rest
    licence: str = ""  # if the publication states one
    rescaled: bool = False  # fractions of a question need not sum to 1


CONCENTRATIONS = Kind("Table of concentrations", "_concentration", "concentration")
_DEBIASED = Kind(
    "Galaxy Zoo, debiased vote fractions",
    "_debiased",
    "fraction",
    f"{_NO_UNCERTAINTY}uncertainties are absent. The fractions are corrected for "
    "redshift-dependent classification bias (Willett et al. 2013; Hart et al. 2016).",
    OF_TREE,
    rescaled=True,
)
_WEIGHTED = Kind(
    "Galaxy Zoo, weighted vote fractions",
    "_weighted_fraction",
    "fraction",
    f"{_NO_UNCERTAINTY}uncertainties are absent. Volunteers are weighted by their "
    "agreement with others.",
    OF_TREE,
    rescaled=True,
)
# Columns of the published Galaxy Zoo 2 tables alone: of Willett et al. (2013), whose
# files call the class otherwise than the paper, of Hart et al. (2016), and of either.
_WILLETT, _HART = ("gz2class", "dr8objid"), ("gz2_class",)
_OF_GZ2 = ("dr7objid", *_WILLETT, *_HART)
KINDS = (
    Kind(
        "Galaxy Zoo DECaLS, automated posteriors",
        "_concentration",
        "concentration",
        "Posteriors of an ensemble of models on DECaLS DR5 images.",
        GZ_DECALS,
        marks=("smooth-or-featured_proportion_volunteers_asked",),
        licence=CC_BY,
    ),
    CONCENTRATIONS,
    Kind(
        "BASS+MzLS (BMz) classifications",
        "_meanv",
        "concentration",
        "Concentrations are the mean over the model's 25 dropout passes. The table's "
        "own fractions, variances and entropies are not loaded: morph computes its own "
        "from the mean concentrations.",
        _BMZ,
    ),
    Kind(
        "Galaxy Zoo DESI, advanced catalogue",
        "_fraction",
        "fraction",
        f"{_NO_UNCERTAINTY}uncertainties are absent; its 90% bounds are not loaded.",
        _GZ_DESI,
        marks=(
            "smooth-or-featured_smooth_90pc-lower",
            "smooth-or-featured_smooth_proportion-asked",
            "smooth-or-featured_proportion-asked",
        ),
        licence=CC_BY,
    ),
    Kind(
        "Galaxy Zoo DESI, friendly catalogue",
        "_fraction",
        "fraction",
        f"{_NO_UNCERTAINTY}uncertainties are absent. A question is empty where fewer "
        "than half of the volunteers are expected to reach it.",
        _GZ_DESI,
        marks=("dr8_id", "hdf5_loc"),
        licence=CC_BY,
    ),
    replace(
        _DEBIASED,
        title="Galaxy Zoo 2, fractions debiased as by Willett et al. 2013",
        marks=_WILLETT,
    ),
    replace(
        _DEBIASED,
        title="Galaxy Zoo 2, fractions debiased as by Hart et al. 2016",
        marks=_HART,
    ),
    replace(_DEBIASED, marks=_OF_GZ2),
    Kind(
        "Table of vote fractions",
        "_fraction",
        "fraction",
        f"{_NO_UNCERTAINTY}uncertainties are absent.",
    ),
    _DEBIASED,
    _WEIGHTED,
    Kind(
        "BASS+MzLS (BMz) classifications, fractions",
        "_meanf",
        "fraction",
        f"{_NO_UNCERTAINTY}uncertainties are absent.",
        _BMZ,
    ),
    Kind(
        "BASS+MzLS (BMz) classifications, fractions",
        "",
        "fraction",
        f"{_NO_UNCERTAINTY}uncertainties are absent; its variances are not loaded, "
        "since the table does not state whether they are those of single passes or "
        "include the variance between passes.",
        _BMZ,
        marks=("smooth-or-featured_smooth_v",),
    ),
    Kind("Table of concentrations", "", "concentration"),
    Kind(
        "Table of expected vote fractions",
        "_probability",
        "fraction",
        f"{_NO_UNCERTAINTY}uncertainties are absent.",
    ),
)


# Counts of each answer, as Galaxy Zoo 2 was published.
COUNTS = Kind("Table of votes", "_count", "concentration")


def columns_recognised(names: Sequence[str], tree: DecisionTree) -> int:
    """How many columns a table has of the kind of which it has most, and of who."""
    columns = ColumnNames("", tuple(names))
    most = max(_present(columns, kind, tree) for kind in (*KINDS, COUNTS))
    return 3 * most + columns.count(("iauname", "ra", "dec"))


def as_chosen(kind: Kind, values: str) -> Kind:
    """The kind whose numbers are ``values``: fractions, or concentrations."""
    if values == f"{kind.posterior}s":
        return kind
    title = f"Table of {'vote ' if values == 'fractions' else ''}{values}"
    return next(one for one in KINDS if one.title == title)


def recognise(columns: ColumnNames, tree: DecisionTree) -> Kind:
    """The first kind of posterior table with all of its columns.

    Raises
    ------
    UnreadableTable
        If there is none; it names the missing columns of the nearest kind.
    """
    if kinds := _complete(columns, tree):
        return kinds[0]
    if columns.has_all(f"{question.name}_answer" for question in tree.questions):
        raise UnreadableTable(
            f"{columns.table} has the most probable answers but no posteriors, like a "
            "download of the basic columns; download it again with the posteriors"
        )
    nearest = max(KINDS, key=lambda kind: _present(columns, kind, tree))
    if not _present(columns, nearest, tree):
        label = tree.labels[0]
        raise UnreadableTable(
            f"{columns.table} has no answer of the tree {tree.name}: expected "
            f"a column for each of {len(tree.labels)}, such as {label}_fraction or "
            f"{label}_concentration, or the columns of a published table. Its columns: "
            f"{columns.beginning()}"
        )
    wanted = [f"{label}{nearest.suffix}" for label in tree.labels]
    raise UnreadableTable(
        f"{columns.table} is not a known table of posteriors or votes: it has "
        f"{columns.count(wanted)} of the {len(wanted)} columns of a table of "
        f"{nearest.posterior}s. Missing: {columns.lacking(wanted)}. "
        f"Its columns: {columns.beginning()}"
    )


def is_complete(columns: ColumnNames, tree: DecisionTree) -> bool:
    """Whether a table has all columns of a kind of posterior table."""
    return bool(_complete(columns, tree))


def _complete(columns: ColumnNames, tree: DecisionTree) -> list[Kind]:
    return [
        kind
        for kind in KINDS
        if None not in label_columns(columns, kind, tree)
        and (not kind.marks or columns.count(kind.marks))
    ]


def label_columns(
    columns: ColumnNames, kind: Kind, tree: DecisionTree
) -> Sequence[str | None]:
    """The table's columns of ``kind`` in tree order, None where one is missing.

    All are of one campaign, the first that has every answer.
    """
    found = [_columns_of(columns, kind, tree, campaign) for campaign in _CAMPAIGNS]
    found.append(_columns_of(columns, kind, tree, "", _BEFORE))
    return next((one for one in found if None not in one), found[0])


def _columns_of(
    columns: ColumnNames,
    kind: Kind,
    tree: DecisionTree,
    campaign: str,
    before: str = "",
) -> Sequence[str | None]:
    written = [
        [
            f"{before}{question.name}{campaign}"
            f"{name.removeprefix(question.name)}{kind.suffix}"
            for name in (label, _ALSO_WRITTEN.get(label))
            if name
        ]
        for question in tree.questions
        for label in question.labels
    ]
    return [columns.first(names) for names in written]


def _present(columns: ColumnNames, kind: Kind, tree: DecisionTree) -> int:
    return sum(c is not None for c in label_columns(columns, kind, tree))
