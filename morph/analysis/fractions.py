"""Fraction of an answer along a measured column: summed posteriors, and counts.

Counting the galaxies above a threshold ignores how certain each is, and is biased where
posteriors are wide; summing posteriors is not, if they are calibrated.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from morph.catalogue.arrays import tail
from morph.catalogue.in_memory.columns import column as kept_column
from morph.catalogue.in_memory.kept_arrays import kept
from morph.catalogue.release_table import LoadedRelease
from morph.posterior.answer_arrays import reached_by_largest
from morph.posterior.asked_variance import asked_variance, labels_on_the_way
from morph.posterior.intervals import FEW, beta_interval, wilson
from morph.selection.listing.selected_rows import rows
from morph.selection.selection import Selection

HALF = 0.5


@dataclass(frozen=True)
class Fraction:
    """A fraction: the mean vote fraction of an answer, or of galaxies that have it.

    A galaxy has the answer if its vote fraction exceeds ``threshold``; without a
    threshold, the fraction is the mean vote fraction.
    """

    label: str
    threshold: float | None = None


@dataclass(frozen=True)
class Along:
    """Fractions in bins, from `counted_fraction` and `summed_fraction`.

    ``summed`` and ``whole``, from the posteriors of the selection and of the release,
    are None without posteriors. ``known`` of the ``selected`` galaxies have the column.
    """

    selected: int
    known: int
    counted: pd.DataFrame
    summed: pd.DataFrame | None
    whole: pd.DataFrame | None

    def table(self) -> pd.DataFrame:
        """Both fractions, a row per bin; ``few`` marks bins with few galaxies."""
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
    """The fraction of an answer against a measured column, in bins of the selection.

    The threshold count is of galaxies that reach the question by their most probable
    answers, and whose vote fraction exceeds the threshold (0.5 by default). None where
    the column has fewer than two different values in the selection.
    """
    inside = rows(con, release, selection)
    measured = kept_column(con, release, column)
    own = measured[inside]
    edges = bin_edges(own, bins, equal_counts=equal_counts)
    if not len(edges):
        return None
    counted, reached = _naive(con, release, fraction, inside)
    summed = whole = None
    if release.has_uncertainty:
        posterior = _posterior(con, release, fraction)
        whole = summed_fraction(measured, edges, **posterior)
        of_own = {name: values[inside] for name, values in posterior.items()}
        summed = summed_fraction(own, edges, **of_own)
    return Along(
        selected=len(inside),
        known=int(np.isfinite(own).sum()),
        counted=counted_fraction(own, edges, counted=counted, reached=reached),
        summed=summed,
        whole=whole,
    )


def _naive(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    fraction: Fraction,
    inside: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Of the galaxies in rows: those with the answer, those that reach its question."""
    tree = release.tree
    question = tree.question_of(fraction.label)
    answers = {
        one.name: kept_column(con, release, f"{one.name}_answer")[inside]
        for one in tree.with_parents([question])
    }
    mean = kept_column(con, release, f"{fraction.label}_probability")[inside]
    reached = reached_by_largest(answers, question, tree) & np.isfinite(mean)
    limit = HALF if fraction.threshold is None else fraction.threshold
    return mean > limit, reached


def _posterior(
    con: DuckDBPyConnection, release: LoadedRelease, fraction: Fraction
) -> dict[str, np.ndarray]:
    """Moments of the answer and of P(reached) by galaxy, for `summed_fraction`."""
    label, tree = fraction.label, release.tree
    question, measure = tree.question_of(label), release.measures["variance"]
    needed = labels_on_the_way(question, tree)
    names = [f"{question.name}_asked", *(f"{one}_probability" for one in needed)]
    names += [measure.column_of(one, tree) for one in (*needed, label)]
    weight, *columns, variance = (kept_column(con, release, name) for name in names)
    moments = columns[: len(needed)], columns[len(needed) :]
    means, variances = (dict(zip(needed, m, strict=True)) for m in moments)
    mean, limit = kept_column(con, release, f"{label}_probability"), fraction.threshold
    if limit is not None:
        above = ("above", label, limit)  # the same for every selection
        mean = kept(release, above, lambda: tail(con, release, [label], limit))
        variance = mean * (1 - mean)
    spread = kept(
        release,
        ("asked variance", question.name),
        lambda: np.asarray(asked_variance(means, variances, question, tree)),
    )
    return {
        "mean": mean,
        "variance": variance,
        "asked": weight,
        "asked_variance": np.broadcast_to(spread, weight.shape),
    }


