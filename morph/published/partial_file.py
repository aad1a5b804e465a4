"""The part of a file that has come, and the notes needed to continue it.

``.<name>.part`` has the bytes; ``.<name>.part.json`` says of which version of the file
they are. The notes are written first: bytes without notes are never continued.
"""

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from morph.atomic import sync_folder, write_json

_CHUNK = 4_000_000


@dataclass(frozen=True)
class Wanted:
    """A file to download; ``size`` and ``md5`` are what its publisher states."""

    name: str
    url: str
    size: int | None = None
    md5: str = ""


class PartialFile:
    """A file on its way into ``folder``."""

    def __init__(self, folder: Path, wanted: Wanted) -> None:
        self.wanted = wanted
        self.target = folder / wanted.name
        self.path = folder / f".{wanted.name}.part"
        self._notes = folder / f".{wanted.name}.part.json"

    @property
    def bytes(self) -> int:
        """How much has come of the version in the notes."""
        return self.path.stat().st_size if self.path.is_file() else 0

    @property
    def validator(self) -> str:
        """The version on the server as ``If-Range`` names it; "" if it has no name."""
        return str(self.notes().get("validator", ""))

    def notes(self) -> dict[str, str]:
        """What is known of the version; empty without."""
        with suppress(OSError, ValueError):
            value = json.loads(self._notes.read_text(encoding="utf-8"))
            return value if isinstance(value, dict) else {}
        return {}

    def is_of_other_version(self) -> bool:
        """Whether what has come is of a file with another checksum or address."""
        if not self.bytes:
            return False
        notes = self.notes()
        same = "md5" if self.wanted.md5 else "url"
        return notes.get(same) != getattr(self.wanted, same)

    def begin(self, validator: str) -> None:
        """Forget what has come, and note the version that comes now."""
        self.forget()
        notes = {"url": self.wanted.url, "md5": self.wanted.md5, "validator": validator}
        write_json(self._notes, notes)

    def forget(self) -> None:
        """Remove what has come."""
        self.path.unlink(missing_ok=True)
        self._notes.unlink(missing_ok=True)

    def md5(self, tick: Callable[[], None]) -> str:
        """MD5 of what has come; ``tick`` is called now and then."""
        return _md5(self.path, tick)

    def is_finished(self, tick: Callable[[], None]) -> bool:
        """Whether the file in its place is of the size and checksum published now."""
        if self.wanted.size not in (None, self.target.stat().st_size):
            return False
        return self.wanted.md5 in ("", _md5(self.target, tick))

    def finish(self) -> Path:
        """Move the complete file to its name, durably."""
        with self.path.open("rb+") as file:
            os.fsync(file.fileno())
        self.path.replace(self.target)
        sync_folder(self.target.parent)
        self._notes.unlink(missing_ok=True)
        return self.target


def _md5(path: Path, tick: Callable[[], None]) -> str:
    found = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
            tick()
    return found.hexdigest()
