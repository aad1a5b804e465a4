"""Delete runs to a bin in ``runs/``, restore them, and empty it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from morph.errors import RunError
from morph.home import run_folder
from morph.runs.lifecycle import read_run
from morph.runs.run_files import LOCK, check_own_files, holding_lock

BIN = ".bin"


@dataclass(frozen=True)
class Deleted:
    """A run in the bin."""

    run_id: str
    folder: Path
    bytes: int


def delete(root: Path, run_id: str) -> Path:
    """Move a run into the bin; RunError while it is active."""
    folder = run_folder(root, run_id)
    state = read_run(folder)
    if state.active:
        raise RunError(f"{run_id} is {state.state}; cancel it before you delete it")
    try:
        with _unused(folder):
            target = _free(root / "runs" / BIN, run_id)
            folder.rename(target)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise RunError(
            f"there is no run {run_id!r}; it may have been deleted"
        ) from error
    return target


def restore(root: Path, deleted: Deleted) -> None:
    """Move a run out of the bin; RunError if its name is taken by now."""
    folder = run_folder(root, deleted.run_id)
    if folder.exists():
        raise RunError(f"another run is now called {deleted.run_id!r}; delete it first")
    try:
        deleted.folder.rename(folder)
    except FileNotFoundError as error:
        raise RunError(f"{deleted.run_id} is no longer in the bin") from error


def in_bin(root: Path) -> list[Deleted]:
    """The deleted runs by name."""
    folders = sorted((root / "runs" / BIN).glob("*/*/"))
    return [Deleted(one.name, one, size_of(one)) for one in folders]


def empty(root: Path) -> int:
    """Delete everything in the bin for good; the number of bytes that were freed.

    What cannot be deleted stays in the bin.
    """
    before = sum(one.bytes for one in in_bin(root))
    shutil.rmtree(root / "runs" / BIN, ignore_errors=True)
    return before - sum(one.bytes for one in in_bin(root))


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder; links are not followed."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


@contextmanager
def _unused(folder: Path) -> Iterator[None]:
    """Hold the lock of a run; one with a link is never started, and has no lock."""
    try:
        check_own_files(folder)
    except RunError:
        yield
    else:
        with holding_lock(folder / LOCK):
            yield


def _free(bin_folder: Path, run_id: str) -> Path:
    """A place for a run in the bin, which may hold an earlier one of its name."""
    number = 1
    while (bin_folder / str(number) / run_id).exists():
        number += 1
    (bin_folder / str(number)).mkdir(parents=True, exist_ok=True)
    return bin_folder / str(number) / run_id
