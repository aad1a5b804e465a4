"""The workspace file: attached to the catalogue, migrated, never deleted."""

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from morph.catalogue import connection, release_table, workspace
from morph.catalogue.workspace import changing
from morph.errors import CatalogueHeld, MorphError
from morph.subsets import saved

ROOT = Path(__file__).resolve().parents[3]
_OPEN = """
import sys
from pathlib import Path
from morph.catalogue import connection
con = connection.connect(Path(sys.argv[1]), workspace=Path(sys.argv[2]))
"""


@pytest.fixture
def paths(tmp_path) -> tuple[Path, Path]:
    return tmp_path / "catalogue.duckdb", tmp_path / "workspace.duckdb"


def write(con) -> None:
    with changing(con):
        con.execute("INSERT INTO workspace.members VALUES ('k7f3a', 'J1')")


def members(con) -> list:
    return con.execute("SELECT * FROM workspace.members").fetchall()


def run(code: str, *arguments) -> subprocess.CompletedProcess:
    argv = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=60)


def test_what_was_written_stays_and_every_cursor_sees_it(paths):
    path, beside = paths
    with connection.connect(path, workspace=beside) as con:
        write(con.cursor())
        assert members(con.cursor()) == [("k7f3a", "J1")]
    path.unlink()  # the catalogue may be deleted; the workspace is another file
    with connection.connect(path, workspace=beside) as con:
        assert members(con) == [("k7f3a", "J1")]


def test_a_second_connection_of_the_process_has_it_too(paths):
    path, beside = paths
    with (
        connection.connect(path, workspace=beside) as con,
        connection.connect(path, workspace=beside) as other,
    ):
        write(con)
        assert members(other) == [("k7f3a", "J1")]


def test_without_a_workspace_the_catalogue_works_as_before(paths):
    with connection.connect(paths[0]) as con:
        assert not workspace.is_attached(con)
        assert release_table.releases(con) == []
    assert not paths[1].exists()


