"""Which galaxies pass each step of a selection, as masks that are kept in memory.

A step that limits one column, or keeps a fraction by one, is compared by numpy, any
other is asked of DuckDB; both keep the same galaxies. Moving one slider changes one
mask, the others are kept.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from duckdb import DuckDBPyConnection

from morph.catalogue.in_memory.columns import column
from morph.catalogue.in_memory.kept_arrays import kept
from morph.catalogue.release_table import (
    Deferred,
    LoadedRelease,
    query,
    require_loaded,
)
from morph.selection.masks import is_in, unpacked
from morph.selection.step import Step, all_of


def masks(
    con: DuckDBPyConnection, release: LoadedRelease, several: Sequence[Step]
) -> list[np.ndarray]:
    """Which galaxies pass each of the steps of a selection, (N,) bool, read-only.

    MorphError if the release was unloaded, though its masks may still be kept.
    """
    require_loaded(con, release)
    found: list[np.ndarray] = []
    for number, step in enumerate(several):
        found.append(_mask(con, release, step, several[:number], found))
    return found


def all_pass(several: Sequence[np.ndarray], release: LoadedRelease) -> np.ndarray:
    """Which galaxies are in every mask, (N,) bool."""
    passed = np.ones(release.galaxies, dtype=bool)
    for mask in several:
        passed &= mask  # in place: new memory costs more than the operation
    return passed


def _mask(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    step: Step,
    before: Sequence[Step],
    passed: Sequence[np.ndarray],
) -> np.ndarray:
    """The mask of a step; those that are ``passed`` are of the steps before it."""
    # The SQL of a step that keeps a fraction contains the steps before it.
    parameters = all_of([*before, step])[1] if step.keeps_fraction else step.parameters

    def made() -> np.ndarray:
        if step.bounds and step.bounds.column:
            return _compared(con, release, step)
        if step.ranked:
            return _first(con, release, step, all_pass(passed, release))
        if any(isinstance(value, Deferred) for value in step.parameters.values()):
            return _unpacked(con, release, step)
        return _asked(con, release, step.sql, parameters)

    return kept(release, _identity(step.sql, parameters), made)


def _identity(sql: str, parameters: Mapping[str, Any]) -> tuple:
    """What the galaxies that pass a step depend on."""
    values = (
        (name, tuple(value) if isinstance(value, list) else value)
        for name, value in sorted(parameters.items())
    )
    return (sql, *values)


def _compared(
    con: DuckDBPyConnection, release: LoadedRelease, step: Step
) -> np.ndarray:
    bounds, values = step.bounds, column(con, release, step.bounds.column)
    passes = values >= step.precision(bounds.low)
    passes &= values <= step.precision(bounds.high)
    return passes | np.isnan(values) if bounds.keeps_missing else passes


def _first(
    con: DuckDBPyConnection, release: LoadedRelease, step: Step, among: np.ndarray
) -> np.ndarray:
    """Galaxies with a value up to that of the last one in a fraction ``among`` some."""
    values = column(con, release, step.ranked.column)
    if step.ranked.end == "highest":
        values = -values
    own = values[among]
    own = own[~np.isnan(own)]
    if not len(own):
        return np.zeros(release.galaxies, dtype=bool)
    (fraction,) = step.parameters.values()
    # The same number in the same arithmetic as `quantile_disc` of DuckDB.
    last = max(len(own) - math.floor(len(own) - len(own) * fraction), 1) - 1
    return values <= np.partition(own, last)[last]


def _unpacked(
    con: DuckDBPyConnection, release: LoadedRelease, step: Step
) -> np.ndarray:
    """The galaxies in the bit mask of a step, or those that are not."""
    ((name, mask),) = step.parameters.items()
    inside = unpacked(mask(con, release), release)
    return inside if step.sql == is_in(release, name) else ~inside


def _asked(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    sql: str,
    parameters: Mapping[str, Any],
) -> np.ndarray:
    statement = f"SELECT ({sql}) IS TRUE AS passes FROM {release.table}"
    return query(con, release, statement, parameters).fetchnumpy()["passes"]
