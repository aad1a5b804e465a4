"""Removed releases, which are saved and can be restored."""

from dataclasses import dataclass
from pathlib import Path

from morph.errors import DamagedRelease
from morph.release.manifest import MANIFEST, Manifest, read_manifest

FOLDER = ".removed"  # in releases/; the dot means that it is not a release


@dataclass(frozen=True)
class Withdrawn:
    """A removed release and its folder."""

    manifest: Manifest
    folder: Path


def withdrawn(releases_folder: Path) -> list[Withdrawn]:
    """Removed releases that are not restored, latest first, each name once."""
    folders = [path.parent for path in (releases_folder / FOLDER).glob(f"*/{MANIFEST}")]
    folders.sort(key=lambda folder: folder.name.rpartition("-")[2], reverse=True)
    removed: dict[str, Withdrawn] = {}
    for folder in folders:
        try:
            manifest = read_manifest(folder)
        except DamagedRelease:
            continue  # it cannot be restored
        name = manifest.release_id
        if name not in removed and not (releases_folder / name).exists():
            removed[name] = Withdrawn(manifest, folder)
    return list(removed.values())
