"""The rows of an uploaded list as a table in the workspace: written once, and read."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from duckdb import DuckDBPyConnection

from morph.catalogue.own_columns.own_column import (
    SQL_TYPES,
    OwnColumn,
    OwnKind,
    columns_of,
    keys,
    table_of,
)
from morph.catalogue.workspace import registered

# What a row has beside the columns of the list; keys never begin with "_".
FIXED = {
    "_row": "BIGINT",  # in the list, from 1
    "_iauname": "VARCHAR",  # of its galaxy; NULL if it matched none
    "_state": "VARCHAR",  # matched, conflict, ambiguous or unmatched
    "_separation_arcsec": "DOUBLE",  # between its position and that of its galaxy
    "_ra": "DOUBLE",  # of its position, ICRS degrees
    "_dec": "DOUBLE",
    "_used": "BOOLEAN",  # whether it gives the values of its galaxy
}


@dataclass(frozen=True)
class NewColumn:
    """A column of a list before it is saved."""

    name: str
    kind: OwnKind
    unit: str = ""
    identifies: bool = False


@dataclass(frozen=True)
class OwnTable:
    """The rows of a list: those of FIXED, then ``columns`` in this order."""

    columns: tuple[NewColumn, ...]
    rows: pa.Table


def write(con: DuckDBPyConnection, subset_id: str, table: OwnTable) -> None:
    """Write the rows of a list; within the transaction that saves its subset."""
    made = keys([one.name for one in table.columns])
    rows = table.rows.rename_columns([*FIXED, *made])
    types = FIXED | {
        key: SQL_TYPES[one.kind] for key, one in zip(made, table.columns, strict=True)
    }
    cells = ", ".join(f'"{key}"::{kind} AS "{key}"' for key, kind in types.items())
    with registered(con, "new_rows", rows):
        con.execute(
            f"CREATE TABLE {table_of(subset_id)} AS SELECT {cells} FROM new_rows "
            "ORDER BY _row"
        )
    for number, (key, one) in enumerate(zip(made, table.columns, strict=True)):
        con.execute(
            "INSERT INTO workspace.own_columns VALUES ($subset_id, $number, $key, "
            "$name, $kind, $unit, $identifies, $low, $high, $known)",
            {
                "subset_id": subset_id,
                "number": number,
                "key": key,
                **vars(one),
                **_range(con, subset_id, key, one.kind),
            },
        )


def rows_of(con: DuckDBPyConnection, subset_id: str, *, used: bool = False) -> pa.Table:
    """The rows of a list in its order, with FIXED columns and keys.

    With ``used``, only those that give the values of galaxies.
    """
    where = "WHERE _used" if used else ""
    sql = f"SELECT * FROM {table_of(subset_id)} {where} ORDER BY _row"
    return con.sql(sql).to_arrow_table()


def of_galaxies(
    con: DuckDBPyConnection, columns: Sequence[OwnColumn], names: pa.Array
) -> list[pa.Array]:
    """Each column's values for the galaxies called ``names``, null where unknown."""
    found = []
    for one in columns:
        sql = (
            f'SELECT _iauname, "{one.key}" AS value FROM {table_of(one.subset_id)} '
            "WHERE _used"
        )
        rows = con.sql(sql).to_arrow_table().combine_chunks()
        at = pc.index_in(names, value_set=rows["_iauname"].combine_chunks())
        found.append(rows["value"].combine_chunks().take(at))
    return found


def frequent(con: DuckDBPyConnection, own: OwnColumn, *, most: int) -> list[str | bool]:
    """The most frequent values of a column of texts or truth values, by galaxy."""
    sql = (
        f'SELECT "{own.key}" AS value FROM {table_of(own.subset_id)} '
        f'WHERE _used AND "{own.key}" IS NOT NULL GROUP BY value '
        "ORDER BY count(*) DESC, value LIMIT $most"
    )
    return [value for (value,) in con.execute(sql, {"most": most}).fetchall()]


def repeated(con: DuckDBPyConnection, subset_id: str) -> tuple[int, int]:
    """Galaxies of a list with several rows, and the number of their rows."""
    if not columns_of(con, subset_id):
        return 0, 0
    sql = (
        "SELECT count(*), coalesce(sum(n), 0) FROM (SELECT count(*) AS n "
        f"FROM {table_of(subset_id)} WHERE _iauname IS NOT NULL GROUP BY _iauname "
        "HAVING count(*) > 1)"
    )
    galaxies, rows = con.execute(sql).fetchall()[0]
    return int(galaxies), int(rows)


def used_rows(names: np.ndarray, separation_arcsec: np.ndarray) -> np.ndarray:
    """Which row gives the values of each galaxy, (N,) bool.

    Of several rows with one name, the nearest to the galaxy; the first of equals, and
    before rows without a separation. ``names`` are None for rows of no galaxy.
    """
    used = np.zeros(len(names), dtype=bool)
    order = np.lexsort((np.arange(len(names)), separation_arcsec))  # NaN last
    taken: set[str] = set()
    for row in order.tolist():
        if names[row] is not None and names[row] not in taken:
            taken.add(names[row])
            used[row] = True
    return used


def _range(
    con: DuckDBPyConnection, subset_id: str, key: str, kind: OwnKind
) -> dict[str, float | None]:
    """Ends of a column's finite numbers, and how many galaxies have a value."""
    ends = "NULL, NULL"
    if kind in ("number", "whole"):
        finite = f'FILTER (WHERE isfinite("{key}"::DOUBLE))'
        ends = f'min("{key}") {finite}, max("{key}") {finite}'
    sql = f'SELECT count("{key}"), {ends} FROM {table_of(subset_id)} WHERE _used'
    known, low, high = con.execute(sql).fetchall()[0]
    return {"known": known, "low": low, "high": high}
