"""Errors for a catalogue or workspace that DuckDB cannot open, read or write."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from morph.atomic import disk_full
from morph.errors import CannotWrite, CatalogueHeld, DamagedCatalogue, MorphError

_UNWRITABLE = re.compile("permission denied|not permitted|read-only file", re.I)
_FULL = re.compile("no space left|disk quota|file too large|could not write all", re.I)
_DAMAGED = re.compile(
    "corrupt|checksum|not a valid duckdb|deseriali|could not read", re.I
)

_NO_THREAD = "can't start new thread"  # Python's RuntimeError without memory for one


def catalogue_unopened(path: Path, error: Exception) -> MorphError:
    """The error for the catalogue at ``path``, from that of DuckDB."""
    message = str(error)
    if "Conflicting lock" in message:
        advice = "or wait: a running dashboard loads new releases automatically"
        return _held(path, message, f"close it, {advice}")
    return _machine(path, error, "The catalogue is") or DamagedCatalogue(
        f"{path} cannot be opened as a catalogue: {_why(message)}. It can be "
        "rebuilt from the releases: use the button on any page, or delete the file. "
        "Subsets are in another file"
    )


def workspace_unopened(path: Path, error: Exception) -> MorphError:
    """The error for the workspace at ``path``, from that of DuckDB."""
    message = str(error)
    if "Conflicting lock" in message:
        return _held(path, message, "close that first")
    return _machine(path, error, "Subsets are") or MorphError(
        f"{path} cannot be opened as a workspace: {_why(message)}. It contains the "
        "subsets, so it is not changed: replace it with an intact copy, or move it "
        "away to start an empty one"
    )


@contextmanager
def explained(con: DuckDBPyConnection) -> Iterator[None]:
    """Raise errors of DuckDB that a user can mend as MorphErrors."""
    sql = "SELECT path FROM duckdb_databases() WHERE NOT internal AND path IS NOT NULL"
    files = con.execute(sql).fetchall()  # of the catalogue and the workspace
    folder = Path(files[0][0]).parent if files else Path()
    try:
        yield
    except (duckdb.Error, MemoryError, RuntimeError) as error:
        problem = in_words(folder, error)
        if problem is None:
            raise
        raise problem from error


def in_words(folder: Path, error: Exception) -> MorphError | None:
    """What a user can do about an error of DuckDB; None for an error of this code.

    ``folder`` is that of the database files.
    """
    problem = _machine(folder, error, "Releases and subsets are")
    is_of_duckdb = isinstance(error, duckdb.Error)
    if problem is None and is_of_duckdb and _DAMAGED.search(str(error)):
        return DamagedCatalogue(
            f"the catalogue in {folder} is damaged ({_first_line(str(error))}). "
            "Rebuild it from the releases; subsets are in another file"
        )
    return problem


def _machine(path: Path, error: Exception, kept: str) -> CannotWrite | None:
    """The error for a full disk, missing write access or too little memory."""
    message = str(error)
    if _FULL.search(message):
        return disk_full(path if path.is_dir() else path.parent)
    if _UNWRITABLE.search(message):
        return CannotWrite(
            f"{path} cannot be written ({_first_line(message)}). {kept} saved there: "
            "give the user who runs the dashboard read and write access"
        )
    if _NO_THREAD in message or isinstance(
        error, MemoryError | duckdb.OutOfMemoryException
    ):
        return CannotWrite(
            "the machine has too little free memory for this; nothing was changed. "
            "Close other programs or wait for runs to end, and try again"
        )
    return None


def _held(path: Path, message: str, advice: str) -> CatalogueHeld:
    match = re.search(r"held in (.+?) \(PID (\d+)\)", message)
    if match is None:
        holder, pid = "another process", None
    else:
        holder, pid = f"process {match[2]} ({Path(match[1]).name})", int(match[2])
    return CatalogueHeld(
        f"{path} is in use by {holder}; {advice}", holder=holder, pid=pid
    )


def _why(message: str) -> str:
    if _DAMAGED.search(message):
        return "it is damaged, or another kind of file"
    return _first_line(message)


def _first_line(message: str) -> str:
    return next(iter(message.splitlines()), "")
