"""How the vote fractions of an answer change from one release to another.

Changes are those of `morph.analysis.agreement.PairedAnswers`: of galaxies that reach
the question in both, the release minus the reference.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection
from scipy.special import ndtri

from morph.analysis.agreement import ASKED, PairedAnswers
from morph.catalogue.arrays import arrays, arrays_from
from morph.catalogue.release_table import LoadedRelease, query, reading
from morph.errors import MorphError
from morph.selection.listing.selected_rows import rows
from morph.selection.selection import Selection
from morph.trees.decision_tree import Question

WIDTHS = (1, 2, 3)  # of the posteriors, which a change is counted beyond
_ALONG = ("low", "high", "at", "galaxies", "mean", "mean_low", "mean_high")


def shared(
    con: DuckDBPyConnection, reference: LoadedRelease, release: LoadedRelease
) -> int:
    """How many galaxies of the release the reference has too, by name."""
    sql = (
        f"SELECT count(*) FROM {release.table} SEMI JOIN {reference.table} "
        "USING (iauname)"
    )
    with reading(reference):
        ((number,),) = query(con, release, sql).fetchall()
    return number


def density(answered: PairedAnswers, label: str, *, bins: int = 25) -> pd.DataFrame:
    """Galaxies by the fractions of an answer in both: a row per occupied cell.

    Columns are ``reference``, ``release`` (lower edges of the cell), its ``side`` and
    the number of ``galaxies``. The last cells include 1.
    """
    at = answered.question.labels.index(label)
    old, new = answered.reference[:, at], answered.release[:, at]
    counts, edges, _ = np.histogram2d(old, new, bins, [(0, 1), (0, 1)])
    row, column = np.nonzero(counts)
    return pd.DataFrame(
        {
            "reference": edges[row],
            "release": edges[column],
            "side": 1 / bins,
            "galaxies": counts[row, column].astype(np.int64),
        }
    )


def change_along(
    change: np.ndarray, values: np.ndarray, *, bins: int = 8
) -> pd.DataFrame:
    """Mean change in bins of a measured quantity with equal numbers of galaxies.

    Parameters
    ----------
    change, values : (K,) arrays
        The change of each galaxy and its magnitude, size or redshift; galaxies whose
        value is unknown (NaN) are left out.

    Returns
    -------
    DataFrame
        ``low`` and ``high`` edges, ``galaxies``, their ``mean`` change with its
        95% interval ``mean_low`` to ``mean_high`` from the scatter, by the normal
        approximation (NaN for one galaxy), and the median value ``at``. Equal values
        are in one bin.
    """
    known = np.isfinite(change) & np.isfinite(values)
    change, values = change[known].astype(float), values[known].astype(float)
    parts = np.linspace(0, 1, bins + 1)
    edges = np.unique(np.quantile(values, parts)) if len(values) else values
    if len(edges) < 2:
        return pd.DataFrame(columns=list(_ALONG))
    number = np.searchsorted(edges, values, "right") - 1
    table = pd.DataFrame({"change": change, "value": values})
    grouped = table.groupby(number.clip(0, len(edges) - 2))
    half = ndtri(0.975) * grouped["change"].sem(ddof=1)
    mean = grouped["change"].mean()
    found = pd.DataFrame(
        {
            "at": grouped["value"].median(),
            "galaxies": grouped.size(),
            "mean": mean,
            "mean_low": mean - half,
            "mean_high": mean + half,
        }
    )
    found["low"], found["high"] = edges[found.index], edges[found.index + 1]
    return found.reset_index(drop=True)[list(_ALONG)]


def own_widths(
    con: DuckDBPyConnection,
    reference: LoadedRelease,
    release: LoadedRelease,
    answered: PairedAnswers,
) -> np.ndarray:
    """Changes in units of the posteriors' width, √(σ₁² + σ₂²), (K, A).

    They are no significances: the errors of two releases of the same galaxies, or of
    models fitted to the same votes, are correlated.

    Raises
    ------
    MorphError
        If one of the releases has no posteriors.
    """
    for one in (reference, release):
        if not one.has_uncertainty:
            raise MorphError(
                f"{one.release_id} has vote fractions without posteriors, so changes "
                "cannot be compared with posterior widths; choose a release with "
                "posteriors"
            )
    names = [f"{label}_variance" for label in answered.question.labels]
    here = np.column_stack(arrays(con, release, names))[answered.rows]
    there = arrays_from(con, release, reference, names)
    variance = here + np.column_stack(there)[answered.rows]
    return answered.change / np.sqrt(variance)


def beyond_widths(widths: np.ndarray, labels: Sequence[str]) -> pd.DataFrame:
    """How many galaxies change by more than 1, 2 and 3 widths, by answer.

    Columns are ``label``, ``galaxies``, the root mean square ``rms`` of the changes in
    widths, and the fractions ``above_1`` to ``above_3``; NaN without galaxies.
    """
    size = np.abs(widths)
    none = not len(size)
    return pd.DataFrame(
        {
            "label": labels,
            "galaxies": len(size),
            "rms": np.nan if none else np.sqrt((size**2).mean(axis=0)),
            **{
                f"above_{k}": np.nan if none else (size > k).mean(axis=0)
                for k in WIDTHS
            },
        }
    )


def trend(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    others: Sequence[LoadedRelease],
    selection: Selection,
    question: Question,
) -> pd.DataFrame:
    """Mean vote fractions in several releases, of the galaxies that all of them have.

    Of the selected galaxies of ``release``, those count that reach the question, with
    known answers, in it and in each of the ``others``.

    Returns
    -------
    DataFrame
        By release, in the order given (``release`` first), and ``label``: ``release``,
        ``galaxies``, the ``mean`` fraction and its standard ``error``; NaN without
        galaxies.
    """
    names = [f"{question.name}_asked", *(f"{n}_probability" for n in question.labels)]
    chosen = rows(con, release, selection)
    tables = [np.column_stack(arrays(con, release, names))[chosen]]
    for other in others:
        columns = arrays_from(con, release, other, names)
        tables.append(np.column_stack(columns)[chosen])
    inside = np.all(
        [np.isfinite(t).all(axis=1) & (t[:, 0] > ASKED) for t in tables], axis=0
    )
    number = int(inside.sum())
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "release": one.release_id,
                    "label": question.labels,
                    "galaxies": number,
                    "mean": table[inside, 1:].mean(axis=0) if number else np.nan,
                    "error": _error(table[inside, 1:]),
                }
            )
            for one, table in zip((release, *others), tables, strict=True)
        ],
        ignore_index=True,
    )


def _error(values: np.ndarray) -> np.ndarray | float:
    """Standard errors of the means of columns; NaN for fewer than two rows."""
    if len(values) < 2:
        return np.nan
    return values.astype(float).std(axis=0, ddof=1) / np.sqrt(len(values))
