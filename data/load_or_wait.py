"""Releases into the catalogue and out of it, by us or by the dashboard that has it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from duckdb import DuckDBPyConnection

from morph.atomic import sha256_of
from morph.catalogue.connection import connect
from morph.catalogue.contents import Contents, read_contents
from morph.catalogue.loading import load_release, unload_release
from morph.catalogue.release_table import releases
from morph.errors import CatalogueHeld, MorphError
from morph.home import catalogue_path, release_folder
from morph.release.manifest import MANIFEST

PATIENCE_S = 20.0  # the dashboard looks every two seconds
_LOOK_EVERY_S = 0.2

Tell = Callable[[str], None]  # hears what is being waited for


@dataclass(frozen=True)
class Entered:
    """Where a release stands now, and a sentence on it."""

    state: Literal["loaded", "unloaded", "waiting"]
    message: str


def enter(root: Path, release_id: str, tell: Tell) -> Entered:
    """Load a published release, or see it loaded by the dashboard.

    Raises
    ------
    MorphError
        If the release is damaged or the catalogue cannot be written.
    """
    sha256 = sha256_of(release_folder(root, release_id) / MANIFEST)
    try:
        con = connect(catalogue_path(root))
    except CatalogueHeld as held:
        return _by_holder(root, held, release_id, sha256, tell)
    with con:
        _forget_former(con, release_id, sha256)
        load_release(con, release_folder(root, release_id))
    return Entered("loaded", "It is in the catalogue.")


def leave(root: Path, release_id: str, tell: Tell) -> Entered:
    """Unload a release whose folder was taken out of ``releases/``."""
    if not catalogue_path(root).exists():
        return Entered("unloaded", "It was not in any catalogue yet.")
    try:
        con = connect(catalogue_path(root))
    except CatalogueHeld as held:
        return _by_holder(root, held, release_id, None, tell)
    with con:
        _forget_former(con, release_id, "")
    return Entered("unloaded", "It is no longer in the catalogue.")


def _by_holder(
    root: Path, held: CatalogueHeld, release_id: str, sha256: str | None, tell: Tell
) -> Entered:
    """Wait until who has the catalogue has that content of a release; None: no more."""
    if read_contents(root, held.pid) is None:
        return Entered(
            "waiting",
            f"The catalogue is open in {held.holder}. If that is a dashboard, it "
            "follows within seconds; `python -m data status` tells.",
        )
    who = f"dashboard ({held.holder})"
    tell(f"Waiting for the {who} ...")
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        now = read_contents(root, held.pid)
        if now is not None and _refused(now, release_id, sha256):
            raise MorphError(f"the {who} cannot load it: {now.refused[release_id]}")
        if now is not None and now.loaded.get(release_id) == sha256:
            return _followed(who, loaded=sha256 is not None)
        time.sleep(_LOOK_EVERY_S)
    return Entered(
        "waiting",
        f"The {who} has not followed within {PATIENCE_S:.0f} s; it may be busy with a "
        "large release. `python -m data status` tells when it has.",
    )


def _refused(now: Contents, release_id: str, sha256: str | None) -> bool:
    return sha256 is not None and release_id in now.refused


def _followed(who: str, *, loaded: bool) -> Entered:
    if loaded:
        return Entered("loaded", f"The {who} shows it.")
    return Entered("unloaded", f"The {who} no longer shows it.")


def _forget_former(con: DuckDBPyConnection, release_id: str, sha256: str) -> None:
    """Unload what the catalogue holds by this name, if it is not this content."""
    for found in releases(con):
        if found.release_id == release_id and found.manifest_sha256 != sha256:
            unload_release(con, release_id, remember=False)
