"""What to tell the user where DuckDB did not open one of morph's two files."""

import re
from pathlib import Path

from morph.errors import CatalogueHeld, MorphError

_HELD = "Conflicting lock"
_LET_IT = "close it, or let it do the work: the dashboard loads new releases by itself"
_UNWRITABLE = re.compile("permission denied|not permitted|read-only file", re.I)
_OTHER_KIND = "not a valid DuckDB"


def catalogue_unopened(path: Path, message: str) -> MorphError:
    """The error for the catalogue, of which DuckDB said ``message``."""
    return _known(path, message, _LET_IT, "The catalogue is") or MorphError(
        f"{path} cannot be opened as a catalogue: {_why(message)}. It is made from the "
        "releases: delete it, and they are loaded again; what people made is kept in "
        "another file"
    )


def workspace_unopened(path: Path, message: str) -> MorphError:
    """The error for the file of what people made, of which DuckDB said ``message``."""
    return _known(path, message, "close that first", "Subsets are") or MorphError(
        f"{path} cannot be opened as a workspace: {_why(message)}. It holds what "
        "people made, so it is left as it is: put a sound copy in its place, or move "
        "it away to begin an empty one"
    )


def _known(path: Path, message: str, advice: str, kept: str) -> MorphError | None:
    """The error where the file is held or cannot be written, as either may be."""
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
        f"{path} is held by {holder}; {advice}",
        holder=holder,
        pid=int(found[2]) if found else None,
    )


def _unwritable(path: Path, message: str, kept: str) -> MorphError:
    return MorphError(
        f"{path} cannot be written ({message.splitlines()[0]}). {kept} kept there: let "
        "the user who runs the dashboard read and write it"
    )


def _why(message: str) -> str:
    if _OTHER_KIND in message:
        return "it is damaged, or another kind of file"
    return message.splitlines()[0]
