"""Releases in the folder that are not in the catalogue, and why they are not."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from duckdb import DuckDBPyConnection

from morph.atomic import sha256_of
from morph.catalogue.release_table import releases
from morph.release.manifest import MANIFEST


@dataclass(frozen=True)
class Waiting:
    """One release in the folder that is not in the catalogue, and why."""

    release_id: str
    folder: Path
    reason: Literal["new", "unloaded", "refused"]
    message: str


def waiting(con: DuckDBPyConnection, releases_folder: Path) -> list[Waiting]:
    """Releases in the folder that are not in the catalogue, the oldest first."""
    loaded = {found.manifest_sha256 for found in releases(con)}
    aside = con.execute(
        "SELECT release_id, reason, signature, message FROM set_aside"
    ).fetchall()
    reasons = {(name, mark): (reason, text) for name, reason, mark, text in aside}
    results = []
    for folder in _release_folders(releases_folder):
        sha256 = manifest_sha256(folder)
        if sha256 in loaded:
            continue
        reason, message = reasons.get(
            (folder.name, sha256),
            reasons.get((folder.name, signature(folder)), ("new", "not loaded yet")),
        )
        results.append(Waiting(folder.name, folder, reason, message))
    return results


def _release_folders(releases_folder: Path) -> list[Path]:
    """Finished releases, the oldest manifest first; dot-folders are being written."""
    manifests = releases_folder.glob(f"[!.]*/{MANIFEST}")
    return [path.parent for path in sorted(manifests, key=lambda p: p.lstat().st_mtime)]


def manifest_sha256(folder: Path) -> str:
    """The SHA-256 of a release's manifest; empty where it cannot be read."""
    try:
        return sha256_of(folder / MANIFEST)
    except OSError:
        return ""


def signature(folder: Path) -> str:
    """Changes when any file of the folder does, without reading the large ones."""
    marks = [manifest_sha256(folder)]
    for path in sorted(folder.iterdir()):
        found = path.stat() if path.exists() else path.lstat()
        marks.append(f"{path.name} {found.st_size} {found.st_mtime_ns}")
    return hashlib.sha256("\n".join(marks).encode()).hexdigest()
