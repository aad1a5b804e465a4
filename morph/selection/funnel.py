"""How many galaxies each step of a selection leaves, and which it removes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from duckdb import DuckDBPyConnection

from morph.catalogue.columns import with_iauname
from morph.catalogue.release_table import LoadedRelease, query
from morph.selection.conditions import Step, steps, where
from morph.selection.selection import Selection


@dataclass(frozen=True)
class FunnelRow:
    """One step, how many galaxies it leaves and how many it removes."""

    step: Step
    left: int
    removed: int


@dataclass(frozen=True)
class Funnel:
    """Galaxies in the release, then those left after each step."""

    total: int
    rows: tuple[FunnelRow, ...]

    @property
    def left(self) -> int:
        return self.rows[-1].left if self.rows else self.total


def count(con: DuckDBPyConnection, release: LoadedRelease, selection: Selection) -> int:
    """How many galaxies of ``release`` satisfy ``selection``."""
    condition, parameters = where(selection, release)
    sql = f"SELECT count(*) FROM {release.table} WHERE {condition}"
    return query(con, release, sql, parameters).fetchall()[0][0]


def funnel(
    con: DuckDBPyConnection, release: LoadedRelease, selection: Selection
) -> Funnel:
    """Galaxies left after each step of a selection."""
    return counted(con, release, steps(selection, release))


def counted(
    con: DuckDBPyConnection, release: LoadedRelease, found: Sequence[Step]
) -> Funnel:
    """Galaxies left after each of these steps, counted in one scan.

    A step that keeps the most certain costs one scan more, for its limit.
    """
    passed, parameters = steps_passed(found)
    sql = f"SELECT {passed} AS passed, count(*) FROM {release.table} GROUP BY passed"
    counts = dict(query(con, release, sql, parameters).fetchall())
    left = [
        sum(number for passed, number in counts.items() if passed >= place)
        for place in range(len(found) + 1)
    ]
    rows = (
        FunnelRow(step, left[place + 1], left[place] - left[place + 1])
        for place, step in enumerate(found)
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
    columns: Sequence[str] = (),
) -> pd.DataFrame:
    """Galaxies that step ``index`` of the selection removed, drawn at random.

    The same seed draws the same galaxies. ``iauname`` comes first, then ``columns``.
    """
    found = steps(selection, release)
    if not 0 <= index < len(found):
        raise ValueError(f"step {index} of a selection with {len(found)} steps")
    passed, parameters = steps_passed(found[: index + 1])
    shown = with_iauname(release, columns)
    sql = (
        f"SELECT {shown} FROM {release.table} WHERE {passed} = $index "
        "ORDER BY hash(iauname, $seed), iauname LIMIT $limit"
    )
    bound = {**parameters, "index": index, "seed": seed, "limit": limit}
    return query(con, release, sql, bound).df()


def steps_passed(found: Sequence[Step]) -> tuple[str, dict[str, Any]]:
    """SQL for how many steps a galaxy passes before the first that it fails."""
    parameters: dict[str, Any] = {}
    cases = []
    for place, step in enumerate(found):
        parameters |= step.parameters
        cases.append(f"WHEN ({step.sql}) IS NOT TRUE THEN {place}")
    if not cases:
        return "0", {}
    return f"CASE {' '.join(cases)} ELSE {len(found)} END", parameters
