"""The answers to a question: a file of JSON lines that only grows.

An act is acknowledged when it is on disk, so that no end of the server loses it. A line
that a killed server wrote in part was not acknowledged: it is left as it is, not read,
and reported. Only the process that has the workspace open writes the files.
"""

import json
import os
import shutil
import threading
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from morph.atomic import sync_folder, writing
from morph.errors import MorphError
from morph.home import labels_folder

Kind = Literal["answer", "unknown", "skip", "undo"]
ANSWERS: tuple[Kind, ...] = ("answer", "unknown")  # they say something of the galaxy


@dataclass(frozen=True)
class Act:
    """What a person did: an answer, "don't know", a skipped galaxy, or an undo.

    ``act_id`` is made where the act is, so that one that is sent twice counts once.
    """

    act_id: str
    who: str
    when: str  # ISO time, UTC
    kind: Kind
    release: str  # LoadedRelease.key
    iauname: str
    answer: tuple[str, ...] = ()
    undoes: str = ""  # act_id
    queue: str = ""  # its id; empty of a table made elsewhere
    number: int = -1  # place in the queue, from 0
    showing: int = 1  # 2 where the queue shows the galaxy for the second time
    chosen: str = ""  # how the galaxies were chosen, in words
    stretch: str = ""
    zoom: str = ""
    blind: bool = False  # name, position and vote fractions were hidden
    pictured: bool = False  # the image had loaded


_NAMES = {column.name for column in fields(Act)}
_TYPES: dict[str, type] = dict.fromkeys(_NAMES, str)
_TYPES |= {"number": int, "showing": int, "blind": bool, "pictured": bool}
_TYPES["answer"] = list


class AnswersFile:
    """The acts of one question, kept in memory as they are in the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] | None = (-1, -1)  # of the file that was read
        self._acts: list[Act] = []
        self._known: dict[str, Act] = {}
        self._of: dict[tuple[str, str], list[Act]] = {}
        self._damaged: list[int] = []
        self._ends_within_line = False

    @property
    def acts(self) -> Sequence[Act]:
        """All acts, in the order in which they came."""
        with self._lock:
            self._read_if_changed()
            return tuple(self._acts)

    def acts_of(self, who: str, queue: str) -> Sequence[Act]:
        """The acts of a person in a queue, in the order in which they came."""
        with self._lock:
            self._read_if_changed()
            return tuple(self._of.get((who, queue), ()))

    @property
    def damaged(self) -> Sequence[int]:
        """Numbers, from 1, of the lines that are no act."""
        with self._lock:
            self._read_if_changed()
            return tuple(self._damaged)

    def known(self, act_id: str) -> Act | None:
        """The act with this id, if it is there already."""
        with self._lock:
            self._read_if_changed()
            return self._known.get(act_id)

    def append(self, acts: Iterable[Act]) -> int:
        """Write acts durably, but those that are there already; how many were new.

        Raises CannotWrite if the disk is full or may not be written to; then none is
        in the file.
        """
        with self._lock, writing(self._path.parent):
            self._read_if_changed()
            new = {act.act_id: act for act in acts if act.act_id not in self._known}
            if new:
                self._write(new.values())
                self._take(new.values())
        return len(new)

    def _write(self, acts: Iterable[Act]) -> None:
        is_first = not self._path.exists()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lines = "".join(line_of(act) for act in acts)
        data = ("\n" * self._ends_within_line + lines).encode()
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(file).st_size
            try:
                _write_all(file, data)
                os.fsync(file)
            except OSError:
                os.ftruncate(file, size)
                raise
        finally:
            os.close(file)
        if is_first:
            sync_folder(self._path.parent)
        if self._ends_within_line:
            self._ends_within_line = False
        self._stamp = _stamp(self._path)

    def _take(self, acts: Iterable[Act]) -> None:
        for act in acts:
            self._known[act.act_id] = act
            self._acts.append(act)
            self._of.setdefault((act.who, act.queue), []).append(act)

    def _read_if_changed(self) -> None:
        """Read the file anew where it is another one, as after a backup came back."""
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return
        self._acts, self._known, self._of, self._damaged = [], {}, {}, []
        data = self._path.read_bytes() if stamp else b""
        self._ends_within_line = bool(data) and not data.endswith(b"\n")
        for number, line in enumerate(data.splitlines(), start=1):
            act = act_of(line)
            if act is None:
                self._damaged.append(number)
            elif act.act_id not in self._known:
                self._take([act])
        self._stamp = stamp


def line_of(act: Act) -> str:
    """The line of an act."""
    return json.dumps(asdict(act), ensure_ascii=True) + "\n"


def act_of(line: bytes) -> Act | None:
    """The act of a line; None if it is incomplete or damaged."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or value.keys() - _NAMES:
        return None
    wrong = [name for name in value if not _is_of(value[name], _TYPES[name])]
    if wrong or value.get("kind") not in get_args(Kind):
        return None
    answer = value.pop("answer", [])
    if not all(isinstance(one, str) for one in answer):
        return None
    try:
        return Act(**value, answer=tuple(answer))
    except TypeError:  # a field without a default is missing
        return None


def answers_file(root: Path, question_id: str) -> AnswersFile:
    """The file of a question's answers, one object for each path."""
    path = labels_folder(root) / f"{question_id}.jsonl"
    with _one_at_a_time:
        return _files.setdefault(path, AnswersFile(path))


def back_up_answers(root: Path, folder: Path) -> int:
    """Copy the files of all questions, also while they grow; how many there are.

    No folder is made where there are none. MorphError if it exists, or cannot be
    written.
    """
    files = sorted(labels_folder(root).glob("*.jsonl"))
    if files:
        try:
            folder.mkdir()
            for file in files:
                shutil.copyfile(file, folder / file.name)
        except FileExistsError as error:
            raise MorphError(f"{folder} already exists; choose another name") from error
        except OSError as error:
            message = f"{folder} cannot be written: {error.strerror}"
            raise MorphError(message) from error
    return len(files)


_files: dict[Path, AnswersFile] = {}
_one_at_a_time = threading.Lock()


def _is_of(value: Any, kind: type) -> bool:
    return type(value) is kind  # a truth value is no whole number


def _stamp(path: Path) -> tuple[int, int] | None:
    """Inode and size of a file, None where there is none."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_size


def _write_all(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]
