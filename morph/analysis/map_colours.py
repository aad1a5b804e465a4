"""Colours of galaxies on a plane: by answer, uncertainty, photometry or set.

There is one value or one class per galaxy, in row order (`morph.catalogue.arrays`).
"""

from dataclasses import dataclass

import numpy as np
from duckdb import DuckDBPyConnection

from morph.catalogue.arrays import arrays, arrays_from
from morph.catalogue.column_sql import uncertainty
from morph.catalogue.own_columns import own_column, own_values
from morph.catalogue.release_table import LoadedRelease
from morph.release.photometry_and_redshifts import MEASURED
from morph.trees.decision_tree import Question

UNKNOWN = "unknown"
_MOST_CLASSES = 8  # values of a list's column with a colour of their own


@dataclass(frozen=True)
class Values:
    """A value per galaxy, and the range of the colour scale."""

    title: str
    values: np.ndarray  # (N,), NaN where unknown
    low: float
    high: float
    diverging: bool = False  # around 0


@dataclass(frozen=True)
class Classes:
    """A class per galaxy, as its index in ``words``."""

    title: str
    of: np.ndarray  # (N,) uint8
    words: tuple[str, ...]


def by_answer(con: DuckDBPyConnection, release: LoadedRelease, label: str) -> Values:
    """Expected vote fraction of an answer."""
    (values,) = arrays(con, release, [f"{label}_probability"])
    return Values(release.tree.words(label), values, 0.0, 1.0)


def by_largest(
    con: DuckDBPyConnection, release: LoadedRelease, question: Question
) -> Classes:
    """Most probable answer of a question."""
    (largest,) = arrays(con, release, [f"{question.name}_answer"])
    words = tuple(release.tree.words(label) for label in question.labels)
    known = np.isfinite(largest)
    classes = np.where(known, largest, len(words)).astype(np.uint8)
    words = words if known.all() else (*words, UNKNOWN)
    return Classes(question.title, classes, words)


def by_sureness(con: DuckDBPyConnection, release: LoadedRelease, label: str) -> Values:
    """Posterior standard deviation σ of an answer's vote fraction.

    With several passes, it is that of their mixture.
    """
    column = uncertainty(release, "variance").column_of(label, release.tree)
    (variance,) = arrays(con, release, [column])
    sigma = np.sqrt(variance)
    total, passes = "σ", ""
    if release.has_samples:
        total, passes = "Total σ", f" ({release.passes} passes)"
    title = f"{total} of {release.tree.words(label)}{passes}"
    return Values(title, sigma, *value_range(sigma))


def by_trust(con: DuckDBPyConnection, release: LoadedRelease, column: str) -> Values:
    """The trust of a map, from its column."""
    (values,) = arrays(con, release, [column])
    return Values("Trust", values, 0.0, 1.0)


def by_measure(con: DuckDBPyConnection, release: LoadedRelease, column: str) -> Values:
    """A measured column with its unit."""
    (values,) = arrays(con, release, [column])
    return Values(MEASURED[column].title, values, *value_range(values))


def by_own(
    con: DuckDBPyConnection, release: LoadedRelease, ref: str
) -> Values | Classes:
    """A column of a list: its numbers, or its most frequent values."""
    own = own_column.column(con, ref)
    if own.is_number:
        values = own_values.numbers(con, release, ref)
        return Values(own.title, values, *value_range(values))
    of, words = own_values.classes(con, release, own, most=_MOST_CLASSES)
    known = [*words, "other values", UNKNOWN]
    present = np.unique(of)
    code = np.zeros(len(known), dtype=np.uint8)
    code[present] = np.arange(len(present))
    return Classes(own.title, code[of], tuple(known[one] for one in present))


def by_change(
    con: DuckDBPyConnection, release: LoadedRelease, other: LoadedRelease, label: str
) -> Values:
    """Difference in the vote fraction of an answer between this and another release."""
    column = f"{label}_probability"
    (here,) = arrays(con, release, [column])
    (there,) = arrays_from(con, release, other, [column])
    change = here - there
    known = np.abs(change[np.isfinite(change)])
    reach = float(np.quantile(known, 0.98)) if len(known) else 1.0
    reach = max(reach, 0.01)
    title = f"{release.tree.words(label)}: difference from {other.release_id}"
    return Values(title, change, -reach, reach, diverging=True)


def by_release(
    con: DuckDBPyConnection, release: LoadedRelease, other: LoadedRelease
) -> Classes:
    """Whether another release also has the galaxy."""
    label = release.tree.labels[0]
    (there,) = arrays_from(con, release, other, [f"{label}_probability"])
    words = (f"Also in {other.release_id}", f"Only in {release.release_id}")
    return Classes("Releases", np.isnan(there).astype(np.uint8), words)


def by_mask(title: str, mask: np.ndarray, inside: str, outside: str) -> Classes:
    """Whether a galaxy is in a set, such as the selection or a subset."""
    return Classes(title, (~mask).astype(np.uint8), (inside, outside))


def value_range(values: np.ndarray) -> tuple[float, float]:
    """The 1st and 99th percentiles of known values, a range robust to outliers."""
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0, 1.0
    low, high = np.quantile(known, [0.01, 0.99])
    return (float(low), float(high)) if low < high else (float(low), float(low) + 1.0)
