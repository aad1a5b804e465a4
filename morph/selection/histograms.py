"""How a release's probabilities are distributed, whole and selected."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from morph.catalogue.columns import quoted
from morph.catalogue.release_table import LoadedRelease, bound, query, reading
from morph.selection.conditions import where
from morph.selection.selection import Selection

_BATCH = 200_000  # galaxies at a time: memory stays bounded, numpy's overhead small


@dataclass(frozen=True)
class Expected:
    """Expected numbers of galaxies: asked each question, and giving each answer."""

    asked: dict[str, float]
    answers: dict[str, float]


def expected_counts(con: DuckDBPyConnection, release: LoadedRelease) -> Expected:
    """Sums, over a release, of P(asked) per question and of P(asked) ρ̂ per answer.

    Galaxies whose fractions are unknown (masked where few are asked) do not count.
    """
    tree = release.tree
    asked = [f'sum("{q.name}_asked")' for q in tree.questions]
    answers = [
        f'sum("{q.name}_asked" * "{label}_probability")'
        for q in tree.questions
        for label in q.labels
    ]
    sql = f"SELECT {', '.join(asked + answers)} FROM {release.table}"
    sums = [value or 0.0 for value in query(con, release, sql).fetchall()[0]]
    names = [question.name for question in tree.questions]
    return Expected(
        dict(zip(names, sums[: len(names)], strict=True)),
        dict(zip(tree.labels, sums[len(names) :], strict=True)),
    )


def histograms(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    labels: Sequence[str],
    *,
    bins: int = 24,
) -> pd.DataFrame:
    """Counts of expected probability in equal bins, in one pass over the release.

    Returns
    -------
    DataFrame
        ``label``, ``bin``, ``low``, ``high`` (its edges; 1.0 is in the last bin),
        ``whole`` and ``selected`` (galaxies of the release, and of the selection).
    """
    condition, parameters = where(selection, release)
    columns = ", ".join(quoted(release, f"{label}_probability") for label in labels)
    sql = f"SELECT ({condition}) IS TRUE AS selected, {columns} FROM {release.table}"
    counts = np.zeros((len(labels), 2, bins), dtype=np.int64)
    with reading(release):
        batches = con.sql(sql, params=bound(con, release, parameters)).to_arrow_reader(
            _BATCH
        )
        for batch in batches:
            selected, *probabilities = batch.columns
            chosen = selected.to_numpy(zero_copy_only=False)
            for place, probability in enumerate(probabilities):
                values = probability.to_numpy(zero_copy_only=False)
                counts[place] += _binned(values, chosen, bins)
    edges = np.arange(bins + 1) / bins
    return pd.DataFrame(
        {
            "label": np.repeat(labels, bins),
            "bin": np.tile(np.arange(bins), len(labels)),
            "low": np.tile(edges[:-1], len(labels)),
            "high": np.tile(edges[1:], len(labels)),
            "whole": counts.sum(axis=1).ravel(),
            "selected": counts[:, 1].ravel(),
        }
    )


def _binned(values: np.ndarray, chosen: np.ndarray, bins: int) -> np.ndarray:
    """(2, bins): galaxies that are not chosen, and that are; NaN is in no bin."""
    known = ~np.isnan(values)
    if not known.all():
        values, chosen = values[known], chosen[known]
    cells = np.minimum((values * bins).astype(np.int64), bins - 1)
    return np.bincount(cells + bins * chosen, minlength=2 * bins).reshape(2, bins)
