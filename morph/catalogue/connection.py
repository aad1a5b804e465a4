"""The DuckDB file of the catalogue: its schema, and how to open it.

The file is made from release folders and may be deleted and rebuilt. One process owns
it; every thread of it reads through its own cursor. Each loaded release is one wide
table ``r<sequence>``, a name that is never reused.
"""

from pathlib import Path
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection

from morph.catalogue.open_errors import catalogue_unopened
from morph.catalogue.workspace import attach
from morph.errors import CannotWrite, DamagedCatalogue, MorphError
from morph.home import make_home

SCHEMA = 1

_SETTINGS = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    # DuckDB 2.0.0 has an internal error on ORDER BY ... LIMIT with rowid conditions.
    "disabled_optimizers": "late_materialization",
}

_TABLES = f"""
CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY);
INSERT INTO schema_version SELECT {SCHEMA} WHERE NOT EXISTS (FROM schema_version);
CREATE SEQUENCE IF NOT EXISTS release_sequence;
CREATE TABLE IF NOT EXISTS loaded (
    sequence INTEGER PRIMARY KEY, release_id VARCHAR NOT NULL,
    manifest VARCHAR NOT NULL, manifest_sha256 VARCHAR NOT NULL,
    columns VARCHAR[] NOT NULL, ranges VARCHAR NOT NULL, loaded VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS set_aside (
    release_id VARCHAR NOT NULL, reason VARCHAR NOT NULL,
    signature VARCHAR NOT NULL, message VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS results (
    sequence INTEGER NOT NULL, name VARCHAR NOT NULL,
    mark VARCHAR NOT NULL, value VARCHAR NOT NULL);
"""

_CHECK = """
SELECT sequence, loaded.release_id, manifest, manifest_sha256, columns, ranges, loaded
FROM loaded LIMIT 0;
SELECT release_id, reason, signature, message FROM set_aside LIMIT 0;
SELECT sequence, name, mark, value FROM results LIMIT 0;
"""


def connect(
    path: Path, *, workspace: Path | None = None, most_bytes: int | None = None
) -> DuckDBPyConnection:
    """Open the catalogue for this process; close it before the process ends.

    With ``workspace``, that file is attached to it (`morph.catalogue.workspace`).
    DuckDB keeps at most ``most_bytes`` of what it read and wrote in memory, by default
    most of the memory of the machine.
    Raises CatalogueHeld if another process, which it names, has it open;
    DamagedCatalogue if it must be rebuilt from the releases; MorphError if the
    workspace is damaged, or a file cannot be made or written.
    """
    make_home(path.parent)
    limit = {} if most_bytes is None else {"memory_limit": f"{most_bytes}B"}
    con = _opened(path, config=_SETTINGS | limit)
    try:
        _prepare(con, path)
        if workspace is not None:
            attach(con, workspace)
        # pyarrow reads Parquet, so DuckDB needs no other files.
        con.execute("SET enable_external_access = false")
    except BaseException:
        con.close()
        raise
    return con


def forget(path: Path) -> None:
    """Delete the file of a catalogue that no process has open, and its log."""
    for file in (path, path.with_name(f"{path.name}.wal")):
        file.unlink(missing_ok=True)


def look(path: Path) -> DuckDBPyConnection:
    """Open a catalogue read-only, quickly.

    Raises CatalogueHeld and MorphError as `connect`.
    """
    con = _opened(path, read_only=True)
    try:
        _check_schema(con, path)
    except BaseException:
        con.close()
        raise
    return con


def is_usable(con: DuckDBPyConnection) -> bool:
    """Whether queries are answered; after a fatal error, DuckDB answers none."""
    try:
        con.execute("SELECT 1")
    except duckdb.Error:
        return False
    return True


def has_been_filled(con: DuckDBPyConnection) -> bool:
    """Whether a release was ever loaded, even if it is unloaded now."""
    numbers = con.execute(
        "SELECT last_value FROM duckdb_sequences() "
        "WHERE sequence_name = 'release_sequence'"
    ).fetchall()
    return numbers != [(None,)]


def _opened(path: Path, **options: Any) -> DuckDBPyConnection:
    existed = path.exists()
    try:
        return duckdb.connect(str(path), **options)
    except (duckdb.Error, RuntimeError, MemoryError) as error:
        problem = catalogue_unopened(path, error)
        if isinstance(problem, CannotWrite) and not existed:
            forget(path)  # a full disk left the beginning of a file
        raise problem from error


def _prepare(con: DuckDBPyConnection, path: Path) -> None:
    """Create the tables of a new catalogue, and check those of an existing one."""
    try:
        con.execute(_TABLES)
        _check_schema(con, path)
        con.execute(_CHECK)
    except (duckdb.Error, RuntimeError, MemoryError) as error:
        raise catalogue_unopened(path, error) from error
    _add_beta_tail(con)


def _check_schema(con: DuckDBPyConnection, path: Path) -> None:
    try:
        versions = con.execute("SELECT version FROM schema_version").fetchall()
    except duckdb.CatalogException as error:
        raise MorphError(
            f"{path} is a DuckDB file, but not a catalogue. Move it elsewhere; a new "
            "catalogue is made from the releases"
        ) from error
    if versions != [(SCHEMA,)]:
        version = versions[0][0] if versions else "none"
        raise DamagedCatalogue(
            f"{path} has schema version {version}; this version of morph "
            f"needs version {SCHEMA} of the schema. "
            "Delete the file; a new one is made from the releases"
        )


def _add_beta_tail(con: DuckDBPyConnection) -> None:
    """Add the SQL function ``beta_tail(alpha, total, t)``, P(ρ > t)."""
    import pyarrow as pa
    from scipy.special import betainc  # both slow to import; `look` needs neither

    def beta_tail(alpha: pa.Array, total: pa.Array, threshold: pa.Array) -> pa.Array:
        alpha, total, threshold = (x.to_numpy() for x in (alpha, total, threshold))
        return pa.array(betainc(total - alpha, alpha, 1 - threshold))

    exists = con.execute(
        "SELECT 1 FROM duckdb_functions() WHERE function_name = 'beta_tail'"
    ).fetchall()
    if not exists:
        numbers = ["DOUBLE"] * 3
        con.create_function("beta_tail", beta_tail, numbers, "DOUBLE", type="arrow")
