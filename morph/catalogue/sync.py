"""Synchronise the catalogue with the folder of releases."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from duckdb import DuckDBPyConnection

from morph.catalogue.connection import connect, forget
from morph.catalogue.contents import Waiting, set_aside, signature, waiting
from morph.catalogue.loading import load_release, unload_release
from morph.catalogue.open_errors import explained
from morph.catalogue.release_table import releases
from morph.errors import CannotWrite, DamagedCatalogue, MorphError
from morph.release.manifest import read_manifest
from morph.release.packed import unpack
from morph.release.publish import restore_replaced

logger = logging.getLogger(__name__)


# Receives a release that begins to be loaded, its number and how many there are.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class SyncResult:
    """One release that `sync` loaded, could not load, or unloaded."""

    release_id: str
    state: Literal["loaded", "refused", "unloaded"]
    message: str


def sync(
    con: DuckDBPyConnection,
    releases_folder: Path,
    *,
    progress: Progress = lambda name, number, total: None,
) -> list[SyncResult]:
    """Load new releases and unload removed ones; return what was done.

    Unloaded releases stay unloaded. A release whose folder now holds another one is
    replaced. A packed release is unpacked, and its folder takes the place of its file.
    A damaged release is reported once and retried when its files change.
    Without changes, only manifests are read.

    Raises CannotWrite if the disk is full or memory lacks, DamagedCatalogue if the
    catalogue cannot be read; the next call goes on.
    """
    results = []
    with suppress(OSError):  # of a home that cannot be written to
        restore_replaced(releases_folder)
    with explained(con):
        for release in releases(con):
            if not (releases_folder / release.release_id).exists():
                unload_release(con, release.release_id, remember=False)
                message = f"its folder is no longer in {releases_folder}"
                results.append(SyncResult(release.release_id, "unloaded", message))
        new = [one for one in waiting(con, releases_folder) if one.reason == "new"]
        for number, one in enumerate(new, start=1):
            progress(one.release_id, number, len(new))
            results.append(_load(con, one))
    return results


def rebuild(path: Path, releases_folder: Path) -> list[SyncResult]:
    """Rebuild the catalogue from its releases.

    Raises CatalogueHeld if another process has it open; MorphError if the file is no
    catalogue or cannot be written.
    """
    try:
        connect(path).close()
    except DamagedCatalogue:
        logger.info("%s is damaged or of another version; rebuilding it", path)
    forget(path)
    with connect(path) as con:
        return sync(con, releases_folder)


def _load(con: DuckDBPyConnection, new: Waiting) -> SyncResult:
    try:
        if not new.folder.is_dir():
            folder = _unpacked(new.folder)
            new = replace(new, release_id=folder.name, folder=folder)
        release_id = read_manifest(new.folder).release_id
        if release_id != new.release_id:
            raise MorphError(
                f"the manifest in {new.folder} is of release {release_id!r}; rename "
                "the folder to match"
            )
        loaded = load_release(con, new.folder, replace=True)
    except CannotWrite:
        raise  # not the release's fault: it is tried again
    except MorphError as error:
        mark = signature(new.folder) if new.folder.exists() else ""
        set_aside(con, new.release_id, "refused", mark, str(error))
        return SyncResult(new.release_id, "refused", str(error))
    message = f"{loaded.galaxies:,} galaxies loaded"
    return SyncResult(loaded.release_id, "loaded", message)


def _unpacked(file: Path) -> Path:
    """The folder of a packed release, which takes the place of its file."""
    try:
        source = file.open("rb")
    except OSError as error:
        raise MorphError(
            f"{file} cannot be read ({error.strerror}); give the user who runs morph "
            "read access"
        ) from error
    with source:
        folder = file.parent / unpack(source, file.parent).release_id
    try:
        file.unlink()
    except OSError as error:  # else it would be unpacked again and again
        raise MorphError(
            f"{file} is unpacked as {folder.name}, but cannot be removed "
            f"({error.strerror}); remove it"
        ) from error
    return folder