def test_no_other_file_can_be_read_beside_it(paths, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    with connection.connect(paths[0], workspace=paths[1]) as con:
        for sql in ("SELECT * FROM read_text($path)", "ATTACH $path AS other"):
            with pytest.raises(duckdb.PermissionException):
                con.execute(sql, {"path": str(tmp_path / "secret.txt")})


def test_a_change_that_fails_leaves_nothing(paths):
    with connection.connect(paths[0], workspace=paths[1]) as con:
        with pytest.raises(RuntimeError, match="half-way"), changing(con):
            con.execute("INSERT INTO workspace.members VALUES ('k7f3a', 'J1')")
            raise RuntimeError("half-way")
        assert members(con) == []
        write(con)  # and the next one goes through
        assert len(members(con)) == 1


def test_what_was_committed_survives_a_kill(paths):
    insert = """
from morph.catalogue.workspace import changing
import os
with changing(con):
    con.execute("INSERT INTO workspace.members VALUES ('k7f3a', 'J1')")
con.execute("BEGIN")
con.execute("INSERT INTO workspace.members VALUES ('k7f3a', 'half')")
os.kill(os.getpid(), 9)
"""
    assert run(_OPEN + insert, *paths).returncode == -9
    with connection.connect(paths[0], workspace=paths[1]) as con:
        assert members(con) == [("k7f3a", "J1")]


def test_a_copy_of_the_file_alone_has_every_change(paths, tmp_path):
    """While others read and write."""
    with connection.connect(paths[0], workspace=paths[1]) as con:
        reading, writing = con.cursor(), con.cursor()
        for other in (reading, writing):
            other.execute("BEGIN")
        members(reading)
        writing.execute("INSERT INTO workspace.regions VALUES ('r', '[]', 'now')")
        write(con)
        copy = tmp_path / "copy.duckdb"
        shutil.copy(paths[1], copy)
        with duckdb.connect(str(copy)) as copied:
            found = copied.execute("SELECT * FROM members").fetchall()
        assert found == [("k7f3a", "J1")]


def test_backups_while_subsets_are_saved_hold_all_that_was_acknowledged(
    paths, tmp_path
):
    writing = """
import sys
from morph.catalogue.workspace import changing
for number in range(100_000):
    with changing(con):
        con.execute("INSERT INTO workspace.members VALUES ('k7f3a', $1)", [str(number)])
    print(number, flush=True)
"""
    argv = [sys.executable, "-c", _OPEN + writing, *map(str, paths)]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
        try:
            for turn in range(5):
                acknowledged = int(writer.stdout.readline())
                copy = tmp_path / f"backup{turn}.duckdb"
                assert workspace.back_up(paths[1], copy)["members"] > acknowledged
                with duckdb.connect(str(copy)) as con:
                    rows = con.execute("SELECT iauname FROM members").fetchall()
                assert {str(n) for n in range(acknowledged + 1)} <= {r for (r,) in rows}
        finally:
            writer.kill()


def test_a_backup_takes_the_log_of_a_killed_process_along(paths, tmp_path):
    killed = """
import os
con.execute("BEGIN")
con.execute("INSERT INTO workspace.members VALUES ('k7f3a', 'logged')")
con.execute("COMMIT")
os.kill(os.getpid(), 9)
"""
    assert run(_OPEN + killed, *paths).returncode == -9
    assert paths[1].with_name("workspace.duckdb.wal").exists()
    copy = tmp_path / "backup.duckdb"
    assert workspace.back_up(paths[1], copy)["members"] == 1
    assert not copy.with_name("backup.duckdb.wal").exists()


def test_a_backup_overwrites_nothing_and_needs_a_workspace(paths, tmp_path):
    with pytest.raises(MorphError, match="nothing is saved"):
        workspace.back_up(paths[1], tmp_path / "backup.duckdb")
    with connection.connect(paths[0], workspace=paths[1]) as con:
        write(con)
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(MorphError, match="choose another name"):
        workspace.back_up(paths[1], tmp_path / "mine.txt")
    with pytest.raises(MorphError, match="cannot be written"):
        workspace.back_up(paths[1], tmp_path / "nowhere" / "backup.duckdb")
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_another_process_is_told_who_holds_it(paths, tmp_path):
    with connection.connect(paths[0], workspace=paths[1]):
        found = run(_OPEN, tmp_path / "other.duckdb", paths[1])
    assert CatalogueHeld.__name__ in found.stderr
    assert "close that first" in found.stderr


def test_a_damaged_file_is_left_as_it_is(paths):
    paths[1].write_bytes(b"not a database" * 400)
    with pytest.raises(MorphError, match="not changed"):
        connection.connect(paths[0], workspace=paths[1])
    assert paths[1].read_bytes() == b"not a database" * 400


def test_another_kind_of_database_is_left_as_it_is(paths):
    with duckdb.connect(str(paths[1])) as con:
        con.execute("CREATE TABLE theirs AS SELECT 1 AS one")
    with pytest.raises(MorphError, match="not a workspace"):
        connection.connect(paths[0], workspace=paths[1])
    with duckdb.connect(str(paths[1])) as con:
        assert con.execute("SELECT * FROM theirs").fetchall() == [(1,)]


def test_older_tables_are_copied_and_brought_up_to_date(paths, monkeypatch):
    with connection.connect(paths[0], workspace=paths[1]) as con:
        write(con)
    added = "ALTER TABLE workspace.members ADD COLUMN why VARCHAR DEFAULT 'seen';"
    steps = (*workspace._MIGRATIONS, added)
    monkeypatch.setattr(workspace, "_MIGRATIONS", steps)
    for _ in range(2):  # the second time there is nothing to do
        with connection.connect(paths[0], workspace=paths[1]) as con:
            assert members(con) == [("k7f3a", "J1", "seen")]
    copy = paths[1].with_name(f"workspace.duckdb.v{len(steps) - 1}")
    with duckdb.connect(str(copy)) as con:
        assert con.execute("SELECT * FROM members").fetchall() == [("k7f3a", "J1")]
    monkeypatch.undo()
    with pytest.raises(MorphError, match="newer version of morph"):
        connection.connect(paths[0], workspace=paths[1])


def test_subsets_of_before_owners_are_everybodys(paths, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(workspace, "_MIGRATIONS", workspace._MIGRATIONS[:2])
        with connection.connect(paths[0], workspace=paths[1]) as con, changing(con):
            con.execute(
                "INSERT INTO workspace.subsets VALUES ('k7f3a', 'Bars', '', 'then', "
                "'list', 'r', 'r@1', '{\"words\": \"by hand\"}', 'd', 1, NULL)"
            )
    with connection.connect(paths[0], workspace=paths[1]) as con:
        (found,) = saved.subsets(con)
        assert (found.name, found.owner) == ("Bars", None)


def test_a_migration_that_fails_changes_nothing(paths, monkeypatch):
    with connection.connect(paths[0], workspace=paths[1]) as con:
        write(con)
    broken = (
        "ALTER TABLE workspace.members ADD COLUMN why VARCHAR; SELECT * FROM nowhere;"
    )
    with monkeypatch.context() as patch:
        patch.setattr(workspace, "_MIGRATIONS", (*workspace._MIGRATIONS, broken))
        with pytest.raises(duckdb.CatalogException):
            connection.connect(paths[0], workspace=paths[1])
    with connection.connect(paths[0], workspace=paths[1]) as con:
        assert members(con) == [("k7f3a", "J1")]
