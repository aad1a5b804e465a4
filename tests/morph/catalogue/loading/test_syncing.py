"""The catalogue follows the folder of releases."""

from data.synthetic.release import synthetic_release
from morph.atomic import write_json
from morph.catalogue.connection import connect
from morph.catalogue.loading import load_release, unload_release
from morph.catalogue.release_table import releases
from morph.catalogue.sync import rebuild, sync, waiting
from morph.selection.funnel import count
from morph.selection.selection import Selection
from tests.morph.catalogue.loading.altered import damage


def states(results):
    return [(result.release_id, result.state) for result in results]


def test_sync_loads_what_is_new_and_then_rests(con, home):
    folder = home / "releases"
    assert states(sync(con, folder)) == [("one", "loaded")]
    assert sync(con, folder) == []
    synthetic_release(folder / "two", galaxies=10, seed=2, release_id="two")
    synthetic_release(folder / ".incoming", galaxies=10, seed=3, release_id="three")
    (folder / "unfinished").mkdir()
    assert states(sync(con, folder)) == [("two", "loaded")]
    assert [found.release_id for found in releases(con)] == ["two", "one"]
    assert waiting(con, folder) == []


def test_sync_reports_damage_once_and_tries_again_when_mended(con, home):
    folder = home / "releases"
    whole = (folder / "one" / "posteriors.parquet").read_bytes()
    damage(folder / "one", "posteriors.parquet")
    (result,) = sync(con, folder)
    assert (result.state, "SHA-256" in result.message) == ("refused", True)
    assert sync(con, folder) == []
    (left,) = waiting(con, folder)
    assert (left.reason, left.message) == ("refused", result.message)
    (folder / "one" / "posteriors.parquet").write_bytes(whole)
    assert states(sync(con, folder)) == [("one", "loaded")]
    assert waiting(con, folder) == []


def test_sync_survives_a_manifest_that_is_nonsense(con, home):
    write_json(home / "releases" / "one" / "manifest.json", {"files": 3})
    assert states(sync(con, home / "releases")) == [("one", "refused")]


def test_what_was_unloaded_stays_out_until_it_is_loaded(con, home):
    folder = home / "releases"
    sync(con, folder)
    unload_release(con, "one")
    assert sync(con, folder) == []
    assert [left.reason for left in waiting(con, folder)] == ["unloaded"]
    load_release(con, folder / "one")
    unload_release(con, "one", remember=False)
    assert states(sync(con, folder)) == [("one", "loaded")]


def test_a_release_whose_folder_is_gone_is_unloaded_and_may_come_back(con, home):
    folder = home / "releases"
    sync(con, folder)
    (folder / "one").rename(home / "moved")
    assert states(sync(con, folder)) == [("one", "unloaded")]
    assert releases(con) == []
    (home / "moved").rename(folder / "one")
    assert states(sync(con, folder)) == [("one", "loaded")]


def test_the_catalogue_can_be_made_again_from_the_releases(home):
    path, folder = home / "catalogue.duckdb", home / "releases"
    synthetic_release(folder / "two", galaxies=10, seed=2, release_id="two")
    with connect(path) as con:
        sync(con, folder)
        before = {one.release_id: count(con, one, Selection()) for one in releases(con)}
    path.write_bytes(b"damaged")
    assert sorted(states(rebuild(path, folder))) == [
        ("one", "loaded"),
        ("two", "loaded"),
    ]
    with connect(path) as con:
        after = {one.release_id: count(con, one, Selection()) for one in releases(con)}
    assert after == before == {"one": 60, "two": 10}