def bin_edges(
    column: np.ndarray, bins: int = 10, *, equal_counts: bool = False
) -> np.ndarray:
    """Edges of equally wide bins from the 0.5th to the 99.5th percentile of a column.

    With ``equal_counts``, bins span all values and have equal numbers of galaxies, as
    far as ties allow; there may be fewer. No edges for fewer than two different values.
    """
    known = column[np.isfinite(column)]
    if not len(known) or known.min() == known.max():
        return np.empty(0)
    if equal_counts:
        return np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)))
    low, high = np.quantile(known, [0.005, 0.995])
    if low == high:
        low, high = known.min(), known.max()
    return np.linspace(low, high, bins + 1)


def summed_fraction(
    column: np.ndarray,
    edges: np.ndarray,
    *,
    mean: np.ndarray,
    variance: np.ndarray,
    asked: np.ndarray,
    asked_variance: np.ndarray,
    mass: float = 0.95,
) -> pd.DataFrame:
    """The fraction of an answer in bins of a column, from all posteriors.

    For the *vote fraction*, ``mean`` is ρ̂ and ``variance`` the Dirichlet's σ². For the
    *fraction of galaxies* with a vote fraction above t, ``mean`` is p = P(ρ > t) and
    ``variance`` p (1 - p); their number is Poisson-binomial. The fraction is
    f = Σ w m / Σ w, with w the expected probability that the galaxy reaches the
    question and u its variance; its variance, to first order, is
    Σ [w² v + u (v + (m - f)²)] / (Σ w)².

    Parameters
    ----------
    column : (N,) array
        The measured column; galaxies with NaN are in no bin.
    edges : (B + 1,) array
        Increasing. Bins include their lower edge, the last one also its upper edge.
    mean, variance, asked, asked_variance : (N,) arrays
        m, v, w and u by galaxy; those with NaN are left out.
    mass : float
        Probability of the credible interval.

    Returns
    -------
    DataFrame
        One row per bin: ``low``, ``high`` edges, ``galaxies``, ``asked`` (Σ w),
        ``fraction``, its credible interval ``fraction_low`` to ``fraction_high`` for
        these galaxies, if the posteriors are calibrated and independent, and
        ``sampling``, the standard error as a sample of a population. NaN where no
        galaxy reaches the question.
    """
    parts = (mean, variance, asked, asked_variance)
    known = np.logical_and.reduce([np.isfinite(part) for part in parts])
    index, rows = _in_bins(column, edges, known)
    weight, value = asked[rows].astype(float), mean[rows].astype(float)
    summed = partial(np.bincount, index, minlength=len(edges) - 1)
    total = summed(weight)
    whole = np.where(total > 0, total, np.nan)
    fraction = summed(weight * value) / whole
    off = (value - fraction[index]) ** 2
    spread = summed(
        weight**2 * variance[rows] + asked_variance[rows] * (variance[rows] + off)
    )
    low, high = beta_interval(fraction, spread / whole**2, mass=mass)
    scatter = summed(weight**2 * off) / whole**2
    return pd.DataFrame(
        {
            "low": edges[:-1],
            "high": edges[1:],
            "galaxies": summed(),
            "asked": total,
            "fraction": fraction,
            "fraction_low": low,
            "fraction_high": high,
            "sampling": np.sqrt(scatter),
        }
    )


def counted_fraction(
    column: np.ndarray,
    edges: np.ndarray,
    *,
    counted: np.ndarray,
    reached: np.ndarray,
) -> pd.DataFrame:
    """The same fraction by counting galaxies, with Wilson intervals.

    Parameters
    ----------
    counted, reached : (N,) bool arrays
        Galaxies that have the answer, and that reach its question.

    Returns
    -------
    DataFrame
        One row per bin: ``low``, ``high`` edges, ``reached``, ``counted``, ``share``
        and its interval ``share_low`` to ``share_high``; NaN where none reaches it.
    """
    index, rows = _in_bins(column, edges, reached)
    bins = len(edges) - 1
    trials = np.bincount(index, minlength=bins)
    hits = np.bincount(index, counted[rows], minlength=bins).astype(np.int64)
    low, high = wilson(hits, trials)
    table = pd.DataFrame(
        {
            "low": edges[:-1],
            "high": edges[1:],
            "reached": trials,
            "counted": hits,
            "share": hits / np.maximum(trials, 1),
            "share_low": low,
            "share_high": high,
        }
    )
    table.loc[trials == 0, ["share", "share_low", "share_high"]] = np.nan
    return table


def _in_bins(
    column: np.ndarray, edges: np.ndarray, known: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Bins and rows of the known galaxies within the edges."""
    rows = np.flatnonzero(known & (column >= edges[0]) & (column <= edges[-1]))
    index = np.searchsorted(edges, column[rows], side="right") - 1
    return np.minimum(index, len(edges) - 2), rows
