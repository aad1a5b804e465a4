"""The columns of a file: sets of them, their groups, UCDs and SQL."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from morph.catalogue.column_sql import (
    answer_above,
    expression,
    subject_and_quantity,
    tail_sql,
)
from morph.catalogue.release_table import TAIL_THRESHOLDS, LoadedRelease
from morph.errors import MorphError
from morph.posterior.measures import MEASURES
from morph.release.photometry_and_redshifts import MEASURED
from morph.selection.selection import Selection

COLUMN_SETS = ("basic", "posteriors", "everything")
CHOSEN = "chosen"
_FRACTIONS = "fractions"  # the set "posteriors" of a release without any

_OF_GALAXY = {
    "iauname": "meta.id;meta.main",
    "source_id": "meta.id",
    "position_from": "meta.note",
    "_healpix_29": "pos.healpix",
    **{name: one.ucd for name, one in MEASURED.items()},
}
# Quantity -> its group, and its UCD.
_PARAMETER = "stat.param;src.morph.param"
_PROBABILITY, _FRACTION = (
    "stat.probability;src.morph.param",
    "src.morph.param;arith.ratio",
)
_VARIANCE = "stat.variance;src.morph.param"
_QUANTITIES = {
    "answer": ("Most probable answers", "meta.code.class;src.morph.param"),
    "asked": ("Probability to be reached", _PROBABILITY),
    "probability": ("Expected vote fractions", _FRACTION),
    "fraction": ("Vote fractions", _FRACTION),
    **{m.column: (m.title, _PARAMETER) for m in MEASURES},
    "variance": ("Variances", _VARIANCE),
    "total_variance": ("Total variances", _VARIANCE),
    "concentration": ("Concentrations", _PARAMETER),
    "entropy": ("Entropies", _PARAMETER),
    "votes": ("Votes", "meta.number;src.morph.param"),
}
_ABOVE = ("Tail probabilities", _PROBABILITY)
_GALAXY, _MEASURED, _MAPS = "Name and position", "Photometry and redshift", "Maps"


@dataclass(frozen=True)
class Columns:
    """Columns of a file: one of COLUMN_SETS, or those ``chosen`` under another name.

    With ``underscores`` their names have no other signs than letters, digits and _,
    as SQL, ADQL and the expressions of TOPCAT need them.
    """

    of: str = "basic"
    chosen: tuple[str, ...] = ()
    underscores: bool = False


def as_columns(columns: str | Columns) -> Columns:
    """The columns of a set that is given by its name."""
    return columns if isinstance(columns, Columns) else Columns(columns)


def columns_of(text: str, *, underscores: bool = False) -> Columns:
    """The columns that an address gives: a set, or names with commas between them."""
    names = tuple(filter(None, text.split(","))) if "," in text else ()
    return Columns(CHOSEN if names else text, names, underscores)


def set_title(release: LoadedRelease, of: str) -> str:
    """What a column set is called, in words and in the names of files."""
    if of == "posteriors" and not release.has_uncertainty:
        return _FRACTIONS
    return re.sub(r"[^a-z0-9]+", "-", of.lower()).strip("-") or CHOSEN


def check_columns(release: LoadedRelease, columns: Columns) -> None:
    """Raise a MorphError if a set is unknown, or the release lacks a column."""
    if not columns.chosen and columns.of not in (*COLUMN_SETS, _FRACTIONS):
        raise MorphError(
            f"columns are {columns.of[:60]!r}; expected one of: "
            f"{', '.join(COLUMN_SETS)}"
        )
    known = set(all_names(release)) if columns.chosen else ()
    for name in columns.chosen:
        if name not in known:
            raise MorphError(
                f"release {release.release_id} has no column {name[:80]!r}; choose "
                "among those of the set “everything”"
            )


def names_in_file(
    release: LoadedRelease, selection: Selection, columns: Columns
) -> tuple[str, ...]:
    """The published names of a file's columns, in their order."""
    if columns.chosen:
        return tuple(n for n in all_names(release) if n in set(columns.chosen))
    names = column_names(release, selection, columns.of)
    more = _of_answers(release) if columns.of == "everything" else ()
    return (*names, *more)


