"""The condition P(ρ > t) ≥ c, by a table, and exactly close to its boundary.

With α of an answer fixed, P(ρ > t) falls as β rises, the concentration of its
question's other answers; so c is reached up to one β, which grows smoothly with α. A
table of straight pieces gives it within a small margin. Only for the few galaxies
inside the margin the incomplete beta function is evaluated: for all of them that took
ten times as long.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from duckdb import DuckDBPyConnection
from scipy.special import btdtrib

from morph.catalogue.columns import quoted, tail_sql, total_sql
from morph.catalogue.release_table import Deferred, LoadedRelease
from morph.posterior.dirichlet import CONCENTRATION_RANGE
from morph.selection.selection import Tail

_STEP = 0.02  # of the table, in ln α; DuckDB copies it often, so it is short
_LOW, _HIGH = 0.001, 0.999  # of t and c; beyond them β becomes too large to tabulate
_ROUNDING = 1e-9  # relative; β itself is known to about 1e-13

Part = Literal["start", "slope", "margin"]


@dataclass(frozen=True)
class LargestOthers(Deferred):
    """A part of the table: the largest β at which each α reaches the probability."""

    tail: Tail
    part: Part

    def __call__(
        self, con: DuckDBPyConnection, release: LoadedRelease
    ) -> list[float] | float:
        return _table(self.tail.threshold, self.tail.at_least)[self.part]


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
    parts: tuple[Part, ...] = ("start", "slope", "margin")
    table = {f"{prefix}_{part}": LargestOthers(tail, part) for part in parts}
    return sql, {prefix: tail.at_least, **table}


@lru_cache(maxsize=64)
def _table(threshold: float, at_least: float) -> dict[Part, Any]:
    """Straight pieces between nodes even in ln α, and how far from them β may lie.

    It lies farthest near the middle of a piece, as on any short piece of a smooth
    curve; the margin is twice the largest relative distance there.
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
