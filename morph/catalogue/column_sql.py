"""The wide table's columns: what each one is, and the SQL that yields it.

Only names this module knows become identifiers in SQL.
"""

import re
from collections.abc import Sequence

from morph.catalogue.own_columns.own_column import REF, own_sql
from morph.catalogue.release_table import TAIL_THRESHOLDS, LoadedRelease
from morph.errors import MorphError
from morph.geometry.regions import Plane
from morph.posterior.measures import MEASURES, UNCERTAINTIES, Measure, served
from morph.release.photometry_and_redshifts import MEASURED
from morph.trees.decision_tree import DecisionTree
from morph.wording import command

_ABOVE = re.compile(r"(?P<label>.+)_above_(?P<threshold>[01](\.\d{1,6})?)")

_OF_GALAXY = {
    "iauname": ("", "name of the galaxy, from its position"),
    "source_id": ("", "identifier in the table the galaxy came from"),
    "position_from": ("", "where the position comes from"),
    "_healpix_29": ("", "nested HEALPix index at order 29, -1 without a position"),
    **{name: (one.unit, one.meaning) for name, one in MEASURED.items()},
}

_OF_LABEL = {
    "concentration": ("", "Dirichlet concentration of {}"),
    "probability": ("", "expected vote fraction of {}"),
    "fraction": ("", "vote fraction of {}"),
    "votes": ("", "number of volunteers who answered {}"),
    **{m.column: ("", m.meaning) for m in MEASURES if m.of_answer},
}

_OF_QUESTION = {
    "answer": ("", "most probable answer to the question {}"),
    "asked": ("", "probability that the question {} is reached"),
    "votes": ("", "number of volunteers who answered the question {}"),
    "entropy": (
        "",
        "differential entropy of the posterior of the question {}, in nats",
    ),
    **{m.column: ("", m.meaning) for m in MEASURES if not m.of_answer},
}

# Computed from the mean concentrations of all passes, not from their mixture.
_MEAN = ("concentration", "entropy", *(m.column for m in MEASURES if not m.of_passes))
_OF_PASSES = tuple(f"_{m.column}" for m in MEASURES if m.of_passes)


def quoted(release: LoadedRelease, name: str) -> str:
    """SQL of a column that the release has, or of a list's column by its ref."""
    if REF.fullmatch(name):
        return own_sql(release.table, name)
    if name not in release.columns:
        raise MorphError(
            f"release {release.release_id} has no column {name!r}"
            + _why_missing(release, name)
        )
    return f'"{name}"'


def expression(release: LoadedRelease, name: str) -> str:
    """SQL that yields a column, named so; "<label>_above_<t>" is P(ρ > t)."""
    match = _ABOVE.fullmatch(name)
    if match and name not in release.columns:
        label, threshold = match["label"], match["threshold"]
        return f'{tail_sql(release, label, float(threshold))} AS "{name}"'
    return f'{quoted(release, name)} AS "{name}"'


def with_iauname(release: LoadedRelease, columns: Sequence[str]) -> str:
    """SQL that yields ``iauname``, then columns as `expression` gives them."""
    return ", ".join(["iauname", *(expression(release, name) for name in columns)])


def tail_sql(release: LoadedRelease, label: str, threshold: float) -> str:
    """SQL of P(ρ > threshold) of an answer.

    Exact for one posterior per galaxy; of several passes, at TAIL_THRESHOLDS only.
    """
    total = total_sql(release, label)
    check_posteriors(release)
    if not release.has_samples:
        alpha = quoted(release, f"{label}_concentration")
        return f"beta_tail({alpha}, {total}, {float(threshold)!r}::DOUBLE)"
    for number, stored in enumerate(TAIL_THRESHOLDS, start=1):  # as in SQL arrays
        if abs(stored - threshold) < 1e-9:
            return f"{quoted(release, f'{label}_tail')}[{number}]"
    raise MorphError(
        f"P(ρ > {threshold}) is not available for release {release.release_id}; "
        f"choose t from {', '.join(map(str, TAIL_THRESHOLDS))}"
    )


