"""Errors for a catalogue or workspace that DuckDB cannot open."""

import re
from pathlib import Path

from morph.errors import CatalogueHeld, MorphError

_HELD = "Conflicting lock"
_LET_IT = "close it, or wait: a running dashboard loads new releases automatically"
_UNWRITABLE = re.compile("permission denied|not permitted|read-only file", re.I)
_OTHER_KIND = "not a valid DuckDB"


def catalogue_unopened(path: Path, message: str) -> MorphError:
    """The error for the catalogue, from DuckDB's ``message``."""
    return _known(path, message, _LET_IT, "The catalogue is") or MorphError(
        f"{path} cannot be opened as a catalogue: {_why(message)}. Delete it: it is "
        "rebuilt from the releases. Subsets are in another file"
    )


def workspace_unopened(path: Path, message: str) -> MorphError:
    """The error for the workspace, from DuckDB's ``message``."""
    return _known(path, message, "close that first", "Subsets are") or MorphError(
        f"{path} cannot be opened as a workspace: {_why(message)}. It contains the "
        "subsets, so it is not changed: replace it by an intact copy, or move it away "
        "to start an empty one"
    )


def _known(path: Path, message: str, advice: str, kept: str) -> MorphError | None:
    """The error where the file is in use or not writable."""
    if _HELD in message:
        return _held(path, message, advice)
    if _UNWRITABLE.search(message):
        return _unwritable(path, message, kept)
    return None


def _held(path: Path, message: str, advice: str) -> CatalogueHeld:
    found = re.search(r"held in (.+?) \(PID (\d+)\)", message)
    holder = (
        f"process {found[2]} ({Path(found[1]).name})" if found else "another process"
    )
    return CatalogueHeld(
        f"{path} is in use by {holder}; {advice}",
        holder=holder,
        pid=int(found[2]) if found else None,
    )


def _unwritable(path: Path, message: str, kept: str) -> MorphError:
    return MorphError(
        f"{path} cannot be written ({message.splitlines()[0]}). {kept} saved there: "
        "give the user who runs the dashboard read and write access"
    )


def _why(message: str) -> str:
    if _OTHER_KIND in message:
        return "it is damaged, or another kind of file"
    return message.splitlines()[0]
