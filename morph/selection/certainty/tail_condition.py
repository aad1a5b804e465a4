"""The condition P(ρ > t) ≥ c, by a table, and exactly close to its boundary.

At fixed concentration α of an answer, P(ρ > t) falls with β, that of the other answers
to its question. So c is reached up to some β, which grows smoothly with α: a table of
straight pieces gives it within a small margin. The incomplete beta function, ten times
slower, is evaluated only for the few galaxies inside the margin.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.special import btdtrib

from morph.catalogue.column_sql import quoted, tail_sql, total_sql
from morph.catalogue.release_table import LoadedRelease
from morph.posterior.dirichlet import CONCENTRATION_RANGE
from morph.selection.certainty.certainty import Tail

_STEP = 0.02  # of the table, in ln α; DuckDB copies it often, so it is short
_LOW, _HIGH = 0.001, 0.999  # of t and c; beyond them β becomes too large to tabulate
_ROUNDING = 1e-9  # relative; β itself is known to about 1e-13


def condition(
    release: LoadedRelease, tail: Tail, *, prefix: str
) -> tuple[str, Mapping[str, Any]]:
    """SQL that is true for galaxies with P(ρ > t) ≥ c, and its parameters."""
    exact = f"{tail_sql(release, tail.label, tail.threshold)} >= ${prefix}"
    within = all(_LOW <= x <= _HIGH for x in (tail.threshold, tail.at_least))
    if release.has_samples or not within:
        return exact, {prefix: tail.at_least}
    alpha = f"{quoted(release, f'{tail.label}_concentration')}::DOUBLE"
    others = f"({total_sql(release, tail.label)} - {alpha})"
    # Element 0 and those after the end are NULL, but -1 would be the last one.
    index = f"greatest(1 + floor(ln({alpha}) / {_STEP}), 0)::INTEGER"
    start, slope = (f"${prefix}_{part}::DOUBLE[]" for part in ("start", "slope"))
    largest = f"(({start})[{index}] + ({slope})[{index}] * {alpha})"
    sql = (
        f"CASE WHEN {others} < {largest} * (1 - ${prefix}_margin) THEN TRUE "
        f"WHEN {others} > {largest} * (1 + ${prefix}_margin) THEN FALSE "
        f"ELSE {exact} END"
    )
    table = _table(tail.threshold, tail.at_least)
    parts = {f"{prefix}_{part}": value for part, value in table.items()}
    return sql, {prefix: tail.at_least, **parts}


@lru_cache(maxsize=64)
def _table(threshold: float, at_least: float) -> dict[str, list[float] | float]:
    """The largest β at which each α reaches the probability: ``start`` and ``slope`` of
    straight pieces between nodes even in ln α, and the relative ``margin`` around them.

    β differs most near the middle of a piece, as on any short piece of a smooth curve.
    The margin is twice the largest relative difference there.
    """
    low, high = np.log(CONCENTRATION_RANGE)
    alpha = np.exp(np.arange(low, high + _STEP, _STEP))
    middle = (alpha[1:] + alpha[:-1]) / 2
    at_node, at_middle = (btdtrib(a, 1 - at_least, threshold) for a in (alpha, middle))
    slope = np.diff(at_node) / np.diff(alpha)
    start = at_node[:-1] - slope * alpha[:-1]
    distance = np.abs(at_middle / (start + slope * middle) - 1).max()
    return {
        "start": start.tolist(),
        "slope": slope.tolist(),
        "margin": float(2 * distance + _ROUNDING),
    }
