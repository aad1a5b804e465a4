"""Publish a release: copy it into ``releases/``, from which the catalogue is made.

A release appears there complete, by one rename, or not at all.
"""

import shutil
from pathlib import Path

from morph.atomic import new_folder, replacing
from morph.errors import DamagedRelease, MorphError
from morph.release.folder import MANIFEST, Manifest, verify_release


def publish_release(run_folder: Path, releases_root: Path) -> Manifest:
    """Copy the release of a run to ``releases_root/<release_id>``.

    Raises
    ------
    DamagedRelease
        If the run has no finished release, or a file does not match its manifest.
    MorphError
        If another release of that name is published.
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

    Publishing the same release again changes nothing. The files are verified before
    they are copied; loading the release verifies the copy. Raises as
    ``publish_release`` does.
    """
    manifest = verify_release(source)
    target = releases_root / manifest.release_id
    if target.exists():
        if verify_release(target) != manifest:
            raise MorphError(
                f"{target.parent} already has another release "
                f"{manifest.release_id!r}; give this one another release_id, or remove "
                "the old one first"
            )
        return manifest
    with new_folder(target) as folder:
        for name in (*manifest.files, MANIFEST):
            with replacing(folder / name) as path:
                shutil.copyfile(source / name, path)
    return manifest
