"""The workspace: the DuckDB file of what people saved, which is never deleted.

It is attached to the catalogue's connection as the database ``workspace``, so that one
query can use both. Like the catalogue, it belongs to one process. Every change is in
the file itself when it is acknowledged, so that a copy of the file is a backup.
"""

import secrets
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import duckdb
from duckdb import DuckDBPyConnection

from morph.atomic import replacing
from morph.catalogue.open_errors import explained, workspace_unopened
from morph.errors import MorphError

if TYPE_CHECKING:
    import pyarrow as pa

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
    "ALTER TABLE workspace.subsets ADD COLUMN owner VARCHAR;",
    """
    CREATE TABLE workspace.coverage_maps (
        map_id VARCHAR PRIMARY KEY, name VARCHAR NOT NULL, ranges BLOB NOT NULL,
        created VARCHAR NOT NULL);
    """,
    # Of uploaded lists; the rows of each are a table of their own, "own_<subset id>".
    """
    CREATE TABLE workspace.own_columns (
        subset_id VARCHAR NOT NULL, number INTEGER NOT NULL, key VARCHAR NOT NULL,
        name VARCHAR NOT NULL, kind VARCHAR NOT NULL, unit VARCHAR NOT NULL,
        identifies BOOLEAN NOT NULL, low DOUBLE, high DOUBLE, known BIGINT NOT NULL,
        PRIMARY KEY (subset_id, key));
    """,
    """
    CREATE TABLE workspace.column_sets (
        name VARCHAR NOT NULL, columns VARCHAR NOT NULL, created VARCHAR NOT NULL,
        owner VARCHAR);
    """,
    # Of labels; the answers are in files, see `morph.labels.answers_file`.
    """
    CREATE TABLE workspace.label_questions (
        question_id VARCHAR PRIMARY KEY, text VARCHAR NOT NULL, kind VARCHAR NOT NULL,
        answers VARCHAR NOT NULL, created VARCHAR NOT NULL, owner VARCHAR,
        deleted VARCHAR);
    CREATE TABLE workspace.label_queues (
        queue_id VARCHAR PRIMARY KEY, question_id VARCHAR NOT NULL,
        release_id VARCHAR NOT NULL, release_key VARCHAR NOT NULL,
        recipe VARCHAR NOT NULL, seed BIGINT NOT NULL, repeated DOUBLE NOT NULL,
        galaxies BIGINT NOT NULL, shown BIGINT NOT NULL, created VARCHAR NOT NULL);
    CREATE TABLE workspace.label_queue_galaxies (
        queue_id VARCHAR NOT NULL, number BIGINT NOT NULL, iauname VARCHAR NOT NULL,
        showing TINYINT NOT NULL);
    """,
    # Why each galaxy of a queue was chosen; NULL where the queue itself says it.
    "ALTER TABLE workspace.label_queue_galaxies ADD COLUMN chosen VARCHAR;",
)

_LETTERS, _DIGITS = "abcdefghijkmnpqrstuvwxyz", "23456789"

_one_change_at_a_time = threading.Lock()
_ended = SimpleNamespace(changes=0)
_COPIES = 20  # tries, if the file changes while it is copied


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
def _counted() -> Iterator[None]:
    try:
        yield
    finally:
        _ended.changes += 1


def changes() -> int:
    """How many changes of workspaces have ended in this process.

    What was read of one since is as it is now: only the process that has a workspace
    open can change it, and it does so in `changing`.
    """
    return _ended.changes


@contextmanager
def changing(con: DuckDBPyConnection) -> Iterator[None]:
    """One transaction on the workspace; other threads wait.

    Raises CannotWrite if the disk is full or memory lacks; nothing is changed then.
    """
    with _one_change_at_a_time, _counted(), explained(con):
        con.execute("BEGIN")
        try:
            yield
        except BaseException:
            with suppress(duckdb.Error):  # DuckDB may have ended the transaction
                con.execute("ROLLBACK")
            raise
        con.execute("COMMIT")
        # Without it the change would be in the write-ahead log, which copies forget. On
        # a full disk this fails; the log still has the change.
        with suppress(duckdb.Error):
            con.execute("CHECKPOINT workspace")


@contextmanager
def registered(con: DuckDBPyConnection, name: str, table: "pa.Table") -> Iterator[None]:
    """Let SQL on this cursor read an Arrow table under ``name``."""
    con.register(name, table)
    try:
        yield
    finally:
        con.unregister(name)


def new_id(con: DuckDBPyConnection, table: str, column: str) -> str:
    """An id of five letters and digits, the second a digit, that no row has."""
    taken = con.execute(f"SELECT {column} FROM workspace.{table}").fetchall()
    parts = (_LETTERS, _DIGITS, *[_LETTERS + _DIGITS] * 3)
    while True:
        new = "".join(secrets.choice(part) for part in parts)
        if (new,) not in taken:
            return new


def back_up(path: Path, target: Path) -> dict[str, int]:
    """Copy the workspace, also while a dashboard changes it; rows of its tables.

    Raises
    ------
    MorphError
        If there is no workspace, ``target`` exists or cannot be written, or the copy
        cannot be opened.
    """
    if not path.is_file():
        raise MorphError(
            f"there is no workspace in {path.parent}: nothing is saved yet"
        )
    if target.exists():
        raise MorphError(f"{target} already exists; choose another name")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as made:
            copy = Path(made) / path.name
            _copy_unchanged(path, copy)
            rows = _rows(copy)
            copy.rename(target)
    except OSError as error:
        raise MorphError(f"{target} cannot be written: {error.strerror}") from error
    return rows


def _copy_unchanged(path: Path, copy: Path) -> None:
    """Copy the file and its write-ahead log, as they are at one moment."""
    files = (path, path.with_name(f"{path.name}.wal"))
    for _ in range(_COPIES):
        before = [_stamp(file) for file in files]
        for file, stamp in zip(files, before, strict=True):
            here = copy.with_name(file.name)
            here.unlink(missing_ok=True)
            if stamp:
                with suppress(FileNotFoundError):  # it has just become part of the file
                    shutil.copyfile(file, here)
        if [_stamp(file) for file in files] == before:
            return
    raise MorphError(f"{path} changed during each of {_COPIES} copies; try again later")


def _stamp(file: Path) -> tuple[int, int] | None:
    """Size and time of the last change of a file, or None if there is none."""
    with suppress(FileNotFoundError):
        status = file.stat()
        return status.st_size, status.st_mtime_ns
    return None


def _rows(path: Path) -> dict[str, int]:
    """Rows of the tables of a copy, whose write-ahead log becomes part of it."""
    try:
        with duckdb.connect(str(path)) as con:
            con.execute("CHECKPOINT")
            tables = [
                name
                for (name,) in con.execute(
                    "SELECT table_name FROM duckdb_tables() ORDER BY table_name"
                ).fetchall()
            ]
            return {
                name: con.table(name).count("*").fetchall()[0][0] for name in tables
            }
    except duckdb.Error as error:
        raise workspace_unopened(path, error) from error


def _attach(con: DuckDBPyConnection, path: Path) -> None:
    try:
        con.execute("ATTACH $path AS workspace", {"path": str(path)})
    except duckdb.Error as error:
        raise workspace_unopened(path, error) from error


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
            f"{path} was made by a newer version of morph (schema version "
            f"{version}; known: {len(_MIGRATIONS)}); update morph"
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
