"""Pages of a selection's galaxies, in a given order."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from morph.catalogue.column_sql import with_iauname
from morph.catalogue.release_table import LoadedRelease, query
from morph.selection.conditions import where
from morph.selection.in_memory import order_keys
from morph.selection.listing.order import Order
from morph.selection.listing.selected_rows import rows
from morph.selection.selection import Selection


def page(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    *,
    order: Order | None = None,
    offset: int = 0,
    limit: int = 48,
    columns: Sequence[str] = (),
    inside: np.ndarray | None = None,
) -> pd.DataFrame:
    """One page of the selection: ``iauname``, then ``columns`` as in `expression`.

    ``inside`` are the `rows` of the selection, where they are known already.
    """
    return _in_order(
        con,
        release,
        selection,
        order or Order(),
        with_iauname(release, columns),
        offset=offset,
        limit=limit,
        inside=inside,
    ).df()


def first_rows(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    order: Order,
    limit: int,
) -> list[int]:
    """Rows of the first galaxies of the selection, in order."""
    found = _in_order(con, release, selection, order, "rowid", offset=0, limit=limit)
    return [row for (row,) in found.fetchall()]


def without_value(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    order: Order,
) -> int:
    """Number of selected galaxies without the value of an order, which come last."""
    if order.by.of in ("name", "random"):
        return 0
    keys = order_keys.keys(con, release, order)
    if keys is not None:
        return int(np.isnan(keys[rows(con, release, selection)]).sum())
    condition, parameters = where(selection, release)
    key, _, of_order = order.key(release)
    sql = f"SELECT count(*) FROM {release.table} WHERE ({condition}) AND {key} IS NULL"
    return query(con, release, sql, {**parameters, **of_order}).fetchall()[0][0]


def _in_order(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    order: Order,
    shown: str,
    *,
    offset: int,
    limit: int,
    inside: np.ndarray | None = None,
) -> DuckDBPyConnection:
    """A query of what is ``shown``, in SQL, of one page."""
    condition, parameters = _among_first(
        con, release, selection, order, offset + limit, inside
    ) or where(selection, release)
    order_sql, order_parameters = order.sql(release)
    sql = (
        f"SELECT {shown} FROM {release.table} WHERE {condition} "
        f"ORDER BY {order_sql} LIMIT $limit OFFSET $offset"
    )
    bound = {**parameters, **order_parameters, "limit": limit, "offset": offset}
    return query(con, release, sql, bound)


def _among_first(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    order: Order,
    most: int,
    inside: np.ndarray | None,
) -> tuple[str, dict[str, Any]] | None:
    """SQL that only the first galaxies meet, and its parameters; None if unknown."""
    keys = order_keys.keys(con, release, order)
    if keys is None:
        return None
    if inside is None:
        inside = rows(con, release, selection)
    found = order_keys.first(keys, inside, most)
    if found is None:
        return None
    return "rowid IN (SELECT unnest($among::BIGINT[]))", {"among": found.tolist()}
