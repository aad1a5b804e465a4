"""Add features or a map to an existing release, as a new release.

The other files of the parent are copied unchanged; the new release names its parent.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from morph.atomic import replacing
from morph.errors import MorphError
from morph.release.details import FIRST_MAP, Details, is_map_name
from morph.release.folder import (
    MANIFEST,
    FileRecord,
    Manifest,
    finish_release,
    verify_release,
)
from morph.release.maps import (
    FEATURES,
    features_file,
    map_columns,
    map_file,
    maps_of,
)
from morph.release.write_files import (
    features_to_arrow,
    write_features,
    write_table,
    write_text,
)


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
        raise MorphError(
            f"{nameless:,} images have no iauname; give each one an iauname"
        )
    if index.has_duplicates:
        twice = index[index.duplicated()].unique()
        raise MorphError(
            f"{len(twice):,} galaxies have two images (first: {twice[0]}); choose "
            "stores that share no galaxies"
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

    They replace the features and the first map of the parent; further maps are kept.

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
    copies = {n: n for n in inherited.files if n not in (FEATURES, map_file(FIRST_MAP))}
    for one in maps_of(inherited):
        if one.name != FIRST_MAP and one.features == FEATURES:  # those replaced now
            copies[features_file(one.name)] = FEATURES
    files = copied(folder, parent, inherited, copies)
    tables = {FEATURES: features, map_file(FIRST_MAP): projection}
    files |= _written(folder, parent, tables)
    new = {"features": details.features, "projection": details.projection}
    child = replace(inherited, **changes, details=replace(inherited.details, **new))
    return finished_child(folder, child, inherited, files, documents)


def add_map(
    folder: Path,
    parent: Path,
    features: pd.DataFrame,
    projection: pd.DataFrame,
    *,
    name: str,
    record: Mapping[str, Any],
    changes: Mapping[str, Any],
    documents: Mapping[str, str],
) -> Manifest:
    """Write ``folder``, the release ``parent`` with one more map.

    Parameters
    ----------
    features, projection : DataFrames
        As for `attach_features`; features that the parent has are not stored again.
    name : str
        Of the map, as `checked_new_map` allows.
    record : mapping
        How the map was made, for `Details.maps`.
    changes, documents : mappings
        As for `attach_features`.

    Raises
    ------
    DamagedRelease, MorphError
        As `attach_features`, and if the name is not allowed.
    """
    inherited = verify_release(parent)
    checked_new_map(inherited, name)
    files = copied(folder, parent, inherited, {n: n for n in inherited.files})
    tables = {map_file(name): projection}
    if FEATURES not in files or not _holds(parent / FEATURES, features):
        tables[features_file(name)] = features
    files |= _written(folder, parent, tables)
    preserved = round(float(projection[map_columns(name)[2]].mean()), 4)
    maps = {**inherited.details.maps, name: {**record, "preserved": preserved}}
    details = replace(inherited.details, maps=maps)
    child = replace(inherited, **changes, details=details)
    return finished_child(folder, child, inherited, files, documents)


def checked_new_map(parent: Manifest, name: str) -> None:
    """Refuse a map that cannot be added to a release under this name.

    Raises
    ------
    MorphError
        If the release has no map yet, or has one of this name, or the name cannot be
        part of the name of a column.
    """
    maps = [one.name for one in maps_of(parent)]
    if not maps:
        raise MorphError(
            f"the release {parent.release_id} has no map yet; remove `map`: the "
            "new features and map are then its first ones"
        )
    if name in maps:
        raise MorphError(
            f"the release {parent.release_id} already has a map {name!r}; its maps: "
            f"{', '.join(maps)}. Give the new one another name"
        )
    if not is_map_name(name):
        raise MorphError(
            f"{name!r} cannot be the name of a map; use 1 to 31 of a-z, 0-9 and '_', "
            "beginning with a letter"
        )


def copied(
    folder: Path, parent: Path, inherited: Manifest, copies: Mapping[str, str]
) -> dict[str, FileRecord]:
    """Copy files, new name -> name in the parent; the records of the new files."""
    for name, source in copies.items():
        with replacing(folder / name) as path:
            shutil.copyfile(parent / source, path)
    return {name: inherited.files[source] for name, source in copies.items()}


def _holds(path: Path, features: pd.DataFrame) -> bool:
    """Whether a file has exactly these features, in any order."""
    theirs, ours = pq.read_table(path), features_to_arrow(features)
    names = ours["iauname"].cast(pa.string())
    rows = pc.index_in(theirs["iauname"].cast(pa.string()), value_set=names)
    matched = len(theirs) == len(ours) and not rows.null_count
    return matched and ours["feature"].take(rows).equals(theirs["feature"])


def _written(
    folder: Path, parent: Path, tables: Mapping[str, pd.DataFrame | None]
) -> dict[str, FileRecord]:
    """Write features and maps in the order of the parent's galaxies; their records."""
    names = release_names(parent)
    records = {}
    for name, table in tables.items():
        if table is None:
            continue
        is_features = "feature" in table.columns
        what = "features" if is_features else "the map"
        write = write_features if is_features else write_table
        records[name] = write(folder / name, _in_order(table, names, what))
    return records


def finished_child(
    folder: Path,
    child: Manifest,
    parent: Manifest,
    files: dict[str, FileRecord],
    documents: Mapping[str, str],
) -> Manifest:
    if child.release_id == parent.release_id:
        raise MorphError(f"{MANIFEST}: a release cannot be its own parent")
    files |= {name: write_text(folder / name, text) for name, text in documents.items()}
    child = replace(child, parent_release=parent.release_id, created="")
    return finish_release(folder, child, files)


def _in_order(table: pd.DataFrame, names: pd.Index, what: str) -> pd.DataFrame:
    rows = names.get_indexer(pd.Index(table["iauname"]))
    if (rows < 0).any() or len(np.unique(rows)) < len(rows):
        raise MorphError(f"{what}: a galaxy is repeated, or not in the parent release")
    return table.iloc[np.argsort(rows, kind="stable")]
