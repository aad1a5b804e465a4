"""Rows of the workspace's table of subsets, and what they may be called."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from duckdb import DuckDBPyConnection

from morph.catalogue.own_columns.own_column import COMPUTED
from morph.catalogue.workspace import new_id
from morph.errors import MorphError
from morph.wording import utc_now

Kind = Literal[
    "filter", "region", "similar", "pins", "list", "algebra", "similarity", "labels"
]
MAX_NAME, MAX_NOTE = 80, 2000


@dataclass(frozen=True)
class Subset:
    """A saved subset; ``digest`` depends only on its galaxies.

    One of the kind COMPUTED has no galaxies of its own, but a value of those of its
    release; its digest is that of its recipe.
    """

    subset_id: str
    name: str
    note: str
    created: str  # ISO time, UTC
    kind: Kind
    release_id: str
    release_key: str  # LoadedRelease.key of the release it was made from
    recipe: Mapping[str, Any]
    digest: str
    galaxies: int
    deleted: str | None = None  # ISO time, UTC
    owner: str | None = None  # who saved it on a shared dashboard; None: everybody's


_COLUMNS = [column.name for column in fields(Subset)]
SELECT = f"SELECT {', '.join(_COLUMNS)} FROM workspace.subsets"


def insert(
    con: DuckDBPyConnection,
    made: tuple[Any, ...],
    name: str,
    note: str,
    owner: str | None,
) -> Subset:
    """Insert a subset within a transaction; ``made``: its kind to its galaxies."""
    titled = (checked_name(con, name), checked_note(note))
    subset_id = new_id(con, "subsets", "subset_id")
    subset = Subset(subset_id, *titled, utc_now(), *made, owner=owner)
    con.execute(
        f"INSERT INTO workspace.subsets ({', '.join(_COLUMNS)}) "
        f"VALUES (${', $'.join(_COLUMNS)})",
        {**vars(subset), "recipe": json.dumps(subset.recipe, ensure_ascii=False)},
    )
    return subset


def all_rows(con: DuckDBPyConnection, deleted: bool, *, computed: bool) -> list[Subset]:
    """All subsets that are deleted or not, and computed or not, the newest first."""
    sql = (
        f"{SELECT} WHERE (deleted IS NOT NULL) = $deleted "
        "AND (kind = $kind) = $computed ORDER BY created DESC, subset_id"
    )
    bound = {"deleted": deleted, "kind": COMPUTED, "computed": computed}
    return [as_subset(row) for row in con.execute(sql, bound).fetchall()]


def as_subset(row: tuple[Any, ...]) -> Subset:
    """The subset of a row that SELECT gives."""
    values = dict(zip(_COLUMNS, row, strict=True))
    return Subset(**{**values, "recipe": json.loads(values["recipe"])})


def checked_name(con: DuckDBPyConnection, name: str, *, but: str = "") -> str:
    """A valid, unused name; call it within the transaction that uses it."""
    name = name.strip()
    if not (0 < len(name) <= MAX_NAME and name.isprintable()):
        raise MorphError(
            f"enter a name of 1 to {MAX_NAME} characters on one line, not "
            f"{name[:MAX_NAME]!r}"
        )
    sql = (
        "SELECT kind FROM workspace.subsets WHERE lower(name) = lower($name) "
        "AND deleted IS NULL AND subset_id <> $but"
    )
    others = con.execute(sql, {"name": name, "but": but}).fetchall()
    if others:
        computed = any(kind == COMPUTED for (kind,) in others)
        what = "column" if computed else "subset"
        raise MorphError(f"a {what} “{name}” already exists; choose another name")
    return name


def checked_note(note: str) -> str:
    if len(note) > MAX_NOTE or "\x00" in note:
        raise MorphError(
            f"the note has {len(note):,} characters; at most {MAX_NOTE:,} are allowed"
        )
    return note.strip()
