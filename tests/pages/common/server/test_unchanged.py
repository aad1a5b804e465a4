"""What pages read once, and again after a change."""

import shutil

import pytest
from duckdb import DuckDBPyConnection

from morph.catalogue import default_release, loading, release_table
from morph.home import release_folder
from morph.selection.selection import Selection
from morph.subsets import saved
from pages.common.server import database, unchanged


@pytest.fixture
def loaded(empty_home, written_home):
    shutil.copytree(written_home / "releases", empty_home / "releases")
    database.load_new_releases(empty_home)
    return empty_home


def test_it_is_asked_again_after_each_change(loaded):
    """Of the workspace, of the releases, and of the connection; else only once."""
    asked = []

    def everything(con: DuckDBPyConnection) -> tuple:
        asked.append(con)
        releases = [one.release_id for one in release_table.releases(con)]
        names = [one.name for one in saved.subsets(con)]
        return releases, names, default_release.chosen(con)

    def now() -> tuple:
        """What is found; equal to what is there."""
        found = unchanged.read(everything)
        with database.cursor(loaded) as con:
            assert found == everything(con)
        asked.pop()
        return found

    releases, names, chosen = now()
    assert (len(releases), names, chosen) == (2, [], None)
    assert now() == now() and len(asked) == 1
    with database.cursor(loaded) as con:
        release = release_table.release(con, "small-demo")
        one = saved.save_selection(con, release, Selection(), name="All")
        assert now()[1] == ["All"]
        saved.rename(con, one.subset_id, "Everybody")
        assert now()[1] == ["Everybody"]
        saved.delete(con, one.subset_id)
        assert now()[1] == []
        default_release.choose(con, "small-demo")
        assert now()[2] == "small-demo" and len(asked) == 5
        loading.unload_release(con, "small-demo")
        assert len(now()[0]) == 1
        loading.load_release(con, release_folder(loaded, "small-demo"))
        assert len(now()[0]) == 2 and len(asked) == 7
    database.close(loaded)
    assert len(now()[0]) == 2 and len(asked) == 8


def test_a_change_while_it_is_read_is_not_lost(loaded):
    """What was read before the change is not kept as what is there after it."""

    def before_a_change(con: DuckDBPyConnection) -> str | None:
        found = default_release.chosen(con)
        if found is None:
            default_release.choose(con, "small-demo")
        return found

    assert unchanged.read(before_a_change) is None
    assert unchanged.read(before_a_change) == "small-demo"
