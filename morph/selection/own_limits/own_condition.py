"""The galaxies that a limit on a list's column keeps, as a bit mask bound to SQL."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from duckdb import DuckDBPyConnection

from morph.catalogue.own_columns.own_column import column, parts, table_of
from morph.catalogue.release_table import Deferred, LoadedRelease, query
from morph.selection.masks import as_mask, is_in, remembered
from morph.selection.own_limits.own_limit import OwnLimit, named


@dataclass(frozen=True)
class InOwn(Deferred):
    """The mask of the galaxies of a release that a limit keeps."""

    limit: OwnLimit

    def __call__(self, con: DuckDBPyConnection, release: LoadedRelease) -> bytes:
        return remembered(release, self, lambda: _kept(con, release, self.limit))


def step(
    release: LoadedRelease, limit: OwnLimit, *, prefix: str
) -> tuple[str, str, str, str, str, dict[str, Any]]:
    """The fields of a `morph.selection.conditions.Step`."""
    sql = is_in(release, prefix)
    return "own", limit.words, limit.short, limit.ref, sql, {prefix: InOwn(limit)}


def condition(limit: OwnLimit) -> tuple[str, dict[str, Any]]:
    """SQL on rows ``own`` of the list that meet the limit, and its parameters."""
    _, key = parts(limit.ref)
    if limit.ends is not None:
        low, high = limit.ends
        return f'own."{key}" BETWEEN $low AND $high', {"low": low, "high": high}
    kind = "BOOLEAN" if any(isinstance(v, bool) for v in limit.values) else "VARCHAR"
    values = list(limit.values)
    return f'own."{key}" IN (SELECT unnest($values::{kind}[]))', {"values": values}


def _kept(
    con: DuckDBPyConnection, release: LoadedRelease, limit: OwnLimit
) -> np.ndarray:
    """Galaxies that the limit keeps, (N,) bool in row order.

    MorphError if the workspace does not have the column, or it is of another kind.
    """
    named(limit, column(con, limit.ref))
    subset_id, key = parts(limit.ref)
    meets, bound = condition(limit)
    sql = (
        f"SELECT galaxies.rowid AS row, ({meets}) AS inside "
        f"FROM {table_of(subset_id)} AS own JOIN {release.table} AS galaxies "
        f"ON own._iauname = galaxies.iauname WHERE own._used "
        f'AND own."{key}" IS NOT NULL'
    )
    found = query(con, release, sql, bound).fetchnumpy()
    inside = as_mask(found["row"][found["inside"].astype(bool)], release)
    if limit.keep_missing:
        inside |= ~as_mask(found["row"], release)
    return inside
