"""Files in the folder of a run: JSON, events and locks.

``config.json`` is the configuration, ``status.json`` the progress (replaced
atomically), ``events.jsonl`` the history (append-only), ``log.txt`` the output. The
process holds the lock on ``lock`` while it lives, so its death is detected; the file
``cancel`` asks it to stop. A run on Slurm has ``slurm.json``. ``load_error.json`` says
why the release of a finished run could not be loaded.
"""

import fcntl
import json
import logging
import math
import os
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from morph.atomic import write_json
from morph.errors import MorphError, RunError
from morph.wording import utc_now

CONFIG = "config.json"
STATUS = "status.json"
EVENTS = "events.jsonl"
LOG = "log.txt"
CHOICE = "choice.json"  # of an adaptation, see `training.judge.model_selection`
LOAD_ERROR = "load_error.json"  # why its release could not be loaded
BAD_PIXELS = "bad_pixels"  # the event that counts images with bad pixels
LOCK = "lock"
SLURM = "slurm.json"  # of a run on Slurm, see `morph.runs.slurm.job`
CANCEL = "cancel"

# Words of each state of a run.
STATE_TITLES = {
    "created": "Not started",
    "queued": "Queued",
    "running": "Running",
    "cancelling": "Stopping",
    "cancelled": "Cancelled",
    "failed": "Failed",
    "finished": "Finished",
    "lost": "Stopped unexpectedly",
    "unreadable": "Unreadable",
}

LOCK_PATIENCE_S = 0.5
_TAIL_BYTES = 65_536


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; RunError if the file is missing or not one."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise RunError(
            f"{path} cannot be read ({error}); create the run again with another name"
        ) from error
    if not isinstance(value, dict):
        raise RunError(f"{path} is a {type(value).__name__}; expected a JSON object")
    return value


@contextmanager
def keeping_load_error(folder: Path) -> Iterator[None]:
    """Keep with a run why its release could not be loaded; forget it when it is."""
    try:
        yield
    except Exception as error:
        known = isinstance(error, MorphError)
        why = str(error) if known else "an internal error; the log has the reason"
        with suppress(OSError, MorphError):  # a full disk, or a deleted run
            write_json(folder / LOAD_ERROR, {"time": utc_now(), "error": why})
        raise
    (folder / LOAD_ERROR).unlink(missing_ok=True)


def load_error(folder: Path) -> str:
    """Why the release of a run could not be loaded the last time; "" if it could."""
    if not (folder / LOAD_ERROR).is_file():
        return ""
    try:
        return str(read_json(folder / LOAD_ERROR)["error"])
    except (RunError, KeyError):
        return "it could not be loaded, and the reason cannot be read; load it again"


def check_own_files(folder: Path) -> None:
    """RunError if the folder of a run, which may come from anywhere, is or has a link.

    Through a link files elsewhere could be shown or written; a pipe is never read to
    its end. To be called before any file of the folder is opened.
    """
    for path in (folder, *folder.iterdir()):
        try:
            kind = path.lstat().st_mode
        except FileNotFoundError:  # written under another name, then renamed
            continue
        if stat.S_ISLNK(kind):
            raise RunError(f"{path} is a link; copy its target instead")
        if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
            raise RunError(f"{path} is neither a file nor a folder; delete it")


def read_run_config(folder: Path) -> dict[str, Any]:
    """The configuration of a run; RunError if its folder is not `check_own_files`."""
    check_own_files(folder)
    return read_json(folder / CONFIG)


def read_choice(folder: Path) -> dict[str, Any] | None:
    """Model selection of an adaptation; None if there was none."""
    return read_json(folder / CHOICE) if (folder / CHOICE).is_file() else None


def verdict_words(choice: Mapping[str, Any] | None) -> str:
    """How an adaptation was judged: verdict, interval and reason; "" if it was not.

    Earlier versions compared one measure without an interval, and gave no verdict.
    """
    said = (choice or {}).get("sentence")
    if not isinstance(said, str) or not said:
        return ""
    if "verdict" not in choice:
        said = f"{said}; an earlier version judged this, without an interval"
    return f"{said[:1].upper()}{said[1:]}."


