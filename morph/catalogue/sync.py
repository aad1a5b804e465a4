"""Synchronise the catalogue with the folder of releases."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from duckdb import DuckDBPyConnection

from morph.catalogue.connection import connect
from morph.catalogue.contents import Waiting, signature, waiting
from morph.catalogue.loading import load_release, unload_release
from morph.catalogue.release_table import releases
from morph.errors import CatalogueHeld, MorphError
from morph.release.manifest import read_manifest

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SyncResult:
    """One release that `sync` loaded, could not load, or unloaded."""

    release_id: str
    state: Literal["loaded", "refused", "unloaded"]
    message: str


def sync(con: DuckDBPyConnection, releases_folder: Path) -> list[SyncResult]:
    """Load new releases and unload removed ones; return what was done.

    Unloaded releases stay unloaded. A damaged release, or one whose name is in use, is
    reported once and retried when its files change. Without changes, only manifests are
    read.
    """
    results = []
    for found in releases(con):
        if not (releases_folder / found.release_id).exists():
            unload_release(con, found.release_id, remember=False)
            message = f"its folder is no longer in {releases_folder}"
            results.append(SyncResult(found.release_id, "unloaded", message))
    for new in waiting(con, releases_folder):
        if new.reason == "new":
            results.append(_load(con, new))
    return results


def rebuild(path: Path, releases_folder: Path) -> list[SyncResult]:
    """Rebuild the catalogue from its releases.

    Raises
    ------
    CatalogueHeld
        If another process has it open.
    """
    try:
        connect(path).close()
    except CatalogueHeld:
        raise
    except MorphError:
        logger.info("%s is damaged or of another version; rebuilding it", path)
    for file in (path, path.with_name(f"{path.name}.wal")):
        file.unlink(missing_ok=True)
    with connect(path) as con:
        return sync(con, releases_folder)


def _load(con: DuckDBPyConnection, new: Waiting) -> SyncResult:
    try:
        _check_folder(new.folder)
        loaded = load_release(con, new.folder)
    except MorphError as error:
        _set_aside(con, new.folder, str(error))
        return SyncResult(new.release_id, "refused", str(error))
    message = f"{loaded.galaxies:,} galaxies loaded"
    return SyncResult(loaded.release_id, "loaded", message)


def _check_folder(folder: Path) -> None:
    """Check that the folder has the name of the release, by which it is found."""
    release_id = read_manifest(folder).release_id
    if folder.name != release_id:
        raise MorphError(
            f"the manifest in {folder} is of release {release_id!r}; rename the "
            "folder to that"
        )


def _set_aside(con: DuckDBPyConnection, folder: Path, message: str) -> None:
    con.execute("DELETE FROM set_aside WHERE release_id = $id", {"id": folder.name})
    con.execute(
        "INSERT INTO set_aside VALUES ($id, 'refused', $signature, $message)",
        {"id": folder.name, "signature": signature(folder), "message": message},
    )
