"""Which releases are in the catalogue, which are not, and why.

Only one process can open the catalogue, so that process also writes its contents to
``catalogue.json`` next to it.
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
    """A release in the folder that is not in the catalogue, and why."""

    release_id: str
    folder: Path
    reason: Literal["new", "unloaded", "refused"]
    message: str


def waiting(con: DuckDBPyConnection, releases_folder: Path) -> list[Waiting]:
    """Releases in the folder that are not in the catalogue, oldest first."""
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
    """Finished releases, oldest manifest first; dot-folders are being written."""
    manifests = releases_folder.glob(f"[!.]*/{MANIFEST}")
    return [path.parent for path in sorted(manifests, key=lambda p: p.lstat().st_mtime)]


def manifest_sha256(folder: Path) -> str:
    """SHA-256 of a release's manifest; empty where it cannot be read."""
    try:
        return sha256_of(folder / MANIFEST)
    except OSError:
        return ""


def signature(folder: Path) -> str:
    """A hash that changes with any file of the folder, from sizes and times."""
    marks = [manifest_sha256(folder)]
    for path in sorted(folder.iterdir()):
        found = path.stat() if path.exists() else path.lstat()
        marks.append(f"{path.name} {found.st_size} {found.st_mtime_ns}")
    return hashlib.sha256("\n".join(marks).encode()).hexdigest()


@dataclass(frozen=True)
class Contents:
    """Contents of a catalogue that process ``pid`` has open."""

    pid: int
    loaded: Mapping[str, str]  # release_id -> SHA-256 of its manifest
    refused: Mapping[str, str]  # release_id -> reason


def write_contents(root: Path, con: DuckDBPyConnection, pid: int) -> None:
    """Write the contents of the catalogue of process ``pid``, if they changed."""
    aside = waiting(con, root / "releases")
    now = Contents(
        pid,
        {found.release_id: found.manifest_sha256 for found in releases(con)},
        {one.release_id: one.message for one in aside if one.reason == "refused"},
    )
    if now != read_contents(root, pid):
        write_json(root / FILE, asdict(now))


def read_contents(root: Path, pid: int | None) -> Contents | None:
    """The contents that process ``pid`` wrote last; None without any."""
    try:
        value = json.loads((root / FILE).read_text(encoding="utf-8"))
        found = Contents(value["pid"], dict(value["loaded"]), dict(value["refused"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None  # not a dashboard, or one that is just starting
    return found if found.pid == pid else None
