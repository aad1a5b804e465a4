"""Galaxies with P(ρ > t) of at least c, told apart by a table and so exactly.

With α of an answer fixed, P(ρ > t) falls as β, what its question's other answers have,
rises; so c is reached up to one β, which rises with α. Between two α of the table
that β lies between theirs. A few galaxies in a thousand have a β in between; for them
alone the incomplete beta function is evaluated, which took five times as long for all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from duckdb import DuckDBPyConnection
from scipy.special import btdtrib

from morph.catalogue import LoadedRelease
from morph.columns import others_sql, quoted, tail_sql
from morph.dirichlet import CONCENTRATION_RANGE
from morph.selection import Tail

_STEP = 0.004  # of the table, in ln α: a longer one costs more than it saves
_ROUNDING = 1e-9  # relative; the table's own errors are near 1e-13


@dataclass(frozen=True)
class LargestOthers:
    """Calculates the table: up to which β each α reaches the probability."""

    threshold: float
    at_least: float

    def __call__(self, con: DuckDBPyConnection, release: LoadedRelease) -> list[float]:
        return _table(self.threshold, self.at_least)


def condition(
    release: LoadedRelease, tail: Tail, *, prefix: str
) -> tuple[str, Mapping[str, Any]]:
    """SQL that is true for galaxies sure enough of an answer, and its parameters."""
    exact = f"{tail_sql(release, tail.label, tail.threshold)} >= ${prefix}"
    within = 0 < tail.threshold < 1 and 0 < tail.at_least < 1
    if release.has_samples or not within:
        return exact, {prefix: tail.at_least}
    own = f"{quoted(release, f'{tail.label}_concentration')}::DOUBLE"
    others = others_sql(release, tail.label)
    # Before the table there is no element 0, behind it none; an element -1 there is.
    place = f"greatest(1 + floor(ln({own}) / {_STEP}), 0)::INTEGER"
    table = f"${prefix}_others::DOUBLE[]"
    sql = (
        f"CASE WHEN {others} < ({table})[{place}] * {1 - _ROUNDING} THEN TRUE "
        f"WHEN {others} > ({table})[{place} + 1] * {1 + _ROUNDING} THEN FALSE "
        f"ELSE {exact} END"
    )
    known = LargestOthers(tail.threshold, tail.at_least)
    return sql, {prefix: tail.at_least, f"{prefix}_others": known}


@lru_cache(maxsize=64)
def _table(threshold: float, at_least: float) -> list[float]:
    low, high = np.log(CONCENTRATION_RANGE)
    alpha = np.exp(np.arange(low, high + _STEP, _STEP))
    return btdtrib(alpha, 1 - at_least, threshold).tolist()
