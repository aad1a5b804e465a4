"""A release as one file, ``NAME.morph.zip``, to carry it to another computer."""

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from morph.atomic import replacing, writing
from morph.errors import CannotWrite, DamagedRelease, MorphError
from morph.release.folder import verify_release
from morph.release.manifest import (
    MANIFEST,
    PACKED,
    Manifest,
    manifest_from_json,
)
from morph.release.publish import publish_folder
from morph.wording import Tell, command, nobody

_MOST_MANIFEST = 16_000_000  # bytes
_BLOCK = 1 << 20
_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, EOFError, RuntimeError),  # also if encrypted
    *(ValueError, KeyError, NotImplementedError),
)


def pack(folder: Path, target: Path) -> Path:
    """Write a release folder to one file; a folder as target gets ``NAME.morph.zip``.

    Raises
    ------
    DamagedRelease
        If a file of the release does not match its manifest.
    MorphError
        If the file exists.
    """
    manifest = verify_release(folder)
    if target.is_dir():
        target /= f"{manifest.release_id}{PACKED}"
    if target.exists():
        raise MorphError(f"{target} exists already; choose another name or remove it")
    with replacing(target) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name in (*manifest.files, MANIFEST):
            archive.write(folder / name, name)  # Parquet is compressed already
    return target


def unpack(
    source: Path | IO[bytes], releases_root: Path, tell: Tell = nobody
) -> Manifest:
    """Publish the release in a file that ``pack`` made, in ``releases_root``.

    Only the files of its manifest are written, none longer than it says there.

    Raises
    ------
    CannotWrite
        If the disk is full, or the folder cannot be written to.
    MorphError
        If it is not such a file, or another release of that name is published.
    """
    name = Path(source.name).name
    with writing(releases_root), _incoming(releases_root) as folder:
        try:
            with zipfile.ZipFile(source) as archive:
                _extract(archive, folder, tell)
        except _UNREADABLE as error:
            raise MorphError(
                f"{name} is not a packed release ({error}); make it "
                f"with `{command('runs', 'pack')}`"
            ) from error
        try:
            return publish_folder(folder, releases_root, tell=tell)
        except DamagedRelease as error:
            raise DamagedRelease(str(error).replace(str(folder), name)) from error


@contextmanager
def _incoming(releases_root: Path) -> Iterator[Path]:
    """A folder for the files of a release, removed afterwards."""
    releases_root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".incoming-", dir=releases_root) as folder:
        yield Path(folder)


def _extract(archive: zipfile.ZipFile, folder: Path, tell: Tell) -> None:
    with archive.open(MANIFEST) as file:
        text = file.read(_MOST_MANIFEST + 1)
    if len(text) > _MOST_MANIFEST:
        raise ValueError(f"its {MANIFEST} is larger than {_MOST_MANIFEST:,} bytes")
    manifest = manifest_from_json(text.decode("utf-8"))
    needed = sum(record.bytes for record in manifest.files.values())
    if needed > shutil.disk_usage(folder).free:
        raise CannotWrite(
            f"the release takes {needed:,} bytes, more than are free on the disk of "
            f"{folder.parent}; make room and try again"
        )
    for name, begin, total in manifest.bytes_before():
        tell("Unpacking files", begin, total)
        if Path(name).name != name or name.startswith("."):
            raise ValueError(f"it names the file {name!r}, outside its folder")
        with archive.open(name) as file, (folder / name).open("wb") as target:
            left = manifest.files[name].bytes
            while block := file.read(min(_BLOCK, left + 1)):
                left -= len(block)
                if left < 0:
                    raise ValueError(f"{name} is longer than the manifest states")
                target.write(block)
    (folder / MANIFEST).write_bytes(text)
