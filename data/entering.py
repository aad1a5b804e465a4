"""Releases into the catalogue and out of it, or the word that its holder will do it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from duckdb import DuckDBPyConnection

from morph.catalogue import connect, releases
from morph.durable import sha256_of
from morph.errors import CatalogueHeld
from morph.home import catalogue_path, release_folder
from morph.loading import load_release, unload_release
from morph.release import MANIFEST


@dataclass(frozen=True)
class Entered:
    """Where a release stands now, and a sentence on it."""

    state: Literal["loaded", "unloaded", "waiting"]
    message: str


def enter(root: Path, release_id: str) -> Entered:
    """Load a published release, or leave it to the dashboard that has the catalogue.

    Raises
    ------
    MorphError
        If the release is damaged or the catalogue cannot be written.
    """
    folder = release_folder(root, release_id)
    try:
        con = connect(catalogue_path(root))
    except CatalogueHeld as error:
        return Entered("waiting", _left_to(error.holder, "loads"))
    with con:
        _forget_former(con, release_id, sha256_of(folder / MANIFEST))
        loaded = load_release(con, folder)
    return Entered("loaded", f"{loaded.galaxies:,} galaxies are in the catalogue")


def leave(root: Path, release_id: str) -> Entered:
    """Unload a release whose folder was taken out of ``releases/``."""
    if not catalogue_path(root).exists():
        return Entered("unloaded", "there is no catalogue yet")
    try:
        con = connect(catalogue_path(root))
    except CatalogueHeld as error:
        return Entered("waiting", _left_to(error.holder, "unloads"))
    with con:
        _forget_former(con, release_id, "")
    return Entered("unloaded", "it is no longer in the catalogue")


def _left_to(holder: str, does: str) -> str:
    return (
        f"all is well: {holder} has the catalogue open, as the dashboard does, which "
        f"{does} it by itself within seconds"
    )


def _forget_former(con: DuckDBPyConnection, release_id: str, sha256: str) -> None:
    """Unload what the catalogue holds by this name, if it is not this content."""
    for found in releases(con):
        if found.release_id == release_id and found.manifest_sha256 != sha256:
            unload_release(con, release_id, remember=False)
