"""The file of the catalogue: killed writers, other processes, other versions."""

import duckdb
import pytest

from data.synthetic.release import synthetic_release
from morph.catalogue.connection import connect
from morph.catalogue.loading import load_release, unload_release
from morph.catalogue.open_errors import (
    catalogue_unopened,
    explained,
    workspace_unopened,
)
from morph.catalogue.release_table import releases
from morph.catalogue.sync import rebuild
from morph.errors import CannotWrite, CatalogueHeld, DamagedCatalogue, MorphError
from morph.selection.funnel import count
from morph.selection.selection import Selection
from tests.faults.processes import Worker, killed_after
from tests.morph.catalogue.loading.altered import table, tables


def test_killed_while_loading_the_old_catalogue_stands(home):
    big = home / "releases" / "big"
    with connect(home / "catalogue.duckdb") as con:
        load_release(con, home / "releases" / "one")
    synthetic_release(big, galaxies=20_000, seed=1, release_id="big")
    interrupted = 0
    for seconds in (0.05, 0.15, 0.4):
        done = killed_after(seconds, "load", home)
        with connect(home / "catalogue.duckdb") as con:
            found = {one.release_id: one for one in releases(con)}
            assert count(con, found["one"], Selection()) == 60
            if "big" in found:
                unload_release(con, "big", remember=False)
            else:
                assert not done
                interrupted += 1
    assert interrupted
    with connect(home / "catalogue.duckdb") as con:
        loaded = load_release(con, big)
        assert table(con, loaded).index.nunique() == 20_000
        own = {"loaded", "results", "schema_version", "set_aside"}
        expected = {"r1", loaded.table} | own
        assert tables(con) == expected


def test_a_held_catalogue_names_its_holder(home):
    path = home / "catalogue.duckdb"
    holder = Worker("hold", home)
    holder.begin()
    assert holder.line() == "did hold"
    with pytest.raises(CatalogueHeld, match=f"process {holder.process.pid} "):
        connect(path)
    with pytest.raises(CatalogueHeld):
        rebuild(path, home / "releases")
    holder.end()
    connect(path).close()


def test_a_file_that_is_no_catalogue_says_what_to_do(tmp_path):
    path = tmp_path / "catalogue.duckdb"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(MorphError, match=r"another kind of file.*delete the file"):
        connect(path)


@pytest.mark.parametrize("said", ["Permission denied", "Read-only file system"])
def test_where_nothing_can_be_written_nobody_is_told_to_delete(tmp_path, said):
    message = f'IO Error: Cannot open file "catalogue.duckdb": {said}\nmore'
    for explain in (catalogue_unopened, workspace_unopened):
        told = str(explain(tmp_path / "catalogue.duckdb", duckdb.IOException(message)))
        assert "cannot be written" in told and said in told and "more" not in told
        assert "delete" not in told and "move it away" not in told


WRONG_TABLES = {
    "no version": "DROP TABLE schema_version; CREATE TABLE schema_version (one INT)",
    "another table of releases": "DROP TABLE loaded; CREATE TABLE loaded (one INT)",
}


@pytest.mark.parametrize("wrong", WRONG_TABLES)
def test_a_catalogue_with_other_tables_is_to_be_rebuilt(home, wrong):
    path = home / "catalogue.duckdb"
    with connect(path) as con:
        for sql in WRONG_TABLES[wrong].split("; "):
            con.execute(sql)
    with pytest.raises(DamagedCatalogue, match="rebuilt from the releases"):
        connect(path)
    assert [one.state for one in rebuild(path, home / "releases")] == ["loaded"]


ERRORS = {
    "a full disk": (
        duckdb.IOException("Could not write file: No space left on device"),
        CannotWrite,
        "is full",
    ),
    "a fatal error of a full disk": (
        duckdb.FatalException("Checkpoint failed ... No space left on device"),
        CannotWrite,
        "is full",
    ),
    "too little memory": (
        duckdb.OutOfMemoryException("failed to allocate data of size 1.0 GiB"),
        CannotWrite,
        "too little free memory",
    ),
    "the same in Arrow": (MemoryError(), CannotWrite, "too little free memory"),
    "the same of a thread": (
        RuntimeError("can't start new thread"),
        CannotWrite,
        "too little free memory",
    ),
    "a damaged block": (
        duckdb.IOException("Corrupt database file: computed checksum 1 does not match"),
        DamagedCatalogue,
        "Rebuild it from the releases",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_an_error_of_the_machine_says_what_to_do(con, home, case):
    error, kind, words = ERRORS[case]
    with pytest.raises(kind, match=words) as told, explained(con):
        raise error
    assert str(home) in str(told.value) or "memory" in words


def test_an_error_of_our_own_stays_as_it_is(con):
    with pytest.raises(duckdb.ParserException), explained(con):
        con.execute("SELEC 1")


def test_a_catalogue_of_another_version_says_what_to_do(tmp_path):
    path = tmp_path / "catalogue.duckdb"
    with connect(path) as con:
        con.execute("UPDATE schema_version SET version = 99")
    with pytest.raises(MorphError, match="version 99"):
        connect(path)
    assert rebuild(path, tmp_path / "releases") == []


def test_the_catalogue_reads_no_file_but_its_own(con, home):
    (home / "secret.csv").write_text("a\n1\n")
    with pytest.raises(duckdb.PermissionException):
        con.execute(f"SELECT * FROM read_csv('{home / 'secret.csv'}')")
