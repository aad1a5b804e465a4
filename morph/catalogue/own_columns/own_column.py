"""A person's own column, as the workspace describes it.

It is one of an uploaded list, or the similarity of all galaxies to examples
(`morph.subsets.similarity_column`). Its rows are a table of their own in the workspace,
which is written once (`morph.catalogue.own_columns.own_table`); no release is changed.
Identifiers in SQL are a subset's id and a column's key, never the name that people see.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from duckdb import DuckDBPyConnection

from morph.catalogue.workspace import is_attached
from morph.errors import MorphError

OwnKind = Literal["number", "whole", "text", "truth"]
KINDS: Mapping[OwnKind, str] = {
    "number": "number",
    "whole": "whole number",
    "text": "text",
    "truth": "true or false",
}
SQL_TYPES: Mapping[OwnKind, str] = {
    "number": "DOUBLE",
    "whole": "BIGINT",
    "text": "VARCHAR",
    "truth": "BOOLEAN",
}
COMPUTED = "similarity"  # the kind of a saved subset that is only a column
OUTDATED = "out of date"
LONGEST_KEY = 40
# The id of a subset and the key of a column; never a label or column of a release.
REF = re.compile(rf"([a-z][2-9][a-z2-9]{{3}})\.([a-z][a-z0-9_]{{0,{LONGEST_KEY - 1}}})")


@dataclass(frozen=True)
class OwnColumn:
    """One column of the list ``subset_id``, or the computed one that has this id.

    A computed column belongs to no list; it has the name under which it was saved.
    """

    subset_id: str
    number: int  # its place in the list, from 0
    key: str
    name: str  # as the list has it
    kind: OwnKind
    unit: str
    identifies: bool  # whether the list was matched by it
    low: float | None  # of its finite numbers
    high: float | None
    known: int  # galaxies with a value
    list_name: str = ""  # the name that the subset has now
    computed: str = ""  # what a computed column is, from which release and when
    outdated: bool = False  # computed from vectors that its release no longer has

    @property
    def ref(self) -> str:
        """Its name in addresses: the subset's id and its key."""
        return f"{self.subset_id}.{self.key}"

    @property
    def is_number(self) -> bool:
        return self.kind in ("number", "whole")

    @property
    def title(self) -> str:
        """Its name with its unit."""
        return f"{self.name} ({self.unit})" if self.unit else self.name

    @property
    def in_list(self) -> str:
        """Its title with the name of its list, or that it is out of date."""
        more = self.list_name or (OUTDATED if self.outdated else "")
        return f"{self.title} · {more}" if more else self.title

    @property
    def origin(self) -> str:
        """Where it is from, in words."""
        return self.computed or f"a column of the list “{self.list_name}”"


_OF_SUBSET = ("list_name", "computed", "outdated")
_STORED = [one.name for one in fields(OwnColumn) if one.name not in _OF_SUBSET]
# A manifest has the checksums of its release's files, that of the vectors among them.
_SELECT = f"""
    SELECT {", ".join(f"own.{one}" for one in _STORED)}, subsets.name, subsets.kind,
        subsets.recipe ->> 'words', subsets.release_id, subsets.created,
        EXISTS (FROM loaded WHERE loaded.release_id = subsets.release_id
            AND NOT contains(manifest, subsets.recipe ->> 'vectors_sha256'))
    FROM workspace.own_columns AS own
    JOIN workspace.subsets AS subsets USING (subset_id)
"""


def column(con: DuckDBPyConnection, ref: str) -> OwnColumn:
    """The column with a ref; MorphError where the workspace has none."""
    match = REF.fullmatch(ref)
    if match is None:
        raise MorphError(
            f"{ref[:60]!r} is not one of your columns; expected an id and the "
            "column’s key, such as k7f3a.log_mass"
        )
    bound = {"subset_id": match[1], "key": match[2]}
    where = "WHERE own.subset_id = $subset_id AND own.key = $key"
    found = _found(con, where, bound)
    if not found:
        raise MorphError(
            f"there is no column {match[2]!r} of a list {match[1]} in this workspace; "
            "the list may be in another one. Upload it again"
        )
    return found[0]


def columns_of(con: DuckDBPyConnection, subset_id: str) -> list[OwnColumn]:
    """The columns of a list in its order; none of a subset without columns."""
    where = "WHERE own.subset_id = $subset_id ORDER BY own.number"
    return _found(con, where, {"subset_id": subset_id})


def offered(con: DuckDBPyConnection) -> list[OwnColumn]:
    """All columns that are not deleted, the newest first, those of a list in its order.

    Without those by which lists were matched, and those without a value.
    """
    where = (
        "WHERE subsets.deleted IS NULL AND NOT own.identifies AND own.known > 0 "
        "ORDER BY subsets.created DESC, own.subset_id, own.number"
    )
    return _found(con, where, {})


def table_of(subset_id: str) -> str:
    """The table of the rows of a list or a computed column, from a valid id."""
    if not REF.fullmatch(f"{subset_id}.a"):
        raise ValueError(f"{subset_id!r} is not the id of a subset")
    return f"workspace.own_{subset_id}"


def own_sql(table: str, ref: str) -> str:
    """SQL of a column's value for each galaxy of a release's ``table``.

    Each galaxy has one row of the list at most that is used.
    """
    subset_id, key = parts(ref)
    return (
        f'(SELECT own."{key}" FROM {table_of(subset_id)} AS own '
        f"WHERE own._used AND own._iauname = {table}.iauname)"
    )


def parts(ref: str) -> tuple[str, str]:
    """The id and the key of a valid ref."""
    match = REF.fullmatch(ref)
    if match is None:
        raise ValueError(f"{ref!r} is not the ref of a column")
    return match[1], match[2]


def keys(names: Sequence[str]) -> list[str]:
    """A key for each name of a column, all different and safe in SQL."""
    made: list[str] = []
    for name in names:
        plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
        plain = plain if plain[:1].isalpha() else f"c_{plain}".rstrip("_")
        plain = key = plain[: LONGEST_KEY - 5]
        number = 1
        while key in made:
            number += 1
            key = f"{plain}_{number}"
        made.append(key)
    return made


def _found(
    con: DuckDBPyConnection, where: str, bound: Mapping[str, Any]
) -> list[OwnColumn]:
    if not is_attached(con):
        return []
    rows = con.execute(f"{_SELECT} {where}", bound).fetchall()
    return [_described(row[: len(_STORED)], *row[len(_STORED) :]) for row in rows]


def _described(
    stored: Sequence[Any],
    name: str,
    kind: str,
    what: str,
    release_id: str,
    created: str,
    outdated: bool,
) -> OwnColumn:
    """The column with the name and, if it is computed, the facts of its subset."""
    if kind != COMPUTED:
        return OwnColumn(*stored, list_name=name)
    computed = f"{what}, of {release_id}, computed {created[:10]}"
    own = OwnColumn(*stored, computed=computed, outdated=bool(outdated))
    return replace(own, name=name)
