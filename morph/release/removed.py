"""Releases that were taken out: kept aside as they were, to be loaded again."""

from dataclasses import dataclass
from pathlib import Path

from morph.errors import DamagedRelease
from morph.release.manifest import MANIFEST, Manifest, read_manifest

FOLDER = ".removed"  # in releases/; a dot keeps it from being taken for a release


@dataclass(frozen=True)
class Withdrawn:
    """A release that was taken out, and where its folder is."""

    manifest: Manifest
    folder: Path


def withdrawn(releases_folder: Path) -> list[Withdrawn]:
    """The releases taken out that are not back, the latest first; each name once."""
    folders = [path.parent for path in (releases_folder / FOLDER).glob(f"*/{MANIFEST}")]
    folders.sort(key=lambda folder: folder.name.rpartition("-")[2], reverse=True)
    found: dict[str, Withdrawn] = {}
    for folder in folders:
        try:
            manifest = read_manifest(folder)
        except DamagedRelease:
            continue  # it could not be loaded again
        name = manifest.release_id
        if name not in found and not (releases_folder / name).exists():
            found[name] = Withdrawn(manifest, folder)
    return list(found.values())
