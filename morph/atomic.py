"""Atomic, durable writes of files and folders."""

import errno
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import get_native_id
from typing import Any

from morph.errors import CannotWrite

_STALE_S = 24 * 3600  # a temporary folder this old is left by a killed process
_TAKEN = (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path; on success it becomes ``path``, durably.

    The temporary file is in the same folder, so the final rename is atomic; it is
    flushed to disk first, so a power cut leaves the old file or the new one. If the
    block raises, the temporary file is removed and ``path`` is unchanged.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{get_native_id()}.tmp")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder beside ``path``; on success it becomes ``path``, durably.

    If the block raises, the temporary folder is removed.

    Raises
    ------
    FileExistsError
        If ``path`` exists when the block ends; it is unchanged.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f".{path.name}.*.tmp"):
        with suppress(FileNotFoundError):  # another process has just renamed it
            if time.time() - left.stat().st_mtime > _STALE_S:
                shutil.rmtree(left)
    temporary = path.with_name(f".{path.name}.{get_native_id()}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    try:
        yield temporary
        try:
            temporary.rename(path)
        except OSError as error:
            if error.errno in _TAKEN and path.exists():
                raise FileExistsError(f"{path} already exists") from error
            raise
        sync_folder(path.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Raise a full disk and missing write access in ``folder`` as CannotWrite."""
    try:
        yield
    except OSError as error:
        problem = not_written(folder, error)
        if problem is None:
            raise
        raise problem from error


def not_written(folder: Path, error: OSError) -> CannotWrite | None:
    """What to do about an error of writing in ``folder``; None if it is another."""
    if error.errno in _FULL:
        return disk_full(folder)
    if error.errno in _FORBIDDEN:
        return CannotWrite(
            f"{folder} cannot be written to ({error.strerror}); give the user who runs "
            "morph write access and try again"
        )
    return None


def disk_full(folder: Path) -> CannotWrite:
    """The error for a full disk, or one with too little space for what is written."""
    free = ""
    with suppress(OSError):
        free = f" ({shutil.disk_usage(folder).free / 1e6:,.0f} MB free)"
    return CannotWrite(
        f"the disk of {folder} is full{free}; nothing was changed. Free some space and "
        "try again"
    )


def sync_folder(folder: Path) -> None:
    """Flush a folder to disk, so that a rename in it survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` as indented JSON, atomically."""
    with replacing(path) as temporary:
        text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
