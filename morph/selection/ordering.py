"""Pages of a selection's galaxies, in a named order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from morph.catalogue.arrays import at_rows, rows_of
from morph.catalogue.column_sql import quoted, uncertainty, with_iauname
from morph.catalogue.in_memory.columns import column, name_hashes
from morph.catalogue.in_memory.kept_arrays import fits
from morph.catalogue.own_columns import own_column
from morph.catalogue.own_columns.own_column import REF
from morph.catalogue.release_table import LoadedRelease, query
from morph.errors import MorphError
from morph.posterior.measures import UNCERTAINTIES, Measure
from morph.selection.conditions import steps, where
from morph.selection.in_memory import order_keys, step_masks
from morph.selection.masks import as_mask
from morph.selection.selection import Selection

# Kind -> the measure that it sorts by, and whether the least certain come first.
_OF_MEASURES = {
    f"{end}_{name}": (measure, end == "least_sure")
    for name, measure in UNCERTAINTIES.items()
    for end in ("surest", "least_sure")
}
# Kind -> the column that it sorts by, and its end that comes first.
OF_GALAXY = {
    "random": ("", ""),
    "brightest": ("mag_r", "lowest"),
    "largest": ("radius_arcsec", "highest"),
    "iauname": ("iauname", "lowest"),
}

# Kind -> its end that comes first, of a column of a list.
OF_LIST = {"own_highest": "highest", "own_lowest": "lowest"}
LIST_TITLES = {
    f"own_{end}": f"One of your columns, {end} first" for end in OF_LIST.values()
}


def _of_measure(measure: Measure, least: bool) -> str:
    most = "Least" if least else "Most"
    return f"{most} certain: {measure.end(least=least)} {measure.title.lower()}"


# Kind -> title of controls, which also stands in addresses.
TITLES = {
    "random": "Random",
    "highest": "Highest vote fraction",
    "lowest": "Lowest vote fraction",
    **{kind: _of_measure(*measured) for kind, measured in _OF_MEASURES.items()},
    "brightest": "Brightest in r",
    "largest": "Largest radius",
    "iauname": "Name",
}


@dataclass(frozen=True)
class Order:
    """An order of galaxies; kinds other than OF_GALAXY sort by the answer ``label``.

    Those of OF_LIST sort by a list's column: ``own``, its ref, and its name, which is
    only for words. Ties are ordered by name; galaxies without the value come last.
    """

    kind: str = "iauname"
    label: str | None = None
    seed: int = 0
    own: str = ""
    own_name: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        kinds = TITLES | LIST_TITLES
        if self.kind not in kinds:
            raise MorphError(
                f"order is {self.kind!r}; expected one of: {', '.join(kinds)}"
            )
        if self.kind in OF_LIST:
            if not REF.fullmatch(self.own):
                raise MorphError(f"an order by {self.kind!r} needs a column of a list")
        elif self.label is None and self.kind not in OF_GALAXY:
            raise MorphError(f"an order by {self.kind!r} needs an answer to sort by")

    def words(self, release: LoadedRelease) -> str:
        """The order in words, with the uncertainty it sorts by named."""
        if self.kind == "random":
            return f"random order (seed {self.seed})"
        if self.kind == "iauname":
            return "by name"
        *_, words = self._first(release)
        return f"{words[0].lower()}{words[1:]} first"

    def sql(self, release: LoadedRelease) -> tuple[str, dict[str, Any]]:
        """SQL after ORDER BY, and its parameters."""
        key, direction, parameters = self.key(release)
        return f"{key} {direction} NULLS LAST, iauname", parameters

    def key(self, release: LoadedRelease) -> tuple[str, str, dict[str, Any]]:
        """What it sorts by before the name, ASC or DESC, and parameters."""
        if self.kind == "random":
            return "hash(iauname, $seed)", "ASC", {"seed": self.seed}
        column, end, _ = self._first(release)
        return quoted(release, column), "DESC" if end == "highest" else "ASC", {}

    def _first(self, release: LoadedRelease) -> tuple[str, str, str]:
        """The column, its end that comes first, and both in words."""
        if self.kind in OF_LIST:
            end = OF_LIST[self.kind]
            return self.own, end, f"{end} {self.own_name or self.own}"
        label, tree, title = self.label, release.tree, TITLES[self.kind]
        if self.kind in OF_GALAXY:
            return *OF_GALAXY[self.kind], title
        if self.kind in ("highest", "lowest"):
            return f"{label}_probability", self.kind, f"{title} of {tree.words(label)}"
        measure, least = _OF_MEASURES[self.kind]
        measure = uncertainty(release, measure.name)
        words = f"{_of_measure(measure, least)} of {measure.subject(label, tree)}"
        return measure.column_of(label, tree), measure.end(least=least), words


def orders(release: LoadedRelease) -> list[str]:
    """Kinds of order for which the release has the columns, without those of lists."""
    kinds = []
    for kind in TITLES:
        label = None if kind in OF_GALAXY else release.tree.labels[0]
        try:
            Order(kind, label).sql(release)
        except MorphError:
            continue
        kinds.append(kind)
    return kinds


@dataclass(frozen=True)
class NeighboursInOrder:
    """Rank of a galaxy in an ordered selection, from 1, and the galaxies beside it."""

    previous: str | None
    next: str | None
    rank: int
    total: int


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
    keys = _keys(con, release, order)
    if keys is None:
        return None
    if inside is None:
        inside = rows(con, release, selection)
    found = order_keys.first(keys, inside, most)
    if found is None:
        return None
    return "rowid IN (SELECT unnest($among::BIGINT[]))", {"among": found.tolist()}


def _keys(
    con: DuckDBPyConnection, release: LoadedRelease, order: Order
) -> np.ndarray | None:
    """Numbers by which the order sorts, smallest first, NaN last; (N,) in row order.

    None for names, and for a release that is not in memory.
    """
    if not fits(release) or order.kind == "iauname":
        return None
    if order.own and not own_column.column(con, order.own).is_number:
        return None
    if order.kind == "random":
        return name_hashes(con, release, order.seed)
    name, end, _ = order._first(release)
    values = column(con, release, name)
    return -values if end == "highest" else values


def rows(
    con: DuckDBPyConnection, release: LoadedRelease, selection: Selection
) -> np.ndarray:
    """Rows of the selected galaxies, (K,) int64, increasing."""
    if fits(release):
        return np.flatnonzero(selected(con, release, selection))
    condition, parameters = where(selection, release)
    sql = f"SELECT rowid AS row FROM {release.table} WHERE {condition}"
    return query(con, release, sql, parameters).fetchnumpy()["row"]


def selected(
    con: DuckDBPyConnection, release: LoadedRelease, selection: Selection
) -> np.ndarray:
    """Which galaxies are selected, (N,) bool in row order."""
    if fits(release):
        masks = step_masks.masks(con, release, steps(selection, release))
        return step_masks.all_pass(masks, release)
    return as_mask(rows(con, release, selection), release)


def names(
    con: DuckDBPyConnection, release: LoadedRelease, selection: Selection
) -> np.ndarray:
    """iaunames of the selected galaxies, (K,) object array."""
    condition, parameters = where(selection, release)
    sql = f"SELECT iauname FROM {release.table} WHERE {condition}"
    return query(con, release, sql, parameters).fetchnumpy()["iauname"]


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
    keys = _keys(con, release, order)
    if keys is None:
        return _neighbours_by_scan(con, release, selection, iauname, order)
    row, chosen = rows_of(con, release, [iauname]).get(iauname), None
    if row is None or not (chosen := selected(con, release, selection))[row]:
        return None
    inside = np.flatnonzero(chosen)
    found = order_keys.around(keys, inside, row)
    if found is None:
        return _neighbours_by_scan(con, release, selection, iauname, order)
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


def _neighbours_by_scan(
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
