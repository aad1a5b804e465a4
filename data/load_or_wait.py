"""Load and unload releases, here or in the dashboard that has the catalogue open."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from morph.analysis.overview_results import prepare
from morph.atomic import sha256_of
from morph.catalogue.connection import connect
from morph.catalogue.contents import read_contents
from morph.catalogue.loading import load_release, unload_release
from morph.catalogue.release_table import releases
from morph.errors import CatalogueHeld, MorphError
from morph.home import catalogue_path, release_folder
from morph.release.manifest import MANIFEST
from morph.wording import Tell, command, nobody

PATIENCE_S = 20.0  # the dashboard checks for releases every two seconds
_POLL_S = 0.2
# Without them DuckDB keeps in memory all that it wrote. Each thread needs its part.
_LIMITS = {"memory_limit": "'1GB'", "threads": min(os.cpu_count() or 1, 4)}

Say = Callable[[str], None]  # receives what is being waited for


@dataclass(frozen=True)
class Entered:
    """State of a release, and a sentence about it."""

    state: Literal["loaded", "unloaded", "waiting"]
    message: str


def enter(root: Path, release_id: str, say: Say, *, tell: Tell = nobody) -> Entered:
    """Load a published release, or wait until the dashboard loads it.

    ``tell`` hears of the bytes that are checked, the galaxies that are loaded, and of
    what Overview shows.

    Raises
    ------
    MorphError
        If the release is damaged or the catalogue cannot be written.
    """
    sha256 = sha256_of(release_folder(root, release_id) / MANIFEST)
    return _change(root, release_id, sha256, say, tell)


def leave(root: Path, release_id: str, say: Say) -> Entered:
    """Unload a release whose folder was removed from ``releases/``."""
    if not catalogue_path(root).exists():
        return Entered("unloaded", "There is no catalogue yet.")
    return _change(root, release_id, None, say)


def _change(
    root: Path, release_id: str, sha256: str | None, say: Say, tell: Tell = nobody
) -> Entered:
    """Load the release with this manifest (None: no release) in place of any other."""
    try:
        con = connect(catalogue_path(root))
    except CatalogueHeld as held:
        return _by_holder(root, held, release_id, sha256, say)
    with con:
        for setting, value in _LIMITS.items():
            con.execute(f"SET {setting} = {value}")
        for loaded in releases(con):
            if loaded.release_id == release_id and loaded.manifest_sha256 != sha256:
                unload_release(con, release_id, remember=False)
        if sha256 is None:
            return Entered("unloaded", "It is no longer in the catalogue.")
        loaded = load_release(con, release_folder(root, release_id), tell=tell)
        prepare(con, loaded, tell)
    return Entered("loaded", "It is in the catalogue.")


def _by_holder(
    root: Path, held: CatalogueHeld, release_id: str, sha256: str | None, say: Say
) -> Entered:
    """Wait until the holder of the catalogue has loaded, or unloaded, the release.

    ``sha256`` is that of the manifest to load; None waits until it is unloaded.
    """
    if read_contents(root, held.pid) is None:
        return Entered(
            "waiting",
            f"The catalogue is open in {held.holder}. If this is a dashboard, it "
            f"updates within seconds; check with `{command('status')}`.",
        )
    who = f"dashboard ({held.holder})"
    say(f"Waiting for the {who} ...")
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        now = read_contents(root, held.pid)
        if now is not None and sha256 is not None and release_id in now.refused:
            raise MorphError(f"the {who} cannot load it: {now.refused[release_id]}")
        if now is not None and now.loaded.get(release_id) == sha256:
            if sha256 is None:
                return Entered("unloaded", f"The {who} no longer shows it.")
            return Entered("loaded", f"The {who} shows it.")
        time.sleep(_POLL_S)
    return Entered(
        "waiting",
        f"The {who} has not updated within {PATIENCE_S:.0f} s; it may be loading a "
        f"large release. Check with `{command('status')}`.",
    )
