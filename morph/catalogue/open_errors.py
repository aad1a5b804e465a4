"""Errors for a catalogue or workspace that DuckDB cannot open."""

import re
from pathlib import Path

from morph.errors import CatalogueHeld, MorphError

_UNWRITABLE = re.compile("permission denied|not permitted|read-only file", re.I)


def catalogue_unopened(path: Path, message: str) -> MorphError:
    """The error for the catalogue, from DuckDB's ``message``."""
    if "Conflicting lock" in message:
        advice = "or wait: a running dashboard loads new releases automatically"
        return _held(path, message, f"close it, {advice}")
    if _UNWRITABLE.search(message):
        return _unwritable(path, message, "The catalogue is")
    return MorphError(
        f"{path} cannot be opened as a catalogue: {_why(message)}. Delete it: it is "
        "rebuilt from the releases. Subsets are in another file"
    )


def workspace_unopened(path: Path, message: str) -> MorphError:
    """The error for the workspace, from DuckDB's ``message``."""
    if "Conflicting lock" in message:
        return _held(path, message, "close that first")
    if _UNWRITABLE.search(message):
        return _unwritable(path, message, "Subsets are")
    return MorphError(
        f"{path} cannot be opened as a workspace: {_why(message)}. It contains the "
        "subsets, so it is not changed: replace it with an intact copy, or move it "
        "away to start an empty one"
    )


def _held(path: Path, message: str, advice: str) -> CatalogueHeld:
    match = re.search(r"held in (.+?) \(PID (\d+)\)", message)
    if match is None:
        holder, pid = "another process", None
    else:
        holder, pid = f"process {match[2]} ({Path(match[1]).name})", int(match[2])
    return CatalogueHeld(
        f"{path} is in use by {holder}; {advice}", holder=holder, pid=pid
    )


def _unwritable(path: Path, message: str, kept: str) -> MorphError:
    return MorphError(
        f"{path} cannot be written ({message.splitlines()[0]}). {kept} saved there: "
        "give the user who runs the dashboard read and write access"
    )


def _why(message: str) -> str:
    if "not a valid DuckDB" in message:
        return "it is damaged, or another kind of file"
    return message.splitlines()[0]
