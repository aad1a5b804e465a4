"""Saved subsets: named sets of galaxies with the recipe that made them.

The galaxies of a subset never change; running its recipe again makes another one
(`morph.subsets.rerun`).
"""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from duckdb import DuckDBPyConnection

from morph.catalogue.own_columns import own_table
from morph.catalogue.own_columns.own_table import OwnTable
from morph.catalogue.release_table import LoadedRelease, query
from morph.catalogue.subset_members import names_sql
from morph.catalogue.workspace import changing, registered
from morph.errors import MorphError
from morph.selection import ordering
from morph.selection.conditions import describe
from morph.selection.recipe_json import from_json, to_json
from morph.selection.selection import InSubset, Selection
from morph.wording import utc_now

Kind = Literal["filter", "region", "similar", "pins", "list", "algebra"]
MAX_NAME, MAX_NOTE = 80, 2000

_LETTERS, _DIGITS = "abcdefghijkmnpqrstuvwxyz", "23456789"


@dataclass(frozen=True)
class Subset:
    """A saved subset; ``digest`` depends only on its galaxies."""

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
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM workspace.subsets"


def save_selection(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    selection: Selection,
    *,
    name: str,
    note: str = "",
    owner: str | None = None,
) -> Subset:
    """Save the selected galaxies of a release as a subset."""
    names = ordering.names(con, release, selection)
    recipe = {"selection": to_json(selection), "words": describe(selection, release)}
    kind: Kind = "region" if selection.regions else "filter"
    made_from = (release.release_id, release.key)
    return write_subset(
        con, names, kind, recipe, made_from, name=name, note=note, owner=owner
    )


def chosen_words(names: Sized) -> str:
    """The number of galaxies chosen by name, as a recipe says it."""
    noun = "galaxy" if len(names) == 1 else "galaxies"
    return f"{len(names):,} individually chosen {noun}"


def save_names(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    names: Sequence[str],
    *,
    kind: Kind,
    name: str,
    note: str = "",
    owner: str | None = None,
    recipe: Mapping[str, Any] | None = None,
    own: OwnTable | None = None,
) -> Subset:
    """Save galaxies given by iauname, in any order; duplicates count once.

    ``own`` are the rows of the list they are from, which are saved with them. Raises
    MorphError if the release does not have one of the galaxies.
    """
    names = np.unique(np.asarray(names, dtype=object))
    # By hash: numpy's isin compares all pairs of texts, 0.5 s for 5,000.
    unknown = names[~pd.Index(names).isin(known_names(con, release, names))]
    if len(unknown):
        raise MorphError(
            f"galaxies are not in release {release.release_id}: {unknown[0]!r}"
            + (f" and {len(unknown) - 1} more" if len(unknown) > 1 else "")
            + "; remove them"
        )
    recipe = {"words": chosen_words(names), **(recipe or {})}
    made_from = (release.release_id, release.key)
    given = {"name": name, "note": note, "owner": owner, "own": own}
    return write_subset(con, names, kind, recipe, made_from, **given)


def write_subset(
    con: DuckDBPyConnection,
    names: np.ndarray,
    kind: Kind,
    recipe: Mapping[str, Any],
    made_from: tuple[str, str],
    *,
    name: str,
    note: str,
    owner: str | None = None,
    own: OwnTable | None = None,
) -> Subset:
    """Write a new subset, from unique names of galaxies in a release.

    ``made_from`` is the release's id and key.
    """
    if not len(names):
        raise MorphError("there are no galaxies to save; a subset has at least one")
    ordered, note = sorted(names), _checked_note(note)
    digest, number = digest_of(ordered), len(ordered)
    made = (kind, *made_from, recipe, digest, number)
    members = pa.table({"iauname": pa.array(ordered, pa.string())})
    with changing(con), registered(con, "new_members", members):
        checked = _checked_name(con, name)
        subset = Subset(_new_id(con), checked, note, utc_now(), *made, owner=owner)
        con.execute(
            f"INSERT INTO workspace.subsets ({', '.join(_COLUMNS)}) "
            f"VALUES (${', $'.join(_COLUMNS)})",
            {**vars(subset), "recipe": json.dumps(recipe, ensure_ascii=False)},
        )
        con.execute(
            "INSERT INTO workspace.members SELECT $subset_id, iauname FROM new_members",
            {"subset_id": subset.subset_id},
        )
        if own is not None:
            own_table.write(con, subset.subset_id, own)
    return subset


def subsets(con: DuckDBPyConnection, *, deleted: bool = False) -> list[Subset]:
    """All subsets, newest first; or the deleted ones."""
    sql = (
        f"{_SELECT} WHERE (deleted IS NOT NULL) = $deleted "
        "ORDER BY created DESC, subset_id"
    )
    rows = con.execute(sql, {"deleted": deleted}).fetchall()
    return [_subset(row) for row in rows]