def all_names(release: LoadedRelease) -> tuple[str, ...]:
    """The published names of all columns that a file can have, in their order."""
    return names_in_file(release, Selection(tree=release.tree), Columns("everything"))


def column_names(
    release: LoadedRelease, selection: Selection, columns: str
) -> tuple[str, ...]:
    """The columns of a set that the catalogue itself has, in their order."""
    tree, known = release.tree, release.columns
    names = ["iauname", "source_id", "ra", "dec", "position_from", *release.physical]
    names += [f"{question.name}_answer" for question in tree.questions]
    if columns == "basic":
        certain = [condition.label for condition in selection.certainty]
        limited = dict.fromkeys([*selection.limits, *certain])
        names += [f"{label}_probability" for label in limited]
        names += [f"{label}_variance" for label in limited]
    else:
        names += [f"{question.name}_asked" for question in tree.questions]
        names += [f"{label}_probability" for label in tree.labels]
        of_answers = [m.column for m in MEASURES if m.of_answer]
        names += [f"{label}_{column}" for column in of_answers for label in tree.labels]
    if columns == "everything":
        listed = {*names, *(f"{label}_tail" for label in tree.labels)}
        names += sorted(known - listed)
    return tuple(name for name in names if name in known)


def plain_names(names: Iterable[str]) -> dict[str, str]:
    """Each published name with its name of letters, digits and underscores.

    MorphError if two would be the same.
    """
    plain = {name: re.sub(r"\W", "_", name, flags=re.ASCII) for name in names}
    twice = [name for name, number in Counter(plain.values()).items() if number > 1]
    if twice:
        raise MorphError(
            f"with underscores, two columns would be called {twice[0]!r}; choose the "
            "published names"
        )
    return plain


def group(release: LoadedRelease, name: str) -> str:
    """The group of columns that one belongs to, in words."""
    if name in release.physical:
        return _MEASURED
    if name in _OF_GALAXY:
        return _GALAXY
    if any(name in one.columns for one in release.maps):
        return _MAPS
    if answer_above(name):
        return _ABOVE[0]
    return _QUANTITIES[subject_and_quantity(release, name)[1]][0]


def ucd(release: LoadedRelease, name: str) -> str:
    """The kind of a column in the vocabulary of the IVOA (UCD1+); "" for a map's."""
    if name in _OF_GALAXY:
        return _OF_GALAXY[name]
    if any(name in one.columns for one in release.maps):
        return ""
    if answer_above(name):
        return _ABOVE[1]
    return _QUANTITIES[subject_and_quantity(release, name)[1]][1]


def cell(release: LoadedRelease, name: str) -> str:
    """SQL of a column, named so, of the release's table joined with its votes."""
    label, _, quantity = name.rpartition("_")
    if name.endswith("_answer"):  # as text, not as a number
        answers = release.tree.question(label).answers
        cases = " ".join(f"WHEN {i} THEN '{one}'" for i, one in enumerate(answers))
        return f'CASE "{name}" {cases} END AS "{name}"'
    if name in release.columns:
        return expression(release, name)
    if above := answer_above(name):
        return f'{tail_sql(release, above[0], float(above[1]))} AS "{name}"'
    if quantity == "fraction":
        return f'"{label}_probability" AS "{name}"'
    # As float, so that galaxies without votes have NaN.
    return f'"{label}"::FLOAT AS "{name}"'


def needs_votes(release: LoadedRelease, names: Sequence[str]) -> bool:
    """Whether columns come from the table of votes on each answer."""
    votes = {f"{label}_votes" for label in release.tree.labels}
    return not votes.isdisjoint(names)


def _of_answers(release: LoadedRelease) -> tuple[str, ...]:
    """What "everything" has of each answer beside the catalogue's columns."""
    labels, names = release.tree.labels, []
    if not release.has_uncertainty:  # as in the release's files, to be loaded again
        names += [f"{label}_fraction" for label in labels]
    if release.has_samples:
        names += [f"{label}_above_{t}" for label in labels for t in TAIL_THRESHOLDS]
    if release.has_votes:
        names += [f"{label}_votes" for label in labels]
    return tuple(names)