def append_event(
    folder: Path, name: str, *, durable: bool = False, **values: Any
) -> None:
    """Append a line to ``events.jsonl``; ``durable`` flushes it to disk."""
    record = {"time": utc_now(), "event": name, **_finite(values)}
    with (folder / EVENTS).open("a", encoding="utf-8") as file:
        file.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")
        file.flush()
        if durable:
            os.fsync(file.fileno())


def read_events(folder: Path) -> list[dict[str, Any]]:
    """All events; an incomplete last line is ignored."""
    path = folder / EVENTS
    if not path.exists():
        return []
    events = []
    for line in path.read_bytes().split(b"\n")[:-1]:
        with suppress(ValueError, RecursionError):
            events.append(json.loads(line))
    return [e for e in events if isinstance(e, dict) and "event" in e]


def started_again(folder: Path) -> bool:
    """Whether nobody asks the run to stop, as it was started again since."""
    if (folder / CANCEL).exists() or not (folder / STATUS).exists():
        return False
    return read_json(folder / STATUS).get("state") in ("queued", "running")


def finished_stages(folder: Path) -> set[str]:
    """Names of the finished stages."""
    events = read_events(folder)
    return {e["stage"] for e in events if e["event"] == "stage_finished"}


def created_time(folder: Path) -> str:
    """When the run was created, ISO 8601 in UTC: that of its configuration."""
    modified = (folder / CONFIG).stat().st_mtime
    return datetime.fromtimestamp(modified, UTC).isoformat(timespec="milliseconds")


def try_lock(path: Path) -> int | None:
    """An open file with an exclusive lock, or None if another process holds it.

    The lock ends when every process with the open file has closed it or died. RunError
    if ``path`` is a link, which could make a file elsewhere.
    """
    if path.is_symlink():
        raise RunError(f"{path} is a link; delete it")
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def take_lock(path: Path, *, patience_s: float = LOCK_PATIENCE_S) -> int:
    """Repeat ``try_lock`` for a while, since `is_locked` holds the lock for a moment.

    RunError if another process keeps holding it.
    """
    end = time.monotonic() + patience_s
    while (lock := try_lock(path)) is None:
        if time.monotonic() > end:
            raise RunError(
                f"another process is using {path.parent}; wait until it ends, or "
                "cancel it first"
            )
        time.sleep(0.05)
    return lock


@contextmanager
def holding_lock(path: Path) -> Iterator[int]:
    """Hold the lock that `take_lock` gives; processes that inherited it keep it."""
    lock = take_lock(path)
    try:
        yield lock
    finally:
        os.close(lock)


def is_locked(path: Path) -> bool:
    """Whether a living process holds the lock on ``path``."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def cut_torn_line(folder: Path) -> None:
    """Remove an incomplete last event, left by a killed process."""
    path = folder / EVENTS
    if path.exists():
        os.truncate(path, path.read_bytes().rfind(b"\n") + 1)


def tail_log(folder: Path, lines: int = 40) -> list[str]:
    """The last lines of the log of a run, at most 64 kB; none of a link's target."""
    path = folder / LOG
    if path.is_symlink() or not path.is_file():  # a folder may come from anywhere
        return []
    with path.open("rb") as file:
        start = max(0, path.stat().st_size - _TAIL_BYTES)
        file.seek(start)
        text = file.read(_TAIL_BYTES).decode("utf-8", errors="replace")
    found = text.split("\n")[bool(start) :]  # the first line may be cut off
    return [
        line.rstrip("\r") for line in (found[:-1] if found[-1:] == [""] else found)
    ][-lines:]


@contextmanager
def logging_to(path: Path | None, *, terminal: bool = True) -> Iterator[None]:
    """Log to the terminal, if it is to have the log, and to ``path`` if given."""
    handlers: list[logging.Handler] = [logging.StreamHandler()] if terminal else []
    if path is not None:
        handlers.append(logging.FileHandler(path, encoding="utf-8"))
    root, level = logging.getLogger(), logging.getLogger().level
    root.setLevel(logging.INFO)
    for handler in handlers:
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        root.addHandler(handler)
    try:
        yield
    finally:
        root.setLevel(level)
        for handler in handlers:
            root.removeHandler(handler)
            handler.close()


def _finite(value: Any) -> Any:
    """``value`` for JSON, without NaN, infinity and numpy types."""
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if hasattr(value, "tolist"):  # numpy's scalars and arrays
        return _finite(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
