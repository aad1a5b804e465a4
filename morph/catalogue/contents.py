"""Which releases are in the catalogue, which are not, and why.

Only one process can open the catalogue, so that process also writes its contents to
``catalogue.json`` next to it.
"""

import hashlib
import json
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from duckdb import DuckDBPyConnection

from morph.atomic import sha256_of, write_json
from morph.catalogue.connection import look
from morph.catalogue.release_table import releases
from morph.errors import CatalogueHeld, MorphError
from morph.home import catalogue_path
from morph.release.manifest import MANIFEST, PACKED
from morph.runs.lifecycle import RunState
from morph.runs.run_files import STATE_TITLES

FILE = "catalogue.json"
# States of a finished run whose release is in the catalogue, or was refused by it.
LOADED, LOAD_FAILED = "Loaded", "Load failed"
SETTLED_S = 5.0  # a file that was written to more recently may be incomplete


@dataclass(frozen=True)
class Waiting:
    """A release in the folder that is not in the catalogue, and why.

    A packed one has the name of its file, since what is in it is not known yet.
    """

    release_id: str
    folder: Path  # or the file of a packed one
    reason: Literal["new", "unloaded", "refused"]
    message: str


def waiting(con: DuckDBPyConnection, releases_folder: Path) -> list[Waiting]:
    """Releases in the folder that are not in the catalogue, oldest first.

    Packed ones come last, and are left out while they are being written.
    """
    loaded = {release.manifest_sha256 for release in releases(con)}
    aside = con.execute(
        "SELECT release_id, reason, signature, message FROM set_aside"
    ).fetchall()
    reasons = {(name, mark): (reason, text) for name, reason, mark, text in aside}
    results = []
    manifests = releases_folder.glob(f"[!.]*/{MANIFEST}")  # not those being written
    for path in sorted(manifests, key=lambda manifest: manifest.lstat().st_mtime):
        folder, sha256 = path.parent, manifest_sha256(path.parent)
        if sha256 in loaded:
            continue
        reason, message = reasons.get(
            (folder.name, sha256),
            reasons.get((folder.name, signature(folder)), ("new", "not loaded yet")),
        )
        results.append(Waiting(folder.name, folder, reason, message))
    for file in packed_releases(releases_folder):
        unseen = ("new", "not unpacked yet")
        reason, message = reasons.get((file.name, signature(file)), unseen)
        results.append(Waiting(file.name, file, reason, message))
    return results


def packed_releases(releases_folder: Path) -> list[Path]:
    """The packed releases in a folder, by name, except those being copied there."""
    settled = []
    for path in sorted(releases_folder.glob(f"[!.]*{PACKED}")):
        with suppress(FileNotFoundError):
            age = time.time() - path.stat().st_mtime
            if path.is_file() and not 0 <= age < SETTLED_S:
                settled.append(path)
    return settled


def set_aside(
    con: DuckDBPyConnection, release_id: str, reason: str, mark: str, message: str
) -> None:
    """Remember not to load a release until it changes.

    ``mark`` is the hash of its manifest, or the `signature` of its folder.
    """
    con.execute("DELETE FROM set_aside WHERE release_id = $id", {"id": release_id})
    con.execute(
        "INSERT INTO set_aside VALUES ($id, $reason, $mark, $message)",
        {"id": release_id, "reason": reason, "mark": mark, "message": message},
    )


def manifest_sha256(folder: Path) -> str:
    """SHA-256 of a release's manifest; empty where it cannot be read."""
    try:
        return sha256_of(folder / MANIFEST)
    except OSError:
        return ""


def loaded_manifests(root: Path) -> set[str]:
    """SHA-256 of the manifests in the catalogue, as far as they are known.

    Where another process has it open, those of which it has told.
    """
    try:
        with look(catalogue_path(root)) as con:
            return {release.manifest_sha256 for release in releases(con)}
    except CatalogueHeld as held:
        told = read_contents(root, held.pid)
        return set(told.loaded.values()) if told else set()
    except MorphError:
        return set()


def state_in_words(run: RunState, loaded: Collection[str]) -> str:
    """The state of a run; `LOADED` where its release is among those ``loaded``."""
    there = run.state == "finished" and made_is_loaded(run, loaded)
    return LOADED if there else STATE_TITLES[run.state]


def made_is_loaded(run: RunState, loaded: Collection[str]) -> bool:
    """Whether the manifest of the release that a run made is among those ``loaded``."""
    path = run.folder / "release" / MANIFEST
    try:
        modified_ns = path.stat().st_mtime_ns
    except OSError:
        return False
    return _sha256(path, modified_ns) in loaded


@lru_cache(maxsize=4096)
def _sha256(path: Path, modified_ns: int) -> str:
    return sha256_of(path)


def signature(folder: Path) -> str:
    """A hash that changes with any file of the folder, from sizes, times and links.

    That of a packed release is of its one file.
    """
    marks = [manifest_sha256(folder), str(folder.is_symlink())]
    for path in sorted(folder.iterdir()) if folder.is_dir() else [folder]:
        stat = path.stat() if path.exists() else path.lstat()
        marks.append(
            f"{path.name} {stat.st_size} {stat.st_mtime_ns} {path.is_symlink()}"
        )
    return hashlib.sha256("\n".join(marks).encode()).hexdigest()


@dataclass(frozen=True)
class CatalogueContents:
    """Contents of a catalogue that process ``pid`` has open."""

    pid: int
    loaded: Mapping[str, str]  # release_id -> SHA-256 of its manifest
    refused: Mapping[str, str]  # release_id -> reason


def write_contents(root: Path, con: DuckDBPyConnection, pid: int) -> None:
    """Write the contents of the catalogue of process ``pid``, if they changed."""
    aside = waiting(con, root / "releases")
    now = CatalogueContents(
        pid,
        {release.release_id: release.manifest_sha256 for release in releases(con)},
        {one.release_id: one.message for one in aside if one.reason == "refused"},
    )
    if now != read_contents(root, pid):
        write_json(root / FILE, asdict(now))


def read_contents(root: Path, pid: int | None) -> CatalogueContents | None:
    """The contents that process ``pid`` wrote last; None without any."""
    try:
        value = json.loads((root / FILE).read_text(encoding="utf-8"))
        last = CatalogueContents(
            value["pid"], dict(value["loaded"]), dict(value["refused"])
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None  # not a dashboard, or one that is just starting
    return last if last.pid == pid else None
