"""Run the recipe of a subset on another release, and compare the galaxies."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from duckdb import DuckDBPyConnection

from morph.catalogue.release_table import LoadedRelease
from morph.errors import MorphError
from morph.selection.listing import selected_rows
from morph.selection.recipe_json import from_json
from morph.subsets.saved import Subset, known_names, members, subset, write_subset

_ON_NAMES = {
    "and": pd.Index.intersection,
    "or": pd.Index.union,
    "not": pd.Index.difference,
}


@dataclass(frozen=True)
class Rerun:
    """Result of a subset's recipe on ``release``, as sorted (K,) arrays of iaunames."""

    subset: Subset
    release: LoadedRelease
    names: np.ndarray
    stayed: np.ndarray  # before and now
    entered: np.ndarray  # only now
    left: np.ndarray  # only before, and in the release
    missing: np.ndarray  # only before, and not in the release

    @property
    def sentence(self) -> str:
        return (
            f"{self.subset.galaxies:,} galaxies before, {len(self.names):,} in "
            f"{self.release.release_id}: {len(self.stayed):,} stayed, "
            f"{len(self.entered):,} entered, {len(self.left):,} left, and "
            f"{len(self.missing):,} are not in that release"
        )


def rerun(con: DuckDBPyConnection, subset_id: str, release: LoadedRelease) -> Rerun:
    """Run a subset's recipe on a release, without saving the result.

    Filters and regions are applied again, and each part of a combination. Of galaxies
    chosen individually, those in the release are taken. Raises MorphError if
    the release lacks a column of the recipe, or has another map.
    """
    old = subset(con, subset_id)
    before = pd.Index(members(con, subset_id))
    now = _names(con, old, release).unique().sort_values()
    gone = before.difference(now)
    there = gone.isin(known_names(con, release, gone.to_numpy()))
    parts = {
        "names": now,
        "stayed": before.intersection(now),
        "entered": now.difference(before),
        "left": gone[there],
        "missing": gone[~there],
    }
    names = {part: index.to_numpy(dtype=object) for part, index in parts.items()}
    return Rerun(old, release, **names)


def save(
    con: DuckDBPyConnection,
    done: Rerun,
    *,
    name: str,
    note: str = "",
    owner: str | None = None,
) -> Subset:
    """Save the result as a subset of the other release."""
    old = done.subset
    recipe = {
        **old.recipe,
        "rerun_of": {"subset_id": old.subset_id, "name": old.name},
        "difference": {
            what: len(getattr(done, what))
            for what in ("stayed", "entered", "left", "missing")
        },
    }
    made_from = (done.release.release_id, done.release.key)
    return write_subset(
        con, done.names, old.kind, recipe, made_from, name=name, note=note, owner=owner
    )


def _names(con: DuckDBPyConnection, old: Subset, release: LoadedRelease) -> pd.Index:
    if old.kind in ("filter", "region"):
        selection = from_json(old.recipe["selection"])
        if selection.tree.root == release.tree.root and selection.limits.keys() <= set(
            release.tree.labels
        ):
            selection = replace(selection, tree=release.tree)
        if selection.tree != release.tree:
            raise MorphError(
                f"“{old.name}” uses the tree {selection.tree.name}, but release "
                f"{release.release_id} has {release.tree.name}"
            )
        return pd.Index(selected_rows.names(con, release, selection))
    if old.kind == "algebra":
        parts = (subset(con, part["subset_id"]) for part in old.recipe["of"])
        first, *others = (_names(con, part, release) for part in parts)
        for names in others:
            first = _ON_NAMES[old.recipe["operation"]](first, names)
        return first
    return pd.Index(known_names(con, release, members(con, old.subset_id)))
