"""The journal of a download: what was asked, and what came of it, a JSON line each.

A line is written in one call, so a killed process leaves whole lines and perhaps a torn
last one, which is removed when the journal is opened again. The first line is the
recipe of the cutouts.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from morph.atomic import replacing
from morph.errors import MorphError
from morph.wording import command

NAME = "journal.jsonl"
Line = dict[str, Any]


class Journal:
    """An open journal, which no other process can open.

    ``lines`` are those that it had when it was opened.
    """

    def __init__(self, path: Path, recipe: Mapping[str, Any]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not os.path.samestat(os.fstat(self._file), path.stat()):
                raise BlockingIOError(f"{path} was replaced")  # by `rewrite`
        except OSError as error:
            os.close(self._file)
            raise MorphError(
                f"another process is downloading to {path.parent}; wait for it, or "
                "give another name with --out"
            ) from error
        self.lines = self._read()
        if not self.lines:
            self.write({"recipe": dict(recipe)})
            self.sync()
        elif self.lines[0].get("recipe") != dict(recipe):
            self.close()
            raise MorphError(_other_recipe(path, self.lines[0].get("recipe"), recipe))

    def write(self, line: Line) -> None:
        """Add a line."""
        text = json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n"
        self._append(text.encode())

    def sync(self) -> None:
        """Flush to disk, so that the lines survive a power cut."""
        os.fsync(self._file)

    def rewrite(self, lines: Iterable[Line]) -> None:
        """Put other lines in place of all, at once."""
        with replacing(self._path) as temporary:
            texts = (json.dumps(line, ensure_ascii=False) for line in lines)
            temporary.write_text("".join(f"{text}\n" for text in texts), "utf-8")
            new = os.open(temporary, os.O_RDWR | os.O_APPEND)
            fcntl.flock(new, fcntl.LOCK_EX | fcntl.LOCK_NB)  # before it can be found
        os.close(self._file)
        self._file = new

    def close(self) -> None:
        """Let other processes open it."""
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    def _append(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._file, data) :]

    def _read(self) -> list[Line]:
        """The whole lines; a torn last one is cut off."""
        data = self._path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole < len(data):
            os.ftruncate(self._file, whole)
        try:
            return [json.loads(line) for line in data[:whole].splitlines()]
        except ValueError as error:
            self.close()
            raise MorphError(
                f"{self._path} is damaged ({error}); delete the folder "
                f"{self._path.parent} and download again"
            ) from error


def _other_recipe(path: Path, before: Any, now: Mapping[str, Any]) -> str:
    before = before if isinstance(before, dict) else {}
    differ = [name for name in now if before.get(name) != now[name]]
    if differ == ["format"]:
        return (
            f"the store {path.parent.name} was begun before 30 November 2026, so its "
            "images may be upside down; if it is finished, correct it with "
            f"`{command('stores', 'turn', path.parent.name)}`, else give another name "
            "with --out"
        )
    words = ", ".join(f"{name} {before.get(name)!r}" for name in differ)
    asked = ", ".join(repr(now[name]) for name in differ)
    return (
        f"the store {path.parent.name} was started with {words}, not {asked}; use the "
        "same, or give another name with --out"
    )
