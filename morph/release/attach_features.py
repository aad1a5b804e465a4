"""Features and a map for a release that exists, which becomes a new one: its child.

Everything else of the parent is copied byte by byte; the child names it.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from morph.atomic import replacing
from morph.errors import MorphError
from morph.release.details import Details
from morph.release.folder import (
    MANIFEST,
    FileRecord,
    Manifest,
    finish_release,
    verify_release,
    write_features,
    write_table,
    write_text,
)

_REPLACED = ("features.parquet", "projection.parquet")


@dataclass(frozen=True)
class Matched:
    """Which galaxies a release and the pictures have in common, by iauname."""

    rows: np.ndarray  # of the pictures, whose galaxies the release has
    without_picture: int  # galaxies of the release
    not_in_release: int  # pictures

    @property
    def words(self) -> str:
        """The match in one sentence."""
        whole = len(self.rows) + self.without_picture
        said = f"features of {len(self.rows):,} of {whole:,} galaxies"
        if self.without_picture:
            said += f"; {self.without_picture:,} have no picture"
        if self.not_in_release:
            said += f"; {self.not_in_release:,} pictures are of other galaxies"
        return said


def match(parent: Path, names: np.ndarray) -> Matched:
    """Hold the iaunames of pictures, (N,), against those of a release folder.

    Raises
    ------
    MorphError
        If a name is empty or stands twice among them, or none is in the release.
    """
    index = pd.Index(names)
    nameless = int((index.isna() | (index == "")).sum())
    if nameless:
        raise MorphError(f"{nameless:,} pictures have no iauname; name them all")
    if index.has_duplicates:
        twice = index[index.duplicated()].unique()
        raise MorphError(
            f"{len(twice):,} galaxies have two pictures (first: {twice[0]}); name "
            "stores that share none"
        )
    known = release_names(parent)
    own = index.isin(known)
    if not own.any():
        raise MorphError(
            f"none of the {len(index):,} pictures is of a galaxy of {parent.name} "
            f"(theirs: {index[0]} ..., the release's: {known[0]} ...); name the "
            "cutout store of its galaxies"
        )
    rows = np.flatnonzero(own)
    return Matched(rows, len(known) - len(rows), len(index) - len(rows))


def release_names(folder: Path) -> pd.Index:
    """The iaunames of a release folder, in its order."""
    column = pq.read_table(folder / "galaxies.parquet", columns=["iauname"])["iauname"]
    return pd.Index(column.to_pandas())


def attach_features(
    folder: Path,
    parent: Path,
    features: pd.DataFrame,
    projection: pd.DataFrame | None,
    *,
    changes: Mapping[str, Any],
    details: Details,
    documents: Mapping[str, str],
) -> Manifest:
    """Write ``folder``, the release of ``parent`` with these features and this map.

    Parameters
    ----------
    features, projection : DataFrames
        As `morph.release.folder.write_release` takes them, of the parent's galaxies
        alone.
    changes : mapping
        What its manifest says otherwise than the parent's: at least ``release_id``.
    details : Details
        ``features`` and ``projection`` are its own; the rest is the parent's.
    documents : mapping
        Name of a file -> its text, to go with it.

    Raises
    ------
    DamagedRelease
        If the parent is not what its manifest says.
    MorphError
        If a galaxy stands twice or is none of the parent's.
    """
    given = verify_release(parent)
    names = release_names(parent)
    kept = [name for name in given.files if name not in (*_REPLACED, *documents)]
    for name in kept:
        with replacing(folder / name) as path:
            shutil.copyfile(parent / name, path)
    files: dict[str, FileRecord] = {name: given.files[name] for name in kept}
    ordered = _in_order(features, names, "features")
    files["features.parquet"] = write_features(folder / "features.parquet", ordered)
    if projection is not None:
        ordered = _in_order(projection, names, "the map")
        path = folder / "projection.parquet"
        files["projection.parquet"] = write_table(path, ordered)
    for name, text in documents.items():
        files[name] = write_text(folder / name, text)
    own = {"features": details.features, "projection": details.projection}
    child = replace(
        given,
        **changes,
        parent_release=given.release_id,
        details=replace(given.details, **own),
        created="",
    )
    if child.release_id == given.release_id:
        raise MorphError(f"{MANIFEST}: a release cannot be its own parent")
    return finish_release(folder, child, files)


def _in_order(table: pd.DataFrame, names: pd.Index, what: str) -> pd.DataFrame:
    places = names.get_indexer(pd.Index(table["iauname"]))
    if (places < 0).any() or len(np.unique(places)) < len(places):
        raise MorphError(f"{what} name a galaxy twice, or one that the parent has not")
    return table.iloc[np.argsort(places, kind="stable")]