def plane_columns(release: LoadedRelease, plane: Plane) -> tuple[str, ...]:
    """The columns of the coordinates of a plane.

    For a release with several passes, σ² is the total variance.
    """
    if plane.kind == "map":
        return release.map_on(plane).columns[:2]
    if plane.kind == "strip":
        spread = served(passes=release.has_samples)["variance"]
        column = spread.column_of(plane.of[0], release.tree)
        return (f"{plane.of[0]}_probability", column)
    question = plane.corners(release.tree).question
    return tuple(f"{label}_probability" for label in question.labels)


def total_sql(release: LoadedRelease, label: str) -> str:
    """SQL of Σα, the concentrations of all answers of a label's question."""
    labels = release.tree.question_of(label).labels
    return " + ".join(f'"{label}_concentration"::DOUBLE' for label in labels)


def uncertainty(release: LoadedRelease, by: str) -> Measure:
    """The measure that ``by`` names, one of UNCERTAINTIES, as the release has it."""
    check_posteriors(release)
    return (UNCERTAINTIES | release.measures)[by]


def check_posteriors(release: LoadedRelease) -> None:
    """Raise a MorphError for a release of vote fractions."""
    if not release.has_uncertainty:
        raise MorphError(
            f"release {release.release_id} has vote fractions without posteriors; "
            "remove the conditions of certainty, or choose a release with posteriors"
        )


def meaning(release: LoadedRelease, name: str) -> tuple[str, str]:
    """Unit and description of a column, for files that carry them."""
    if name in _OF_GALAXY:
        return _OF_GALAXY[name]
    for one in release.maps:
        if name in one.columns:
            return one.meanings[name]
    if above := answer_above(name):
        words = release.tree.words(above[0])
        return "", f"probability that the vote fraction of {words} is above {above[1]}"
    subject, quantity = subject_and_quantity(release, name)
    is_answer = subject in release.tree.labels
    unit, text = (_OF_LABEL if is_answer else _OF_QUESTION)[quantity]
    of_mean = release.has_samples and quantity in _MEAN
    passes = ", from the mean concentrations of all passes" if of_mean else ""
    return unit, text.format(subject_words(release.tree, subject)) + passes


def subject_and_quantity(release: LoadedRelease, name: str) -> tuple[str, str]:
    """The answer or question that a column is of, and what it has of that.

    ValueError for a column that is of neither.
    """
    tree = release.tree
    subjects = [(question.name, _OF_QUESTION) for question in tree.questions]
    subjects += [(label, _OF_LABEL) for label in tree.labels]
    for subject, quantities in subjects:
        quantity = name.removeprefix(f"{subject}_")
        if quantity != name and quantity in quantities:
            if quantity == "probability" and not release.has_uncertainty:
                quantity = "fraction"  # as the release gives it
            return subject, quantity
    raise ValueError(f"{name!r} is not a column of the catalogue")


def subject_words(tree: DecisionTree, subject: str) -> str:
    """An answer or a question in words."""
    is_answer = subject in tree.labels
    return tree.words(subject) if is_answer else tree.question(subject).title


def answer_above(name: str) -> tuple[str, str] | None:
    """The answer and the threshold of a column "<label>_above_<t>"; else None."""
    match = _ABOVE.fullmatch(name)
    return (match["label"], match["threshold"]) if match else None


def _why_missing(release: LoadedRelease, name: str) -> str:
    if name.endswith(_OF_PASSES) and not release.has_samples:
        return ": it was made in a single pass"
    if name.rpartition("_")[2] in _MEAN and not release.has_uncertainty:
        return ": it has vote fractions without posteriors"
    if name.endswith("_votes"):
        if not release.has_votes:
            return ": it has no votes; set the minimum number of votes to 0"
        return f": it was loaded by an earlier version; run {command('rebuild')}"
    return ""
