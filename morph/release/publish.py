"""Publish releases to ``releases/``, from which the catalogue is made, and remove them.

A release appears there complete, by one rename, or not at all. Removed releases are
saved and can be restored.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from morph.atomic import new_folder, replacing, sync_folder, writing
from morph.errors import DamagedRelease, MorphError
from morph.home import release_folder
from morph.release.folder import verify_release
from morph.release.manifest import MANIFEST, Manifest, read_manifest
from morph.wording import Tell, nobody

_BLOCK = 1 << 24  # bytes copied at a time
_REPLACED = ".replaced"  # ending of a hidden folder: a release while it is replaced
REMOVED = ".removed"  # in releases/; the dot means that it is not a release


@dataclass(frozen=True)
class Withdrawn:
    """A removed release and its folder."""

    manifest: Manifest
    folder: Path


def publish_release(
    run_folder: Path,
    releases_root: Path,
    *,
    instead_of: str = "",
    tell: Tell = nobody,
) -> Manifest:
    """Copy the release of a run to ``releases_root/<release_id>``.

    A published release of that name by the run ``instead_of`` is replaced.

    Raises
    ------
    DamagedRelease
        If the run has no finished release, or a file does not match its manifest.
    MorphError
        If another release of that name is published; CannotWrite if the disk is full.
    """
    source = run_folder / "release"
    if not (source / MANIFEST).exists():
        raise DamagedRelease(
            f"the run {run_folder.name} has no finished release; "
            "let it finish (start it again if it was stopped) and try again"
        )
    return publish_folder(source, releases_root, instead_of=instead_of, tell=tell)


def publish_folder(
    source: Path, releases_root: Path, *, instead_of: str = "", tell: Tell = nobody
) -> Manifest:
    """Copy the release folder ``source`` to ``releases_root/<release_id>``.

    A published release of that name by the run ``instead_of`` is replaced.
    Publishing the same release again changes nothing. The files are verified before
    they are copied; loading the release verifies the copy. Raises as
    ``publish_release`` does.
    """
    manifest = verify_release(source, tell)
    with writing(releases_root):
        restore_replaced(releases_root)
    target = releases_root / manifest.release_id
    published = verify_release(target) if target.exists() else None
    if published == manifest:
        return manifest
    if published is not None and not (
        instead_of and published.parent_run == instead_of
    ):
        raise MorphError(
            f"{target.parent} already has another release "
            f"{manifest.release_id!r}; give this one another release_id, or remove "
            "the old one first"
        )
    try:
        with writing(releases_root):
            _copy(source, target, manifest, replaces=published is not None, tell=tell)
    except FileExistsError:  # another process was quicker
        return publish_folder(source, releases_root, instead_of=instead_of)
    return manifest


def _copy(
    source: Path, target: Path, manifest: Manifest, *, replaces: bool, tell: Tell
) -> None:
    """Copy a release to ``target``, where it may replace one.

    FileExistsError if another process has published one there meanwhile.
    """
    old = target.with_name(f".{target.name}{_REPLACED}")
    with new_folder(target) as folder:
        for name, done, total in manifest.bytes_before():
            told = partial(_tell_copied, tell, done, total)
            with replacing(folder / name) as path:
                _copy_file(source / name, path, told)
        with replacing(folder / MANIFEST) as path:
            shutil.copyfile(source / MANIFEST, path)
        if replaces:  # as late as possible
            shutil.rmtree(old, ignore_errors=True)
            target.rename(old)
    shutil.rmtree(old, ignore_errors=True)


def restore_replaced(releases_root: Path) -> None:
    """Bring back the releases whose replacement was killed between its two renames."""
    for old in releases_root.glob(f".*{_REPLACED}"):
        target = old.with_name(old.name[1:].removesuffix(_REPLACED))
        if target.exists():  # its replacement was killed later; the next one clears up
            continue
        try:
            old.rename(target)
        except OSError:  # the replacement goes on, and was quicker
            if not target.exists():
                raise


def _tell_copied(tell: Tell, before: int, total: int, copied: int) -> None:
    tell("Copying files", before + copied, total)


def _copy_file(source: Path, target: Path, told: Callable[[int], None]) -> None:
    with source.open("rb") as file, target.open("wb") as copy:
        while block := file.read(_BLOCK):
            copy.write(block)
            told(copy.tell())


def withdraw(root: Path, release_id: str) -> Path:
    """Move a release out of ``releases/``; return its new folder.

    Raises
    ------
    MorphError
        If there is no such release.
    """
    folder = release_folder(root, release_id)
    if not folder.is_dir():
        known = sorted(p.parent.name for p in folder.parent.glob(f"[!.]*/{MANIFEST}"))
        raise MorphError(
            f"there is no release {release_id!r} in {folder.parent}; "
            f"its releases: {', '.join(known) or 'none'}"
        )
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    target = folder.parent / REMOVED / f"{release_id}-{stamp}"
    with writing(folder.parent):
        target.parent.mkdir(exist_ok=True)
        try:
            folder.rename(target)
        except FileNotFoundError as error:
            raise MorphError(
                f"release {release_id!r} was just removed by another process"
            ) from error
        sync_folder(folder.parent)
    return target


def withdrawn(releases_folder: Path) -> list[Withdrawn]:
    """Removed releases that are not restored, latest first, each name once."""
    folders = [
        path.parent for path in (releases_folder / REMOVED).glob(f"*/{MANIFEST}")
    ]
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
