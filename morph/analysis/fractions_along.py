"""An answer's fraction along a measured column of a release, summed and counted."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from morph.analysis.populations import bin_edges, counted_fraction, summed_fraction
from morph.catalogue.arrays import arrays
from morph.catalogue.release_table import LoadedRelease
from morph.catalogue.tail_probability import tail
from morph.posterior.answer_arrays import reached_by_largest
from morph.posterior.intervals import FEW
from morph.selection.ordering import rows
from morph.selection.selection import Selection

HALF = 0.5


@dataclass(frozen=True)
class Fraction:
    """What the fraction is of: an answer's votes, or the galaxies that have it.

    A galaxy has the answer if more than ``threshold`` of the volunteers would give it;
    without a threshold the fraction is the mean vote fraction.
    """

    label: str
    threshold: float | None = None


@dataclass(frozen=True)
class Along:
    """Fractions in bins, as `morph.analysis.populations` gives them.

    ``summed`` and ``whole``, from the posteriors of the selection and of the whole
    release, are None where the release has no posteriors. ``known`` of the ``selected``
    galaxies have the column.
    """

    selected: int
    known: int
    counted: pd.DataFrame
    summed: pd.DataFrame | None
    whole: pd.DataFrame | None

    def table(self) -> pd.DataFrame:
        """The numbers of both, a row a bin; ``few`` where a share is hardly a result.

        Columns as in `morph.analysis.populations`; those of posteriors only where there
        are any.
        """
        edges, counted = self.counted.iloc[:, :2], self.counted.iloc[:, 2:]
        summed = self.summed.iloc[:, 2:] if self.summed is not None else None
        galaxies = counted["reached"] if summed is None else summed["galaxies"]
        few = ((galaxies < FEW) | (counted["reached"] < FEW)).rename("few")
        parts = [edges, summed, counted, few]
        return pd.concat([part for part in parts if part is not None], axis=1)


def fraction_along(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    fraction: Fraction,
    column: str,
    *,
    bins: int = 10,
    equal_counts: bool = False,
) -> Along | None:
    """An answer's fraction against a measured column, in bins of the selection.

    The naive count beside it is of the galaxies that reach the question by largest
    answers: those whose expected vote fraction is above the threshold, 0.5 by default.

    Returns
    -------
    Along or None
        None where the column has not two different values in the selection.
    """
    inside = rows(con, release, selection)
    (measured,) = arrays(con, release, [column])
    edges = bin_edges(measured[inside], bins, equal_counts=equal_counts)
    if not len(edges):
        return None
    mean, counted, reached = _naive(con, release, fraction)
    summed = whole = None
    if release.has_uncertainty:
        posterior = _posterior(con, release, fraction, mean)
        whole = summed_fraction(measured, edges, **posterior)
        own = {name: values[inside] for name, values in posterior.items()}
        summed = summed_fraction(measured[inside], edges, **own)
    return Along(
        selected=len(inside),
        known=int(np.isfinite(measured[inside]).sum()),
        counted=counted_fraction(
            measured[inside], edges, counted=counted[inside], reached=reached[inside]
        ),
        summed=summed,
        whole=whole,
    )


def _naive(
    con: DuckDBPyConnection, release: LoadedRelease, fraction: Fraction
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Expected vote fraction, who has the answer by it, who reaches its question."""
    tree = release.tree
    question = tree.question_of(fraction.label)
    needed = tree.with_parents([question])
    columns = [f"{one.name}_answer" for one in needed]
    mean, *found = arrays(con, release, [f"{fraction.label}_probability", *columns])
    answers = {one.name: values for one, values in zip(needed, found, strict=True)}
    reached = reached_by_largest(answers, question, tree) & np.isfinite(mean)
    limit = HALF if fraction.threshold is None else fraction.threshold
    return mean, mean > limit, reached


def _posterior(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    fraction: Fraction,
    mean: np.ndarray,
) -> dict[str, np.ndarray]:
    """Mean, variance and probability asked of every galaxy, for `summed_fraction`."""
    label = fraction.label
    asked = f"{release.tree.question_of(label).name}_asked"
    if fraction.threshold is not None:
        mean = tail(con, release, [label], fraction.threshold)
        (weight,) = arrays(con, release, [asked])
        return {"mean": mean, "variance": mean * (1 - mean), "asked": weight}
    spread = release.measures["variance"].column_of(label, release.tree)
    variance, weight = arrays(con, release, [spread, asked])
    return {"mean": mean, "variance": variance, "asked": weight}
