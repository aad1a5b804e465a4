"""Coverage maps in the workspace, by an id that depends only on their content."""

import base64
import hashlib

import numpy as np
from duckdb import DuckDBPyConnection

from morph.catalogue.workspace import changing, is_attached
from morph.errors import MorphError
from morph.geometry.sky_regions import CoverageMap
from morph.wording import utc_now

_LONGEST_NAME = 80


def keep(con: DuckDBPyConnection, ranges: np.ndarray, name: str) -> CoverageMap:
    """Save (N, 2) ranges of order-29 cells under a name.

    Equal ranges have the same id; the last name counts.
    """
    name = " ".join(name.split())[:_LONGEST_NAME] or "map"
    if not name.isprintable():
        raise MorphError(f"{name!r} cannot be the name of a map; rename the file")
    with changing(con):
        con.execute(
            "INSERT INTO workspace.coverage_maps VALUES ($id, $name, $ranges, $created)"
            " ON CONFLICT (map_id) DO UPDATE SET name = excluded.name",
            {
                "id": map_id(ranges),
                "name": name,
                "ranges": _content(ranges),
                "created": utc_now(),
            },
        )
    return CoverageMap(map_id(ranges), name)


def map_id(ranges: np.ndarray) -> str:
    """The id of (N, 2) ranges: ten letters and digits."""
    hashed = hashlib.sha256(_content(ranges)).digest()
    return base64.b32encode(hashed).decode().lower()[:10]


def name_of(con: DuckDBPyConnection, map_id: str) -> str:
    """The name of a saved map; MorphError where the workspace has none."""
    return _one(con, map_id, "name")


def ranges(con: DuckDBPyConnection, map_id: str) -> np.ndarray:
    """The (N, 2) ranges of a saved map; MorphError where the workspace has none."""
    return np.frombuffer(_one(con, map_id, "ranges"), "<i8").reshape(-1, 2)


def saved(con: DuckDBPyConnection) -> list[CoverageMap]:
    """All saved maps, the newest first."""
    sql = "SELECT map_id, name FROM workspace.coverage_maps ORDER BY created DESC, name"
    return [CoverageMap(*row) for row in con.execute(sql).fetchall()]


def _content(ranges: np.ndarray) -> bytes:
    return ranges.astype("<i8").tobytes()


def _one(con: DuckDBPyConnection, map_id: str, column: str) -> str | bytes:
    sql = f"SELECT {column} FROM workspace.coverage_maps WHERE map_id = $map_id"
    rows = con.execute(sql, {"map_id": map_id}).fetchall() if is_attached(con) else []
    if not rows:
        raise MorphError(
            f"there is no coverage map {map_id!r} in this workspace; it may be in "
            "another one. Upload it again"
        )
    return rows[0][0]
