"""The DuckDB file of the catalogue: who may open it, and what is loaded in it.

The file is made from release folders and may be deleted and rebuilt. One process owns
it; within that process every script run and thread reads through its own cursor. Each
loaded release is one wide table ``r<sequence>``, a name that is never used again.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection

from morph.errors import MorphError
from morph.manifest import PHYSICAL, Manifest, manifest_from_json
from morph.tree import TREES, DecisionTree
from morph.unopened import catalogue_unopened
from morph.workspace import attach

SCHEMA = 1

# P(ρ > t) of releases with several passes is known at these t, computed at load.
TAIL_THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)

_SETTINGS = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    # DuckDB 2.0.0 fails inside on ORDER BY ... LIMIT where a condition has the rowid.
    "disabled_optimizers": "late_materialization",
}

_TABLES = """
CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY);
CREATE SEQUENCE IF NOT EXISTS release_sequence;
CREATE TABLE IF NOT EXISTS loaded (
    sequence INTEGER PRIMARY KEY, release_id VARCHAR NOT NULL,
    manifest VARCHAR NOT NULL, manifest_sha256 VARCHAR NOT NULL,
    columns VARCHAR[] NOT NULL, ranges VARCHAR NOT NULL, loaded VARCHAR NOT NULL);
CREATE TABLE IF NOT EXISTS set_aside (
    release_id VARCHAR NOT NULL, reason VARCHAR NOT NULL,
    signature VARCHAR NOT NULL, message VARCHAR NOT NULL);
"""


@dataclass(frozen=True)
class Range:
    """Smallest and largest known value of a column, and how many are missing."""

    low: float | None
    high: float | None
    missing: int


@dataclass(frozen=True)
class LoadedRelease:
    """One release in the catalogue: its manifest and the columns of its table."""

    sequence: int
    manifest: Manifest
    manifest_sha256: str
    columns: frozenset[str]
    ranges: Mapping[str, Range]  # of ra, dec and the physical columns
    loaded: str  # ISO time, UTC

    @property
    def release_id(self) -> str:
        return self.manifest.release_id

    @property
    def key(self) -> str:
        """What anything computed from this release may be cached under."""
        return f"{self.release_id}@{self.manifest_sha256[:12]}"

    @property
    def galaxies(self) -> int:
        return self.manifest.galaxies

    @property
    def table(self) -> str:
        return f"r{self.sequence}"

    @property
    def votes_table(self) -> str:
        return f"v{self.sequence}"

    @cached_property
    def tree(self) -> DecisionTree:
        return tree_of(self.manifest)

    @property
    def physical(self) -> tuple[str, ...]:
        return tuple(name for name in PHYSICAL if name in self.columns)

    @property
    def has_uncertainty(self) -> bool:
        """False for a release of vote fractions alone."""
        return self.manifest.posterior == "concentration"

    @property
    def has_samples(self) -> bool:
        """True where the model's several passes were kept."""
        return "samples.parquet" in self.manifest.files

    @property
    def has_votes(self) -> bool:
        return "votes.parquet" in self.manifest.files

    @property
    def has_projection(self) -> bool:
        return "projection.parquet" in self.manifest.files


def connect(path: Path, *, workspace: Path | None = None) -> DuckDBPyConnection:
    """Open the catalogue for this process; close it before the process ends.

    With a ``workspace``, what people made is opened beside it (`morph.workspace`).

    Raises
    ------
    CatalogueHeld
        If another process has it open: the message names that process.
    MorphError
        If a file is damaged or was made by another version of morph.
    """
    from morph.beta_in_sql import add_beta_tail  # scipy, which `look` does without

    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        con = duckdb.connect(str(path), config=_SETTINGS)
    except duckdb.Error as error:
        raise catalogue_unopened(path, str(error)) from error
    try:
        con.execute(_TABLES)
        _begin_schema(con)
        _check_schema(con, path)
        add_beta_tail(con)
        if workspace is not None:
            attach(con, workspace)
        # Parquet is read by pyarrow: DuckDB needs no files but those it has open now.
        con.execute("SET enable_external_access = false")
    except BaseException:
        con.close()
        raise
    return con


