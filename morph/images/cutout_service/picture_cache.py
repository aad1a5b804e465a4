"""Pictures kept on disk up to a limit; those not used for longest are deleted."""

import hashlib
import os
import threading
from contextlib import suppress
from pathlib import Path

from morph.atomic import replacing

_DOWN_TO = 0.9  # of the limit


class PictureCache:
    """Files by key in a folder; what is deleted or unreadable is just not there."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder = folder
        self._most = most_bytes
        self._lock = threading.Lock()
        self._held: int | None = None  # bytes, counted at the first write

    def read(self, key: str) -> bytes | None:
        """The picture of that key, or None."""
        path = self._path(key)
        try:
            data = path.read_bytes()
            os.utime(path)  # it was used
        except OSError:
            return None
        return data

    def write(self, key: str, data: bytes) -> None:
        """Keep a picture; nothing happens if the disk is full or read-only."""
        if len(data) > self._most:
            return
        path = self._path(key)
        with suppress(OSError), self._lock:
            with replacing(path) as temporary:
                temporary.write_bytes(data)
            if self._held is None:
                self._held = sum(size for _, size, _ in self._files())
            else:
                self._held += len(data)
            if self._held > self._most:
                self._delete_oldest()

    def _path(self, key: str) -> Path:
        name = hashlib.sha256(key.encode()).hexdigest()
        return self._folder / name[:2] / f"{name[2:]}.jpg"

    def _files(self) -> list[tuple[float, int, Path]]:
        """When each file was used, its bytes, and its path."""
        found = []
        for path in self._folder.glob("*/*.jpg"):
            with suppress(OSError):
                stat = path.stat()
                found.append((stat.st_mtime, stat.st_size, path))
        return found

    def _delete_oldest(self) -> None:
        files = sorted(self._files())
        self._held = sum(size for _, size, _ in files)
        for _, size, path in files:
            if self._held <= _DOWN_TO * self._most:
                break
            with suppress(OSError):
                path.unlink()
                self._held -= size
