"""Pages of a selection's galaxies, in a named order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from morph.catalogue.columns import quoted, uncertainty_column, with_iauname
from morph.catalogue.release_table import LoadedRelease, query
from morph.errors import MorphError
from morph.selection.conditions import where
from morph.selection.selection import Selection

# Kind -> what it sorts by, in words; {} is an answer or its question.
_OF_ANSWER = {
    "surest_variance": "most certain first: lowest variance of {}",
    "least_sure_variance": "least certain first: highest variance of {}",
    "highest": "highest probability of {} first",
    "lowest": "lowest probability of {} first",
}
_OF_QUESTION = {
    "surest_concentration": "most certain first: highest total concentration of {}",
    "least_sure_concentration": "least certain first: lowest total concentration of {}",
    "surest_information": "most certain first: lowest mutual information of {}",
    "least_sure_information": "least certain first: highest mutual information of {}",
}
_OF_GALAXY = {
    "largest": "largest first",
    "brightest": "brightest in r first",
    "random": "random, seed {}",
    "iauname": "by name",
}
KINDS = (*_OF_ANSWER, *_OF_QUESTION, *_OF_GALAXY)


@dataclass(frozen=True)
class Order:
    """An order of galaxies; all but the last four kinds sort by the answer ``label``.

    Ties, and galaxies whose value is unknown, follow at the end by name.
    """

    kind: str = "iauname"
    label: str | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise MorphError(
                f"order is {self.kind!r}; expected one of: {', '.join(KINDS)}"
            )
        if self.label is None and self.kind not in _OF_GALAXY:
            raise MorphError(f"an order by {self.kind!r} needs an answer to sort by")

    def words(self, release: LoadedRelease) -> str:
        """The order in words, with the name of its uncertainty measure."""
        if self.kind in _OF_GALAXY:
            return _OF_GALAXY[self.kind].format(self.seed)
        if self.kind in _OF_QUESTION:
            title = release.tree.question_of(self.label).title
            return _OF_QUESTION[self.kind].format(title)
        words = _OF_ANSWER[self.kind].format(release.tree.words(self.label))
        if release.has_samples:
            words = words.replace("variance", "total variance")
        return words

    def sql(self, release: LoadedRelease) -> tuple[str, dict[str, Any]]:
        """SQL after ORDER BY, and its parameters."""
        if self.kind == "random":
            return "hash(iauname, $seed), iauname", {"seed": self.seed}
        column, direction = self._column(release)
        return f"{quoted(release, column)} {direction} NULLS LAST, iauname", {}

    def _column(self, release: LoadedRelease) -> tuple[str, str]:
        if self.kind in _OF_GALAXY:
            return {
                "largest": ("radius_arcsec", "DESC"),
                "brightest": ("mag_r", "ASC"),
                "iauname": ("iauname", "ASC"),
            }[self.kind]
        if self.kind in ("highest", "lowest"):
            direction = "DESC" if self.kind == "highest" else "ASC"
            return f"{self.label}_probability", direction
        sure, by = self.kind.rsplit("_", 1)
        # High concentration is certain; high variance or disagreement is uncertain.
        downwards = (sure == "surest") == (by == "concentration")
        column = uncertainty_column(release, by, self.label)
        return column, "DESC" if downwards else "ASC"


def orders(release: LoadedRelease) -> dict[str, str]:
    """Kinds of order that this release can serve, with their words."""
    label = release.tree.labels[0]
    found = {}
    for kind in KINDS:
        order = Order(kind, None if kind in _OF_GALAXY else label)
        try:
            order.sql(release)
        except MorphError:
            continue
        found[kind] = order.words(release)
    return found


@dataclass(frozen=True)
class Neighbours:
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
) -> pd.DataFrame:
    """One page of the selection: ``iauname``, then ``columns``, NULL as NaN.

    ``columns`` are the wide table's, or "<label>_above_<t>", P(ρ > t).
    """
    condition, parameters = where(selection, release)
    order_sql, order_parameters = (order or Order()).sql(release)
    shown = with_iauname(release, columns)
    # The few rows are found first, by the columns that decide; then they are read.
    sql = (
        f"SELECT {shown} FROM {release.table} WHERE {condition} "
        f"ORDER BY {order_sql} LIMIT $limit OFFSET $offset"
    )
    bound = {**parameters, **order_parameters, "limit": limit, "offset": offset}
    return query(con, release, sql, bound).df()


def rows(
    con: DuckDBPyConnection, release: LoadedRelease, selection: Selection
) -> np.ndarray:
    """Rows of the selected galaxies, (K,) int64, increasing."""
    condition, parameters = where(selection, release)
    sql = f"SELECT rowid AS row FROM {release.table} WHERE {condition}"
    return query(con, release, sql, parameters).fetchnumpy()["row"]


def as_mask(rows: np.ndarray, release: LoadedRelease) -> np.ndarray:
    """Which galaxies of a release are in ``rows``, (N,) bool."""
    mask = np.zeros(release.galaxies, dtype=bool)
    mask[rows] = True
    return mask


def neighbours(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    iauname: str,
    *,
    order: Order | None = None,
) -> Neighbours | None:
    """The galaxies before and after ``iauname``; None if it is not in the selection."""
    condition, parameters = where(selection, release)
    order_sql, order_parameters = (order or Order()).sql(release)
    sql = f"""
        SELECT previous, next, rank, total FROM (
            SELECT iauname, row_number() OVER w AS rank, count(*) OVER () AS total,
                lag(iauname) OVER w AS previous, lead(iauname) OVER w AS next
            FROM {release.table} WHERE {condition} WINDOW w AS (ORDER BY {order_sql}))
        WHERE iauname = $iauname
    """
    bound = {**parameters, **order_parameters, "iauname": iauname}
    rows = query(con, release, sql, bound).fetchall()
    return Neighbours(*rows[0]) if rows else None
