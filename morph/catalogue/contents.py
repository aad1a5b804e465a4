"""Which releases the catalogue has, and which it has not, and why.

While one process has the catalogue open no other can read it, so that process writes
what is in it to ``catalogue.json`` beside it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from duckdb import DuckDBPyConnection

from morph.atomic import sha256_of, write_json
from morph.catalogue.release_table import releases
from morph.release.manifest import MANIFEST

FILE = "catalogue.json"


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


@dataclass(frozen=True)
class Holding:
    """Who has the catalogue open, what is loaded in it and what cannot be."""

    pid: int
    loaded: Mapping[str, str]  # release_id -> SHA-256 of its manifest
    refused: Mapping[str, str]  # release_id -> why


def tell(root: Path, con: DuckDBPyConnection, pid: int) -> None:
    """Write what process ``pid`` has in the catalogue, if that is news."""
    aside = waiting(con, root / "releases")
    now = Holding(
        pid,
        {found.release_id: found.manifest_sha256 for found in releases(con)},
        {one.release_id: one.message for one in aside if one.reason == "refused"},
    )
    if now != told(root, pid):
        write_json(root / FILE, asdict(now))


def told(root: Path, pid: int | None) -> Holding | None:
    """What process ``pid`` said last; None if it has said nothing."""
    try:
        value = json.loads((root / FILE).read_text(encoding="utf-8"))
        found = Holding(value["pid"], dict(value["loaded"]), dict(value["refused"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None  # it is no dashboard, or one that has only just started
    return found if found.pid == pid else None
