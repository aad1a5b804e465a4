"""The files of a run's folder: events, locks and JSON, as both sides use them.

``config.json`` says what to do. ``status.json`` (replaced atomically) says how far it
is, ``events.jsonl`` (only ever appended to) what has happened, ``log.txt`` what was
printed. The process holds the kernel's lock on ``lock`` for life, so a death of any
kind shows; the file ``cancel`` asks it to stop.
"""

import fcntl
import json
import math
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from morph.errors import RunError
from morph.wording import utc_now

CONFIG = "config.json"
STATUS = "status.json"
EVENTS = "events.jsonl"
LOG = "log.txt"
CHOICE = (
    "choice.json"  # what an adaptation was judged to be; see `training.judge.choice`
)
LOCK = "lock"
CANCEL = "cancel"

LOCK_PATIENCE_S = 0.5


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from ``path``.

    Raises
    ------
    RunError
        If the file is missing or holds anything else.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(
            f"{path} cannot be read ({error}); make the run again under another name"
        ) from error
    if not isinstance(value, dict):
        raise RunError(f"{path} holds a {type(value).__name__}; expected a JSON object")
    return value


def read_choice(folder: Path) -> dict[str, Any] | None:
    """What an adaptation was judged to be; None where there was nothing to judge."""
    return read_json(folder / CHOICE) if (folder / CHOICE).is_file() else None


def append_event(
    folder: Path, name: str, *, durable: bool = False, **values: Any
) -> None:
    """Append one line to ``events.jsonl``; ``durable`` outlives a power cut."""
    record = {"time": utc_now(), "event": name, **_finite(values)}
    with (folder / EVENTS).open("a", encoding="utf-8") as file:
        file.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")
        file.flush()
        if durable:
            os.fsync(file.fileno())


def read_events(folder: Path) -> list[dict[str, Any]]:
    """Every event so far; a line torn by a kill or a power cut is left out."""
    path = folder / EVENTS
    if not path.exists():
        return []
    events = (_event(line) for line in path.read_bytes().split(b"\n")[:-1])
    return [event for event in events if event is not None]


def finished_stages(folder: Path) -> set[str]:
    """Names of the stages that are done for good."""
    events = read_events(folder)
    return {e["stage"] for e in events if e["event"] == "stage_finished"}


def created_time(folder: Path) -> str:
    """When the run was made, ISO 8601 in UTC: its configuration never changes."""
    modified = (folder / CONFIG).stat().st_mtime
    return datetime.fromtimestamp(modified, UTC).isoformat(timespec="milliseconds")


def try_lock(path: Path) -> int | None:
    """An open file that holds the kernel's exclusive lock, or None if another does.

    The lock ends when every process that has the open file has closed it or died.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def take_lock(path: Path, *, patience_s: float = LOCK_PATIENCE_S) -> int:
    """``try_lock``, again and again: someone may only be looking whether it is held.

    Raises
    ------
    RunError
        If another process goes on holding it.
    """
    end = time.monotonic() + patience_s
    while (lock := try_lock(path)) is None:
        if time.monotonic() > end:
            raise RunError(
                f"{path.parent} is being worked on by another process; "
                "wait for it to end, or cancel it first"
            )
        time.sleep(0.05)
    return lock


def is_locked(path: Path) -> bool:
    """Whether a living process holds the lock on ``path``."""
    if not path.exists():
        return False
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def cut_torn_line(folder: Path) -> None:
    """Cut off what a kill left of a last event, so that the next one stands whole."""
    path = folder / EVENTS
    if not path.exists():
        return
    with path.open("rb+") as file:
        content = file.read()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            file.truncate(whole)


def _event(line: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "event" in event else None


def _finite(value: Any) -> Any:
    """``value`` as JSON can say it: no NaN, no infinity, no numpy scalars."""
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if hasattr(value, "tolist"):  # numpy's scalars and arrays
        return _finite(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
