"""How frequent an answer is along a measured column: summed posteriors, and counts.

Counting the galaxies above a threshold throws away how sure each is, and is biased
where posteriors are wide; summing posteriors is neither.
"""

from functools import partial

import numpy as np
import pandas as pd

from morph.posterior.intervals import beta_interval, wilson


def bin_edges(
    column: np.ndarray, bins: int = 10, *, equal_counts: bool = False
) -> np.ndarray:
    """Edges of equally wide bins from the 0.5th to the 99.5th percentile of a column.

    With ``equal_counts`` the bins reach from the lowest to the highest value and hold
    the same number of galaxies, as far as equal values allow.

    Returns
    -------
    (at most ``bins`` + 1,) array
        Increasing; empty where the column has not two different values.
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
    mass: float = 0.95,
) -> pd.DataFrame:
    """An answer's fraction in bins of a column, from the posteriors of all galaxies.

    Two fractions can be asked for. The *vote fraction*: ``mean`` is ρ̂ and ``variance``
    the Dirichlet's σ². The *share of galaxies* whose vote fraction is above t:
    ``mean`` is p = P(ρ > t) and ``variance`` p (1 - p), so that their number is
    Poisson-binomial. Either way the fraction is Σ w m / Σ w and its variance
    Σ w² v / (Σ w)², where w is the probability that the galaxy is asked.

    Parameters
    ----------
    column : (N,) array
        The measured column; galaxies with NaN are in no bin.
    edges : (B + 1,) array
        Increasing. Bins hold their lower edge, the last one its upper edge too.
    mean, variance, asked : (N,) arrays
        Of each galaxy; those with NaN are left out.
    mass : float
        Probability within the credible band.

    Returns
    -------
    DataFrame
        One row per bin: ``low``, ``high`` edges, ``galaxies``, ``asked`` (Σ w),
        ``fraction``, the credible band ``fraction_low`` to ``fraction_high`` for these
        galaxies, and ``sampling``, the standard error with which they stand for the
        population they were drawn from. NaN where nobody is asked.
    """
    known = np.isfinite(mean) & np.isfinite(variance) & np.isfinite(asked)
    place, rows = _placed(column, edges, known)
    weight, value = asked[rows].astype(float), mean[rows].astype(float)
    summed = partial(np.bincount, place, minlength=len(edges) - 1)
    total = summed(weight)
    whole = np.where(total > 0, total, np.nan)
    fraction = summed(weight * value) / whole
    spread = summed(weight**2 * variance[rows]) / whole**2
    low, high = beta_interval(fraction, spread, mass=mass)
    scatter = summed(weight**2 * (value - fraction[place]) ** 2) / whole**2
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
    mass: float = 0.95,
) -> pd.DataFrame:
    """The same fraction by counting galaxies, with Wilson's intervals.

    Parameters
    ----------
    counted, reached : (N,) bool arrays
        Galaxies that have the answer, and those that reach its question at all.

    Returns
    -------
    DataFrame
        One row per bin: ``low``, ``high`` edges, ``reached``, ``counted``, ``share``
        and its interval ``share_low`` to ``share_high``; NaN where none reaches it.
    """
    place, rows = _placed(column, edges, reached)
    bins = len(edges) - 1
    trials = np.bincount(place, minlength=bins)
    hits = np.bincount(place, counted[rows], minlength=bins).astype(np.int64)
    low, high = wilson(hits, trials, mass=mass)
    none = trials == 0
    return pd.DataFrame(
        {
            "low": edges[:-1],
            "high": edges[1:],
            "reached": trials,
            "counted": hits,
            "share": np.where(none, np.nan, hits / np.maximum(trials, 1)),
            "share_low": np.where(none, np.nan, low),
            "share_high": np.where(none, np.nan, high),
        }
    )


def _placed(
    column: np.ndarray, edges: np.ndarray, known: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Bin of every known galaxy within the edges, and their rows."""
    rows = np.flatnonzero(known & (column >= edges[0]) & (column <= edges[-1]))
    place = np.searchsorted(edges, column[rows], side="right") - 1
    return np.minimum(place, len(edges) - 2), rows
