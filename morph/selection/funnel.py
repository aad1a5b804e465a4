"""How many galaxies each step of a selection leaves, and which it removes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from morph.catalogue.column_sql import with_iauname
from morph.catalogue.in_memory.kept_arrays import fits
from morph.catalogue.release_table import LoadedRelease, query
from morph.selection.conditions import steps, where
from morph.selection.in_memory import step_masks
from morph.selection.selection import Selection
from morph.selection.step import Step, all_of

TIES = 1.1  # an excess above it is worth saying


@dataclass(frozen=True)
class FunnelRow:
    """One step, how many galaxies it leaves and how many it removes."""

    step: Step
    left: int
    removed: int

    @property
    def excess(self) -> float:
        """Galaxies left for each one in the fraction that the step keeps.

        Above 1 where galaxies have the value of the last one kept, which are all kept.
        1 for a step without a fraction.
        """
        if self.step.fraction is None:
            return 1.0
        return excess(self.step.fraction, self.left, self.left + self.removed)

    @property
    def has_ties(self) -> bool:
        """Whether it leaves many more galaxies than its fraction."""
        return self.excess > TIES


@dataclass(frozen=True)
class Funnel:
    """Galaxies in the release, then those left after each step."""

    total: int
    rows: tuple[FunnelRow, ...]

    @property
    def left(self) -> int:
        return self.rows[-1].left if self.rows else self.total

    @property
    def excess(self) -> float:
        """The largest excess of a step, 1 where all keep what they should."""
        return max((row.excess for row in self.rows), default=1.0)

    @property
    def ties(self) -> str:
        """Why a step keeps many more galaxies than its fraction; "" where none does."""
        return " ".join(
            f"{row.step.short[:1].upper()}{row.step.short[1:]}: {row.left:,} of "
            f"{row.left + row.removed:,} galaxies are kept, because many have the same "
            "value, and equal values are kept together."
            for row in self.rows
            if row.has_ties
        )


def excess(fraction: float, kept: int, of: int) -> float:
    """Galaxies ``kept`` for each one in a ``fraction`` of them; 1 for none."""
    # Rounded, as 0.07 * 100 is a little more than 7 in a computer.
    return kept / max(math.ceil(round(fraction * of, 6)), 1) if kept else 1.0


def count(con: DuckDBPyConnection, release: LoadedRelease, selection: Selection) -> int:
    """How many galaxies of ``release`` satisfy ``selection``."""
    if fits(release):
        return counted(con, release, steps(selection, release)).left
    condition, parameters = where(selection, release)
    sql = f"SELECT count(*) FROM {release.table} WHERE {condition}"
    return query(con, release, sql, parameters).fetchall()[0][0]


def funnel(
    con: DuckDBPyConnection, release: LoadedRelease, selection: Selection
) -> Funnel:
    """Galaxies left after each step of a selection."""
    return counted(con, release, steps(selection, release))


def counted(
    con: DuckDBPyConnection, release: LoadedRelease, several: Sequence[Step]
) -> Funnel:
    """Galaxies left after each of these steps.

    They are counted in the masks of the steps, or in one scan where those do not fit
    into memory: there a step that keeps the most certain needs another, for its limit.
    """
    count_left = _left_in_memory if fits(release) else _left_by_scan
    return of_counts(several, count_left(con, release, several))


def of_counts(several: Sequence[Step], left: Sequence[int]) -> Funnel:
    """The funnel of steps, of the galaxies before the first and after each one."""
    rows = (
        FunnelRow(step, after, before - after)
        for step, (before, after) in zip(several, pairwise(left), strict=True)
    )
    return Funnel(left[0], tuple(rows))


def lost(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    index: int,
    *,
    limit: int = 24,
    seed: int = 0,
    nearest: bool = False,
    columns: Sequence[str] = (),
) -> pd.DataFrame:
    """Galaxies that step ``index`` of the selection removed: ``iauname``, ``columns``.

    They are drawn at random, the same by the same seed. With ``nearest``, they are
    those nearest to the range of the step's number, in order.
    """
    every = steps(selection, release)
    if not 0 <= index < len(every):
        raise ValueError(f"step {index} of a selection with {len(every)} steps")
    passed, parameters = _steps_passed(every[: index + 1])
    condition = f"{passed} = $index"
    order, values = "hash(iauname, $seed)", {"seed": seed}
    if nearest:
        bounds = every[index].bounds
        condition += f" AND {bounds.value} IS NOT NULL"
        order = f"greatest($low - {bounds.value}, {bounds.value} - $high)"
        values = {"low": bounds.low, "high": bounds.high}
    sql = (
        f"SELECT {with_iauname(release, columns)} FROM {release.table} "
        f"WHERE {condition} ORDER BY {order}, iauname LIMIT $limit"
    )
    bound = {**parameters, **values, "index": index, "limit": limit}
    return query(con, release, sql, bound).df()


def _left_in_memory(
    con: DuckDBPyConnection, release: LoadedRelease, several: Sequence[Step]
) -> list[int]:
    """Galaxies before the first step and after each one."""
    left, passed = [release.galaxies], np.ones(release.galaxies, dtype=bool)
    for mask in step_masks.masks(con, release, several):
        passed &= mask
        left.append(int(np.count_nonzero(passed)))
    return left


def _left_by_scan(
    con: DuckDBPyConnection, release: LoadedRelease, several: Sequence[Step]
) -> list[int]:
    """The same, counted by DuckDB alone."""
    passed, parameters = _steps_passed(several)
    sql = f"SELECT {passed} AS passed, count(*) FROM {release.table} GROUP BY passed"
    counts = dict(query(con, release, sql, parameters).fetchall())
    return [
        sum(number for passed, number in counts.items() if passed >= i)
        for i in range(len(several) + 1)
    ]


def _steps_passed(several: Sequence[Step]) -> tuple[str, dict[str, Any]]:
    """SQL for how many steps a galaxy passes before the first that it fails."""
    if not several:
        return "0", {}
    cases = [
        f"WHEN ({step.sql}) IS NOT TRUE THEN {number}"
        for number, step in enumerate(several)
    ]
    return f"CASE {' '.join(cases)} ELSE {len(several)} END", all_of(several)[1]