def look(path: Path) -> DuckDBPyConnection:
    """Open a catalogue to read what is loaded, quickly, changing nothing.

    Raises
    ------
    CatalogueHeld, MorphError
        As `connect`.
    """
    try:
        con = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        raise catalogue_unopened(path, str(error)) from error
    try:
        _check_schema(con, path)
    except BaseException:
        con.close()
        raise
    return con


def releases(con: DuckDBPyConnection) -> list[LoadedRelease]:
    """Everything loaded, the newest first."""
    rows = con.execute(
        "SELECT sequence, manifest, manifest_sha256, columns, ranges, loaded "
        "FROM loaded ORDER BY sequence DESC"
    ).fetchall()
    return [
        LoadedRelease(
            sequence,
            manifest_from_json(manifest),
            sha256,
            frozenset(columns),
            {name: Range(*values) for name, values in json.loads(ranges).items()},
            loaded,
        )
        for sequence, manifest, sha256, columns, ranges, loaded in rows
    ]


def has_been_filled(con: DuckDBPyConnection) -> bool:
    """Whether anything was ever loaded, though it may be unloaded by now."""
    found = con.execute(
        "SELECT last_value FROM duckdb_sequences() "
        "WHERE sequence_name = 'release_sequence'"
    ).fetchall()
    return found != [(None,)]


def is_loaded(con: DuckDBPyConnection, release: LoadedRelease) -> bool:
    """Whether this very content of a release is still in the catalogue."""
    sql = "SELECT 1 FROM loaded WHERE sequence = $sequence"
    return bool(con.execute(sql, {"sequence": release.sequence}).fetchall())


def release(con: DuckDBPyConnection, release_id: str) -> LoadedRelease:
    """The loaded release called ``release_id``; MorphError where there is none."""
    loaded = {found.release_id: found for found in releases(con)}
    if release_id not in loaded:
        known = ", ".join(loaded) or "none"
        raise MorphError(
            f"the catalogue holds no release {release_id!r}; loaded: {known}"
        )
    return loaded[release_id]


def tree_of(manifest: Manifest) -> DecisionTree:
    """The decision tree a release's posteriors belong to."""
    if manifest.tree not in TREES:
        raise MorphError(
            f"release {manifest.release_id} follows the tree {manifest.tree!r}; "
            f"known: {', '.join(TREES)}"
        )
    return TREES[manifest.tree]


@contextmanager
def reading(release: LoadedRelease) -> Iterator[None]:
    """Say plainly that a release was unloaded, where a query misses its table."""
    try:
        yield
    except duckdb.CatalogException as error:
        if f"Table with name {release.table} " not in str(error):
            raise
        raise MorphError(
            f"release {release.release_id} was unloaded meanwhile; choose another one"
        ) from error


def query(
    con: DuckDBPyConnection,
    release: LoadedRelease,
    sql: str,
    parameters: Mapping[str, Any] | None = None,
) -> DuckDBPyConnection:
    """Run one statement on a release's tables with bound parameters."""
    values = bound(con, release, parameters or {})
    with reading(release):
        return con.execute(sql, values)


def bound(
    con: DuckDBPyConnection, release: LoadedRelease, parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """Parameters ready to be bound: one that is a function of a release's galaxies is
    computed now, as steps of a selection are made without a database.
    """
    return {
        name: value(con, release) if callable(value) else value
        for name, value in parameters.items()
    }


def _begin_schema(con: DuckDBPyConnection) -> None:
    con.execute(
        "INSERT INTO schema_version SELECT $version "
        "WHERE NOT EXISTS (FROM schema_version)",
        {"version": SCHEMA},
    )


def _check_schema(con: DuckDBPyConnection, path: Path) -> None:
    try:
        found = con.execute("SELECT version FROM schema_version").fetchall()
    except duckdb.CatalogException as error:
        raise MorphError(
            f"{path} is a DuckDB file, but no catalogue. Move it away: the releases "
            "are loaded into a new one"
        ) from error
    if found != [(SCHEMA,)]:
        version = found[0][0] if found else "none"
        raise MorphError(
            f"{path} has tables of version {version}, this morph makes version "
            f"{SCHEMA}. Delete the file: the releases are loaded into a new one"
        )
