"""The catalogue kept equal to the folder of releases it is made from."""

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from duckdb import DuckDBPyConnection

from morph.catalogue import connect, releases
from morph.durable import sha256_of
from morph.errors import CatalogueHeld, DamagedRelease, MorphError
from morph.loading import load_release, unload_release
from morph.release import MANIFEST, read_manifest

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SyncResult:
    """One release that `sync` loaded, could not load, or unloaded."""

    release_id: str
    state: Literal["loaded", "refused", "unloaded"]
    message: str


@dataclass(frozen=True)
class Waiting:
    """One release in the folder that is not in the catalogue, and why."""

    release_id: str
    folder: Path
    reason: Literal["new", "unloaded", "refused"]
    message: str


def sync(con: DuckDBPyConnection, releases_folder: Path) -> list[SyncResult]:
    """Make the catalogue hold what the folder holds; return what was done.

    Releases that were unloaded stay so. One that is damaged, or whose name is taken,
    is reported once, and tried again when its files change. One whose folder is gone
    is unloaded. A call that finds nothing new reads the manifests and no more.
    """
    results = []
    for found in releases(con):
        if not (releases_folder / found.release_id).exists():
            unload_release(con, found.release_id, remember=False)
            message = f"its folder is gone from {releases_folder}"
            results.append(SyncResult(found.release_id, "unloaded", message))
    for new in waiting(con, releases_folder):
        if new.reason == "new":
            results.append(_load(con, new))
    return results


def waiting(con: DuckDBPyConnection, releases_folder: Path) -> list[Waiting]:
    """Releases in the folder that are not in the catalogue, the oldest first."""
    loaded = {found.manifest_sha256 for found in releases(con)}
    aside = con.execute(
        "SELECT release_id, reason, signature, message FROM set_aside"
    ).fetchall()
    reasons = {(name, mark): (reason, text) for name, reason, mark, text in aside}
    results = []
    for folder in _release_folders(releases_folder):
        sha256 = sha256_of(folder / MANIFEST)
        if sha256 in loaded:
            continue
        release_id = _release_id(folder)
        reason, message = reasons.get(
            (release_id, sha256),
            reasons.get((folder.name, _signature(folder)), ("new", "not loaded yet")),
        )
        results.append(Waiting(release_id, folder, reason, message))
    return results


def rebuild(path: Path, releases_folder: Path) -> list[SyncResult]:
    """Make the catalogue again from its releases, with no other process holding it.

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
        logger.info("%s is damaged or of another version; it is made again", path)
    for file in (path, path.with_name(f"{path.name}.wal")):
        file.unlink(missing_ok=True)
    with connect(path) as con:
        return sync(con, releases_folder)


def _load(con: DuckDBPyConnection, new: Waiting) -> SyncResult:
    try:
        loaded = load_release(con, new.folder)
    except MorphError as error:
        _set_aside(con, new.folder, str(error))
        return SyncResult(new.release_id, "refused", str(error))
    message = f"{loaded.galaxies:,} galaxies loaded"
    return SyncResult(loaded.release_id, "loaded", message)


def _release_folders(releases_folder: Path) -> list[Path]:
    """Finished releases, the oldest manifest first; dot-folders are being written."""
    manifests = releases_folder.glob(f"[!.]*/{MANIFEST}")
    return [path.parent for path in sorted(manifests, key=lambda p: p.stat().st_mtime)]


def _release_id(folder: Path) -> str:
    try:
        return read_manifest(folder).release_id
    except DamagedRelease:
        return folder.name


def _signature(folder: Path) -> str:
    """Changes when any file of the folder does, without reading the large ones."""
    marks = [sha256_of(folder / MANIFEST)]
    for path in sorted(folder.iterdir()):
        found = path.stat()
        marks.append(f"{path.name} {found.st_size} {found.st_mtime_ns}")
    return hashlib.sha256("\n".join(marks).encode()).hexdigest()


def _set_aside(con: DuckDBPyConnection, folder: Path, message: str) -> None:
    con.execute("DELETE FROM set_aside WHERE release_id = $id", {"id": folder.name})
    con.execute(
        "INSERT INTO set_aside VALUES ($id, 'refused', $signature, $message)",
        {"id": folder.name, "signature": _signature(folder), "message": message},
    )
