"""Saved subsets: named sets of galaxies with the recipe that made them.

The galaxies of a subset never change; running its recipe again makes another one
(`morph.subsets.rerun`).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence, Sized
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from duckdb import DuckDBPyConnection

from morph.catalogue.own_columns import own_table
from morph.catalogue.own_columns.own_column import COMPUTED
from morph.catalogue.own_columns.own_table import OwnTable
from morph.catalogue.release_table import LoadedRelease, query
from morph.catalogue.subset_members import names_sql
from morph.catalogue.workspace import changing, registered
from morph.errors import MorphError
from morph.selection.conditions import describe
from morph.selection.listing import selected_rows
from morph.selection.recipe_json import from_json, to_json
from morph.selection.selection import InSubset, Selection
from morph.subsets.subset_rows import (
    SELECT,
    Kind,
    Subset,
    all_rows,
    as_subset,
    checked_name,
    checked_note,
    insert,
)
from morph.wording import utc_now


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
    names = selected_rows.names(con, release, selection)
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
    ordered = sorted(names)
    made = (kind, *made_from, recipe, digest_of(ordered), len(ordered))
    members = pa.table({"iauname": pa.array(ordered, pa.string())})
    with changing(con), registered(con, "new_members", members):
        subset = insert(con, made, name, note, owner)
        con.execute(
            "INSERT INTO workspace.members SELECT $subset_id, iauname FROM new_members",
            {"subset_id": subset.subset_id},
        )
        if own is not None:
            own_table.write(con, subset.subset_id, own)
    return subset


def write_column(
    con: DuckDBPyConnection,
    recipe: Mapping[str, Any],
    made_from: tuple[str, str],
    values: OwnTable,
    *,
    name: str,
    note: str = "",
    owner: str | None = None,
) -> Subset:
    """Write a computed column, of galaxies of a release; see `write_subset`."""
    digest = digest_of([json.dumps(recipe, sort_keys=True)])
    made = (COMPUTED, *made_from, recipe, digest, values.rows.num_rows)
    with changing(con):
        column = insert(con, made, name, note, owner)
        own_table.write(con, column.subset_id, values)
    return column


def subsets(con: DuckDBPyConnection, *, deleted: bool = False) -> list[Subset]:
    """All subsets that have galaxies, newest first; or the deleted ones."""
    return all_rows(con, deleted, computed=False)


def computed_columns(con: DuckDBPyConnection, *, deleted: bool = False) -> list[Subset]:
    """All computed columns, newest first; or the deleted ones."""
    return all_rows(con, deleted, computed=True)


def subset(con: DuckDBPyConnection, subset_id: str) -> Subset:
    """One subset, deleted or not; MorphError where there is none."""
    sql = f"{SELECT} WHERE subset_id = $subset_id"
    rows = con.execute(sql, {"subset_id": subset_id}).fetchall()
    if not rows:
        raise MorphError(
            f"there is no subset {subset_id[:40]!r} in this workspace; it may be in "
            "another one"
        )
    return as_subset(rows[0])


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
    return _change(con, subset_id, "note = $value", checked_note(note))


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
            checked_name(con, name, but=subset_id)
        con.execute(
            f"UPDATE workspace.subsets SET {assignment} WHERE subset_id = $subset_id",
            {"subset_id": subset_id, "value": value},
        )
    return subset(con, subset_id)
