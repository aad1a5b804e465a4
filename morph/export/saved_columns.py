"""Sets of columns that people saved, to choose them again for another file."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from morph.catalogue.workspace import changing
from morph.errors import MorphError
from morph.export.columns import CHOSEN, COLUMN_SETS
from morph.wording import utc_now

MAX_NAME = 40
_TAKEN = {*COLUMN_SETS, CHOSEN, "fractions"}


@dataclass(frozen=True)
class SavedColumns:
    """A saved set: published names of columns, also of those that a release lacks."""

    name: str
    columns: tuple[str, ...]
    owner: str | None = None  # who saved it on a shared dashboard; None: everybody's


def saved_columns(con: DuckDBPyConnection) -> list[SavedColumns]:
    """All saved sets by name."""
    sql = "SELECT name, columns, owner FROM workspace.column_sets ORDER BY lower(name)"
    rows = con.execute(sql).fetchall()
    return [SavedColumns(name, tuple(json.loads(c)), owner) for name, c, owner in rows]


def save(
    con: DuckDBPyConnection,
    name: str,
    columns: Sequence[str],
    *,
    owner: str | None = None,
) -> SavedColumns:
    """Save a set of columns; MorphError if the name is taken, or there are none."""
    name = name.strip()
    if not (0 < len(name) <= MAX_NAME and name.isprintable()):
        raise MorphError(
            f"enter a name of 1 to {MAX_NAME} characters on one line, not "
            f"{name[:MAX_NAME]!r}"
        )
    if not columns:
        raise MorphError("there are no columns to save; choose at least one")
    new = SavedColumns(name, tuple(columns), owner)
    with changing(con):
        names = {one.name.lower() for one in saved_columns(con)} | _TAKEN
        if name.lower() in names:
            raise MorphError(f"a set “{name}” already exists; choose another name")
        con.execute(
            "INSERT INTO workspace.column_sets VALUES ($name, $columns, $now, $owner)",
            {
                "name": name,
                "columns": json.dumps(new.columns),
                "now": utc_now(),
                "owner": owner,
            },
        )
    return new


def delete(con: DuckDBPyConnection, name: str) -> None:
    """Delete a saved set."""
    with changing(con):
        con.execute(
            "DELETE FROM workspace.column_sets WHERE name = $name", {"name": name}
        )
