"""Add features and a map to an existing release, as a new release.

The other files of the parent are copied unchanged; the new release names its parent.
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
class ImageMatch:
    """Galaxies that a release and some images have in common, by iauname."""

    rows: np.ndarray  # of images of galaxies in the release
    without_image: int  # galaxies of the release
    not_in_release: int  # images

    @property
    def words(self) -> str:
        """The match in one sentence."""
        galaxies = len(self.rows) + self.without_image
        sentence = f"features of {len(self.rows):,} of {galaxies:,} galaxies"
        if self.without_image:
            sentence += f"; {self.without_image:,} have no image"
        if self.not_in_release:
            sentence += f"; {self.not_in_release:,} images are of other galaxies"
        return sentence


def match(parent: Path, names: np.ndarray) -> ImageMatch:
    """Match the iaunames of images, (N,), with those of a release folder.

    Raises
    ------
    MorphError
        If a name is empty or repeated, or none is in the release.
    """
    index = pd.Index(names)
    nameless = int((index.isna() | (index == "")).sum())
    if nameless:
        raise MorphError(f"{nameless:,} images have no iauname; name them all")
    if index.has_duplicates:
        twice = index[index.duplicated()].unique()
        raise MorphError(
            f"{len(twice):,} galaxies have two images (first: {twice[0]}); choose "
            "stores without common galaxies"
        )
    known = release_names(parent)
    common = index.isin(known)
    if not common.any():
        raise MorphError(
            f"none of the {len(index):,} images is of a galaxy in {parent.name} "
            f"(images: {index[0]} ..., release: {known[0]} ...); choose the cutout "
            "store of its galaxies"
        )
    rows = np.flatnonzero(common)
    return ImageMatch(rows, len(known) - len(rows), len(index) - len(rows))


def release_names(folder: Path) -> pd.Index:
    """The iaunames of a release folder, in order."""
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
    """Write ``folder``, the release ``parent`` with these features and this map.

    Parameters
    ----------
    features, projection : DataFrames
        As for `morph.release.folder.write_release`, of galaxies of the parent only.
    changes : mapping
        Fields of the manifest that differ from the parent: at least ``release_id``.
    details : Details
        ``features`` and ``projection`` are its own; the rest is the parent's.
    documents : mapping
        Name of an additional file -> its text.

    Raises
    ------
    DamagedRelease
        If a file of the parent does not match its manifest.
    MorphError
        If a galaxy is repeated or not in the parent.
    """
    inherited = verify_release(parent)
    names = release_names(parent)
    kept = [name for name in inherited.files if name not in (*_REPLACED, *documents)]
    for name in kept:
        with replacing(folder / name) as path:
            shutil.copyfile(parent / name, path)
    files: dict[str, FileRecord] = {name: inherited.files[name] for name in kept}
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
        inherited,
        **changes,
        parent_release=inherited.release_id,
        details=replace(inherited.details, **own),
        created="",
    )
    if child.release_id == inherited.release_id:
        raise MorphError(f"{MANIFEST}: a release cannot be its own parent")
    return finish_release(folder, child, files)


def _in_order(table: pd.DataFrame, names: pd.Index, what: str) -> pd.DataFrame:
    rows = names.get_indexer(pd.Index(table["iauname"]))
    if (rows < 0).any() or len(np.unique(rows)) < len(rows):
        raise MorphError(f"{what}: a galaxy is repeated, or not in the parent release")
    return table.iloc[np.argsort(rows, kind="stable")]
