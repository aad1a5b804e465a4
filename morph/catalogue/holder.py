"""What the process that has the catalogue open says is in it.

Nobody else can open the file meanwhile, so it says so in ``catalogue.json`` beside it.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from duckdb import DuckDBPyConnection

from morph.atomic import write_json
from morph.catalogue.release_table import releases
from morph.catalogue.unloaded import waiting

FILE = "catalogue.json"


@dataclass(frozen=True)
class Holding:
    """Who has the catalogue open, what is loaded in it and what cannot be."""

    pid: int
    loaded: Mapping[str, str]  # release_id -> SHA-256 of its manifest
    refused: Mapping[str, str]  # release_id -> why


def tell(root: Path, con: DuckDBPyConnection, pid: int) -> None:
    """Write what process ``pid`` has in the catalogue, if that is news."""
    aside = waiting(con, root / "releases")
    now = Holding(
        pid,
        {found.release_id: found.manifest_sha256 for found in releases(con)},
        {one.release_id: one.message for one in aside if one.reason == "refused"},
    )
    if now != told(root, pid):
        write_json(root / FILE, asdict(now))


def told(root: Path, pid: int | None) -> Holding | None:
    """What process ``pid`` said last; None if it has said nothing."""
    try:
        value = json.loads((root / FILE).read_text(encoding="utf-8"))
        found = Holding(value["pid"], dict(value["loaded"]), dict(value["refused"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None  # it is no dashboard, or one that has only just started
    return found if found.pid == pid else None
