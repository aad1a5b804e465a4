"""Load and unload releases, each in one transaction."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Literal

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection

from morph.atomic import sha256_of
from morph.catalogue.contents import set_aside
from morph.catalogue.open_errors import explained
from morph.catalogue.release_table import LoadedRelease, release, releases, tree_of
from morph.catalogue.seen_loaded import transaction_ended
from morph.catalogue.wide_table import galaxy_names, wide_blocks
from morph.errors import DamagedRelease, MorphError
from morph.release.folder import verify_release
from morph.release.manifest import MANIFEST, Manifest, read_manifest
from morph.release.photometry_and_redshifts import PHYSICAL
from morph.wording import Tell, nobody, utc_now

# One load or unload at a time in the process that owns the file.
_WRITING = threading.RLock()


@dataclass(frozen=True)
class Preview:
    """What loading a release would do."""

    manifest: Manifest
    state: Literal["new", "loaded", "conflict"]
    galaxies: int
    known: int  # of them, also in other loaded releases
    notes: tuple[str, ...]


def preview(con: DuckDBPyConnection, folder: Path) -> Preview:
    """What loading ``folder`` would do; reads names, not posteriors.

    Raises DamagedRelease if the folder has no readable manifest or repeats a galaxy.
    """
    manifest = read_manifest(folder)
    with _readable(folder):
        names = galaxy_names(folder)
    known = _already_known(con, names)
    notes = [f"{manifest.galaxies:,} galaxies, {known:,} of them in other releases"]
    if manifest.posterior == "fraction":
        notes.append("vote fractions without uncertainties")
    if not manifest.cutouts:
        notes.append("no cutouts")
    if manifest.not_learnt:
        notes.append(f"not learnt: {', '.join(manifest.not_learnt)}")
    state = _state(con, manifest, sha256_of(folder / MANIFEST))
    return Preview(manifest, state, len(names), known, tuple(notes))


def load_release(
    con: DuckDBPyConnection,
    folder: Path,
    *,
    replace: bool = False,
    tell: Tell = nobody,
) -> LoadedRelease:
    """Load a release folder in one transaction; a second load does nothing.

    With ``replace``, the folder takes the place of a loaded release of its name.
    ``tell`` hears of the bytes that are checked and the galaxies that are loaded.

    Raises DamagedRelease if a file does not match the manifest; CannotWrite if the disk
    is full or memory lacks; MorphError if another release of this name is loaded.
    """
    manifest = verify_release(folder, tell)
    if not manifest.galaxies:
        raise MorphError(f"release {manifest.release_id} has no galaxies to load")
    sha256 = sha256_of(folder / MANIFEST)
    with _WRITING:
        state = _state(con, manifest, sha256)
        if state == "conflict" and not replace:
            raise MorphError(
                f"another release called {manifest.release_id} is loaded; unload it "
                "first, or rename this one"
            )
        with _transaction(con) as cursor:
            cursor.execute(
                "DELETE FROM set_aside WHERE release_id = $id",
                {"id": manifest.release_id},
            )
            if state == "conflict":
                _drop(cursor, release(con, manifest.release_id))
            if state != "loaded":
                with _readable(folder):
                    _insert(cursor, folder, manifest, sha256, tell)
    return release(con, manifest.release_id)


def unload_release(
    con: DuckDBPyConnection, release_id: str, *, remember: bool = True
) -> None:
    """Remove a release from the catalogue, not its folder.

    `morph.catalogue.sync.sync` then skips it, unless ``remember`` is False.
    """
    with _WRITING:
        loaded = release(con, release_id)
        with _transaction(con) as cursor:
            # A release refused for its name may be loadable now.
            cursor.execute("DELETE FROM set_aside WHERE reason = 'refused'")
            _drop(cursor, loaded)
            if remember:
                message = f"{release_id} was unloaded; load it again to use it"
                mark = loaded.manifest_sha256
                set_aside(cursor, release_id, "unloaded", mark, message)


def _drop(cursor: DuckDBPyConnection, loaded: LoadedRelease) -> None:
    """Remove the tables of a release, its results, and its row of ``loaded``."""
    cursor.execute(f"DROP TABLE {loaded.table}")
    cursor.execute(f"DROP TABLE IF EXISTS {loaded.votes_table}")
    for table in ("results", "loaded"):
        cursor.execute(
            f"DELETE FROM {table} WHERE sequence = $sequence",
            {"sequence": loaded.sequence},
        )


@contextmanager
def _transaction(con: DuckDBPyConnection) -> Iterator[DuckDBPyConnection]:
    """A cursor whose statements all happen or none does."""
    cursor = con.cursor()
    try:
        with explained(cursor):
            cursor.begin()
            yield cursor
            cursor.commit()
    finally:
        cursor.close()  # rolls back uncommitted changes
        transaction_ended()


@contextmanager
def _readable(folder: Path) -> Iterator[None]:
    """Report files that match the manifest, but are not the tables expected."""
    try:
        yield
    except pa.ArrowException as error:
        if isinstance(error, MemoryError) or "launch worker thread" in str(error):
            raise MemoryError(str(error)) from error
        raise DamagedRelease(
            f"{folder} has a file that is not the expected table ({error}); make "
            "the release again"
        ) from error


def _state(
    con: DuckDBPyConnection, manifest: Manifest, sha256: str
) -> Literal["new", "loaded", "conflict"]:
    for loaded in releases(con):
        if loaded.release_id == manifest.release_id:
            return "loaded" if loaded.manifest_sha256 == sha256 else "conflict"
    return "new"


def _already_known(con: DuckDBPyConnection, names: pa.Array) -> int:
    tables = [loaded.table for loaded in releases(con)]
    if not tables:
        return 0
    union = " UNION ".join(f"SELECT iauname FROM {table}" for table in tables)
    with con.cursor() as cursor:
        cursor.register("incoming", pa.table({"iauname": names}))
        return cursor.execute(
            f"SELECT count(*) FROM incoming SEMI JOIN ({union}) USING (iauname)"
        ).fetchall()[0][0]


def _insert(
    cursor: DuckDBPyConnection,
    folder: Path,
    manifest: Manifest,
    sha256: str,
    tell: Tell,
) -> None:
    sequence = cursor.execute("SELECT nextval('release_sequence')").fetchall()[0][0]
    columns = _insert_blocks(cursor, f"r{sequence}", folder, manifest, tell)
    number = cursor.execute(f"SELECT count(*) FROM r{sequence}").fetchall()[0][0]
    if number != manifest.galaxies:
        raise DamagedRelease(
            f"{folder} has {number:,} galaxies, but {manifest.galaxies:,} according to "
            "its manifest; make the release again"
        )
    if "votes.parquet" in manifest.files:
        _insert_votes(cursor, f"v{sequence}", folder, manifest)
    cursor.execute(
        "INSERT INTO loaded VALUES ($sequence, $id, $manifest, $sha256, $columns, "
        "$ranges, $now)",
        {
            "sequence": sequence,
            "id": manifest.release_id,
            "manifest": (folder / MANIFEST).read_text(encoding="utf-8"),
            "sha256": sha256,
            "columns": columns,
            "ranges": json.dumps(_ranges(cursor, f"r{sequence}", columns)),
            "now": utc_now("seconds"),
        },
    )


def _insert_blocks(
    cursor: DuckDBPyConnection,
    table: str,
    folder: Path,
    manifest: Manifest,
    tell: Tell,
) -> list[str]:
    """Create the wide table from a stream of blocks; return its columns.

    DuckDB writes one block while the next is computed, and to the file at once: rows
    inserted into a table of the same transaction are written twice.
    """
    blocks = wide_blocks(folder, manifest, tree_of(manifest))
    first = next(blocks)
    raised: list[Exception] = []

    def batches() -> Iterator[pa.RecordBatch]:
        done = 0
        tell("Loading galaxies", done, manifest.galaxies)
        try:
            for block in chain([first], blocks):
                yield from block.to_batches()
                done += block.num_rows
                tell("Loading galaxies", done, manifest.galaxies)
        except Exception as error:  # DuckDB passes on its text only
            raised.append(error)
            raise

    stream = pa.RecordBatchReader.from_batches(first.schema, batches())
    cursor.register("blocks", stream)
    try:
        with _texts_as_they_are(cursor):
            cursor.execute(f"CREATE TABLE {table} AS SELECT * FROM blocks")
    except duckdb.Error:
        if raised:
            raise raised[0] from None
        raise
    cursor.unregister("blocks")
    return first.column_names


@contextmanager
def _texts_as_they_are(cursor: DuckDBPyConnection) -> Iterator[None]:
    """Do not compress texts: names are all different, and are looked up faster."""
    cursor.execute("SET disabled_compression_methods = 'dict_fsst'")
    try:
        yield
    finally:
        cursor.execute("RESET disabled_compression_methods")


def _insert_votes(
    cursor: DuckDBPyConnection, table: str, folder: Path, manifest: Manifest
) -> None:
    wanted = ["iauname", *tree_of(manifest).labels]
    votes = pq.read_table(folder / "votes.parquet", columns=wanted)
    names = votes["iauname"].cast(pa.string())
    if pc.count_distinct(names).as_py() != len(names):
        raise DamagedRelease(f"{folder} repeats the votes of a galaxy; make it again")
    cursor.register("votes", votes)
    cursor.execute(f"CREATE TABLE {table} AS SELECT * FROM votes")


def _ranges(
    cursor: DuckDBPyConnection, table: str, columns: list[str]
) -> dict[str, tuple[float | None, float | None, int]]:
    names = [name for name in ("ra", "dec", *PHYSICAL) if name in columns]
    numbers = ", ".join(
        f"min({name}), max({name}), count(*) - count({name})" for name in names
    )
    row = cursor.execute(f"SELECT {numbers} FROM {table}").fetchall()[0]
    return {name: row[3 * i : 3 * i + 3] for i, name in enumerate(names)}
