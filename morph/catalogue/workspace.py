"""The workspace: the DuckDB file of what people saved, which is never deleted.

It is attached to the catalogue's connection as the database ``workspace``, so that one
query can use both. Like the catalogue, it belongs to one process.
"""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from morph.atomic import replacing
from morph.catalogue.open_errors import workspace_unopened
from morph.errors import MorphError

# Migrations from each version to the next, starting from an empty file.
_MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE workspace.schema_version (version INTEGER NOT NULL);
    INSERT INTO workspace.schema_version VALUES (0);
    CREATE TABLE workspace.subsets (
        subset_id VARCHAR PRIMARY KEY, name VARCHAR NOT NULL, note VARCHAR NOT NULL,
        created VARCHAR NOT NULL, kind VARCHAR NOT NULL, release_id VARCHAR NOT NULL,
        release_key VARCHAR NOT NULL, recipe VARCHAR NOT NULL, digest VARCHAR NOT NULL,
        galaxies BIGINT NOT NULL, deleted VARCHAR);
    CREATE TABLE workspace.members (
        subset_id VARCHAR NOT NULL, iauname VARCHAR NOT NULL);
    CREATE TABLE workspace.regions (
        regions_id VARCHAR PRIMARY KEY, regions VARCHAR NOT NULL,
        created VARCHAR NOT NULL);
    """,
    """
    CREATE TABLE workspace.opening (
        number BIGINT PRIMARY KEY, release_id VARCHAR NOT NULL,
        chosen VARCHAR NOT NULL);
    """,
)

_one_change_at_a_time = threading.Lock()


def attach(con: DuckDBPyConnection, path: Path) -> None:
    """Attach the workspace to a catalogue, and migrate it to this version.

    Before a migration the file is copied to ``<name>.v<version>``. Raises CatalogueHeld
    if another process has it open; MorphError if it is damaged or was made by a newer
    morph.
    """
    if is_attached(con):
        return
    _attach(con, path)
    try:
        version = _version(con, path)
        if 0 < version < len(_MIGRATIONS):
            con.execute("DETACH workspace")
            copy = path.with_name(f"{path.name}.v{version}")
            if not copy.exists():
                with replacing(copy) as temporary:
                    shutil.copy2(path, temporary)
            _attach(con, path)
        _migrate(con, version)
    except BaseException:
        con.execute("DETACH workspace")
        raise


def is_attached(con: DuckDBPyConnection) -> bool:
    """Whether a workspace is attached."""
    sql = "SELECT 1 FROM duckdb_databases() WHERE database_name = 'workspace'"
    return bool(con.execute(sql).fetchall())


@contextmanager
def changing(con: DuckDBPyConnection) -> Iterator[None]:
    """One transaction on the workspace; other threads wait."""
    with _one_change_at_a_time:
        con.execute("BEGIN")
        try:
            yield
        except BaseException:
            con.execute("ROLLBACK")
            raise
        con.execute("COMMIT")


def _attach(con: DuckDBPyConnection, path: Path) -> None:
    try:
        con.execute("ATTACH $path AS workspace", {"path": str(path)})
    except duckdb.Error as error:
        raise workspace_unopened(path, str(error)) from error


def _version(con: DuckDBPyConnection, path: Path) -> int:
    tables = con.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'workspace'"
    ).fetchall()
    if not tables:
        return 0
    if ("schema_version",) not in tables:
        raise MorphError(
            f"{path} is a DuckDB file, but not a workspace; move it elsewhere"
        )
    rows = con.execute("SELECT version FROM workspace.schema_version").fetchall()
    version = rows[0][0]
    if version > len(_MIGRATIONS):
        raise MorphError(
            f"{path} was made by a newer morph (schema version {version}; known: "
            f"{len(_MIGRATIONS)}); update morph"
        )
    return version


def _migrate(con: DuckDBPyConnection, version: int) -> None:
    for number in range(version, len(_MIGRATIONS)):
        with changing(con):
            con.execute(_MIGRATIONS[number])
            con.execute(
                "UPDATE workspace.schema_version SET version = $version",
                {"version": number + 1},
            )
