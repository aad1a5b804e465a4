"""The galaxies beside one in an ordered selection, and its rank there."""

from dataclasses import dataclass

import numpy as np
from duckdb import DuckDBPyConnection

from morph.catalogue.arrays import at_rows, rows_of
from morph.catalogue.release_table import LoadedRelease, query
from morph.selection.conditions import where
from morph.selection.in_memory import order_keys
from morph.selection.listing.order import Order
from morph.selection.listing.selected_rows import selected
from morph.selection.selection import Selection


@dataclass(frozen=True)
class NeighboursInOrder:
    """Rank of a galaxy in an ordered selection, from 1, and the galaxies beside it."""

    previous: str | None
    next: str | None
    rank: int
    total: int


def neighbours(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    iauname: str,
    *,
    order: Order | None = None,
) -> NeighboursInOrder | None:
    """The galaxies before and after ``iauname``; None if it is not in the selection."""
    order = order or Order()
    keys = order_keys.keys(con, release, order)
    if keys is None:
        return _by_scan(con, release, selection, iauname, order)
    row, chosen = rows_of(con, release, [iauname]).get(iauname), None
    if row is None or not (chosen := selected(con, release, selection))[row]:
        return None
    inside = np.flatnonzero(chosen)
    found = order_keys.around(keys, inside, row)
    if found is None:
        return _by_scan(con, release, selection, iauname, order)
    groups = (found.previous, found.same, found.following)
    every = at_rows(con, release, np.concatenate(groups))["iauname"].tolist()
    first, last = len(groups[0]), len(groups[0]) + len(groups[1])
    parts = (every[:first], every[first:last], every[last:])
    previous, same, following = (sorted(part) for part in parts)
    place = same.index(iauname)
    names = [*previous[-1:], *same, *following[:1]]
    at = place + bool(previous)
    return NeighboursInOrder(
        names[at - 1] if at else None,
        names[at + 1] if at + 1 < len(names) else None,
        found.before + place + 1,
        len(inside),
    )


def _by_scan(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    iauname: str,
    order: Order,
) -> NeighboursInOrder | None:
    # Scans, with one galaxy in memory: a window would sort the whole selection.
    condition, parameters = where(selection, release)
    key, forward, of_order = order.key(release)
    bound = {**parameters, **of_order, "iauname": iauname}
    among = f"FROM {release.table} WHERE ({condition})"
    own = f"SELECT {key} {among} AND iauname = $iauname"
    found = query(con, release, own, bound).fetchall()
    if not found:
        return None
    bound["own"] = found[0][0]
    smaller, larger = ("<", ">") if forward == "ASC" else (">", "<")
    backward = "DESC" if forward == "ASC" else "ASC"
    same = f"{key} IS NOT DISTINCT FROM $own AND iauname"
    before = f"""({key} {smaller} $own OR {key} IS NOT NULL AND $own IS NULL
        OR {same} < $iauname)"""
    after = f"""({key} {larger} $own OR {key} IS NULL AND $own IS NOT NULL
        OR {same} > $iauname)"""

    def first(side: str, by: str) -> str | None:
        sql = f"SELECT iauname {among} AND {side} ORDER BY {by} LIMIT 1"
        names = query(con, release, sql, bound).fetchall()
        return names[0][0] if names else None

    counted = f"SELECT count(*), count(*) FILTER (WHERE {before}) {among}"
    total, rank = query(con, release, counted, bound).fetchall()[0]
    return NeighboursInOrder(
        first(before, f"{key} {backward} NULLS FIRST, iauname DESC"),
        first(after, f"{key} {forward} NULLS LAST, iauname"),
        rank + 1,
        total,
    )
