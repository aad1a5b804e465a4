"""Results about a whole release, kept in the catalogue from one process to the next.

They are computed when a release is loaded, or when one is first asked for. A result is
used only for the same load of the release, and only by the code that computed it: any
change of this package, of DuckDB, or of what it also depends on, makes it anew.
"""

import hashlib
import json
import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection

from morph.catalogue.release_table import LoadedRelease

_PACKAGE = Path(__file__).resolve().parent.parent
_CODE = (".py", ".json", ".toml")  # modules, decision trees, surveys

LEAST = 100_000  # galaxies of a release whose results are kept

_log = logging.getLogger(__name__)


def result(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    name: str,
    compute: Callable[[], Any],
    *,
    of: str = "",
) -> Any:
    """A JSON value about a whole release; ``compute`` is called if it is not kept.

    ``name`` is its own among the results of a release. ``of`` is what it depends on
    besides the release and the code. Results of a small release, or where the catalogue
    cannot be written, are computed each time.
    """
    if not are_kept(release):
        return json.loads(json.dumps(compute()))
    key = {"sequence": release.sequence, "name": name, "mark": _mark(release, of)}
    found = _kept(con, key)
    if found is None:
        found = json.dumps(compute())
        _keep(con, {**key, "value": found})
    return json.loads(found)


def are_kept(release: LoadedRelease) -> bool:
    """Whether results are kept: those of few galaxies are computed as quickly."""
    return release.galaxies >= LEAST


def _mark(release: LoadedRelease, of: str) -> str:
    """What changes with everything that a result of one load depends on."""
    parts = (code_mark(), release.manifest_sha256, of)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def code_mark() -> str:
    """A hash of all code and definitions of this package, and of DuckDB's version."""
    marks = hashlib.sha256(duckdb.__version__.encode())
    for path in sorted(_PACKAGE.rglob("*")):
        if path.suffix in _CODE:
            marks.update(path.relative_to(_PACKAGE).as_posix().encode())
            marks.update(path.read_bytes())
    return marks.hexdigest()


def _kept(con: DuckDBPyConnection, key: dict[str, Any]) -> str | None:
    sql = """
        SELECT value FROM results
        WHERE sequence = $sequence AND name = $name AND mark = $mark
    """
    try:
        rows = con.execute(sql, key).fetchall()
    except duckdb.CatalogException:  # made by an earlier version, and only read
        return None
    return rows[0][0] if rows else None


def _keep(con: DuckDBPyConnection, row: dict[str, Any]) -> None:
    """Keep a result in place of an older one, unless its release was unloaded."""
    older = "DELETE FROM results WHERE sequence = $sequence AND name = $name"
    newer = """
        INSERT INTO results SELECT $sequence, $name, $mark, $value
        WHERE EXISTS (FROM loaded WHERE sequence = $sequence)
    """
    try:
        with con.cursor() as cursor:
            cursor.begin()
            cursor.execute(older, {name: row[name] for name in ("sequence", "name")})
            cursor.execute(newer, row)
            cursor.commit()
    except duckdb.Error as error:  # read-only, a full disk, or another was quicker
        _log.info("%s is not kept in the catalogue: %s", row["name"], error)
