"""Publishing: the release a run has made becomes one of those the catalogue is made of.

A release appears in ``releases/`` whole, by one rename, or not at all.
"""

import shutil
from pathlib import Path

from morph.atomic import new_folder, replacing
from morph.errors import DamagedRelease, MorphError
from morph.release.folder import MANIFEST, Manifest, read_manifest, verify_release


def publish_release(run_folder: Path, releases_root: Path) -> Manifest:
    """Copy the release of a run to ``releases_root/<release_id>``.

    Raises
    ------
    DamagedRelease
        If the run has no finished release, or it is not what its manifest says.
    MorphError
        If another release of that name has been published.
    """
    source = run_folder / "release"
    if not (source / MANIFEST).exists():
        raise DamagedRelease(
            f"the run {run_folder.name} has no finished release; "
            "let it finish (start it again if it was stopped) and try again"
        )
    return publish_folder(source, releases_root)


def publish_folder(source: Path, releases_root: Path) -> Manifest:
    """Copy the release folder ``source`` to ``releases_root/<release_id>``.

    Publishing the same release once more changes nothing. Raises as
    ``publish_release`` does.
    """
    manifest = verify_release(source)
    target = releases_root / manifest.release_id
    if target.exists():
        return _already_published(target, manifest)
    with new_folder(target) as folder:
        for name in (*manifest.files, MANIFEST):
            with replacing(folder / name) as path:
                shutil.copyfile(source / name, path)
        verify_release(folder)
    return manifest


def _already_published(target: Path, manifest: Manifest) -> Manifest:
    if read_manifest(target) != manifest:
        raise MorphError(
            f"there is another release {manifest.release_id!r} in {target.parent}; "
            "give this one another release_id, or remove the old one first"
        )
    return verify_release(target)
