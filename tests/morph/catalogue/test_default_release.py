"""The release a dashboard opens with: chosen, kept over restarts, undone."""

from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from morph.catalogue import connection, default_release, workspace


@pytest.fixture
def paths(tmp_path) -> tuple[Path, Path]:
    return tmp_path / "catalogue.duckdb", tmp_path / "workspace.duckdb"


def test_a_choice_is_kept_over_a_restart_and_undone(paths):
    with connection.connect(paths[0], workspace=paths[1]) as con:
        assert default_release.chosen(con) is None
        default_release.undo(con)  # nothing to undo
        default_release.choose(con, "first")
        default_release.choose(con, "second")
        assert default_release.chosen(con.cursor()) == "second"
    paths[0].unlink()  # the catalogue is rebuilt; the choice is kept
    with connection.connect(paths[0], workspace=paths[1]) as con:
        assert default_release.chosen(con) == "second"
        default_release.undo(con)
        assert default_release.chosen(con) == "first"
        default_release.undo(con)
        assert default_release.chosen(con) is None


def test_a_workspace_made_before_gets_the_table_and_keeps_its_subsets(
    paths, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr(workspace, "_MIGRATIONS", workspace._MIGRATIONS[:1])
        with connection.connect(paths[0], workspace=paths[1]) as con:
            con.execute("INSERT INTO workspace.members VALUES ('k7f3a', 'J1')")
    with connection.connect(paths[0], workspace=paths[1]) as con:
        assert default_release.chosen(con) is None
        members = con.execute("SELECT * FROM workspace.members").fetchall()
        assert members == [("k7f3a", "J1")]
    with duckdb.connect(str(paths[1].with_name("workspace.duckdb.v1"))) as con:
        assert con.execute("SELECT count(*) FROM members").fetchone() == (1,)


def test_the_chosen_release_comes_first_and_the_others_stay_in_order():
    releases = [SimpleNamespace(release_id=name) for name in "abc"]
    found = [one.release_id for one in default_release.in_order(releases, "b")]
    assert found == ["b", "a", "c"]
    for name in (None, "unloaded"):
        assert default_release.in_order(releases, name) == tuple(releases)