def subset(con: DuckDBPyConnection, subset_id: str) -> Subset:
    """One subset, deleted or not; MorphError where there is none."""
    sql = f"{_SELECT} WHERE subset_id = $subset_id"
    rows = con.execute(sql, {"subset_id": subset_id}).fetchall()
    if not rows:
        raise MorphError(
            f"there is no subset {subset_id[:40]!r} in this workspace; it may be in "
            "another one"
        )
    return _subset(rows[0])


def members(con: DuckDBPyConnection, subset_id: str) -> np.ndarray:
    """Names of a subset's galaxies, (N,) object array of str, sorted."""
    sql = f"{names_sql('subset_id')} ORDER BY iauname"
    bound = {"subset_id": subset(con, subset_id).subset_id}
    return con.execute(sql, bound).fetchnumpy()["iauname"]


def rename(con: DuckDBPyConnection, subset_id: str, name: str) -> Subset:
    """Rename a subset."""
    return _change(con, subset_id, "name = $value", name.strip(), name=name)


def annotate(con: DuckDBPyConnection, subset_id: str, note: str) -> Subset:
    """Replace a subset's note."""
    return _change(con, subset_id, "note = $value", _checked_note(note))


def delete(con: DuckDBPyConnection, subset_id: str) -> Subset:
    """Mark a subset as deleted; links still work, and `restore` undoes it."""
    return _change(con, subset_id, "deleted = $value", utc_now())


def restore(con: DuckDBPyConnection, subset_id: str) -> Subset:
    """Undo `delete`; MorphError if another subset has its name now."""
    name = subset(con, subset_id).name
    return _change(con, subset_id, "deleted = $value", None, name=name)


def as_selection(saved: Subset, release: LoadedRelease) -> Selection:
    """A selection of the subset's galaxies alone."""
    within = InSubset(saved.subset_id, name=saved.name)
    return Selection(subsets=(within,), tree=release.tree)


def made_by(saved: Subset, release: LoadedRelease) -> Selection:
    """The selection a subset was saved from; `as_selection` if it was from names."""
    if "selection" in saved.recipe:
        return from_json(saved.recipe["selection"])
    return as_selection(saved, release)


def digest_of(names: Sequence[str]) -> str:
    """Twelve hexadecimal digits, equal for equal sorted names."""
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:12]


def known_names(
    con: DuckDBPyConnection, release: LoadedRelease, names: np.ndarray
) -> np.ndarray:
    """The names that are in a release."""
    sql = (
        f"SELECT iauname FROM {release.table} "
        "WHERE iauname IN (SELECT name FROM given_names)"
    )
    table = pa.table({"name": pa.array(names, pa.string())})
    with registered(con, "given_names", table):
        return query(con, release, sql).fetchnumpy()["iauname"]


def _change(
    con: DuckDBPyConnection,
    subset_id: str,
    assignment: str,
    value: str | None,
    *,
    name: str | None = None,
) -> Subset:
    """Change a subset; ``name`` is its new name, if any."""
    subset(con, subset_id)
    with changing(con):
        if name is not None:
            _checked_name(con, name, but=subset_id)
        con.execute(
            f"UPDATE workspace.subsets SET {assignment} WHERE subset_id = $subset_id",
            {"subset_id": subset_id, "value": value},
        )
    return subset(con, subset_id)


def _subset(row: tuple[Any, ...]) -> Subset:
    values = dict(zip(_COLUMNS, row, strict=True))
    return Subset(**{**values, "recipe": json.loads(values["recipe"])})


def _new_id(con: DuckDBPyConnection) -> str:
    """A new id of five letters and digits; the second is a digit."""
    taken = con.execute("SELECT subset_id FROM workspace.subsets").fetchall()
    parts = (_LETTERS, _DIGITS, *[_LETTERS + _DIGITS] * 3)
    while True:
        new = "".join(secrets.choice(part) for part in parts)
        if (new,) not in taken:
            return new


def _checked_name(con: DuckDBPyConnection, name: str, *, but: str = "") -> str:
    """A valid, unused name; call it within the transaction that uses it."""
    name = name.strip()
    if not (0 < len(name) <= MAX_NAME and name.isprintable()):
        raise MorphError(
            f"enter a name of 1 to {MAX_NAME} characters on one line, not "
            f"{name[:MAX_NAME]!r}"
        )
    sql = (
        "SELECT 1 FROM workspace.subsets WHERE lower(name) = lower($name) "
        "AND deleted IS NULL AND subset_id <> $but"
    )
    if con.execute(sql, {"name": name, "but": but}).fetchall():
        raise MorphError(f"a subset “{name}” already exists; choose another name")
    return name


def _checked_note(note: str) -> str:
    if len(note) > MAX_NOTE or "\x00" in note:
        raise MorphError(
            f"the note has {len(note):,} characters; at most {MAX_NOTE:,} are allowed"
        )
    return note.strip()
