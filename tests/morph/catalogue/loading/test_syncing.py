"""The catalogue follows the folder of releases."""

import errno
import json
import os
import shutil
from pathlib import Path
from zipfile import ZipFile

import duckdb
import pyarrow as pa
import pytest

from data.synthetic.release import synthetic_release
from morph.atomic import write_json
from morph.catalogue import loading
from morph.catalogue import sync as syncing
from morph.catalogue.connection import connect
from morph.catalogue.contents import SETTLED_S
from morph.catalogue.loading import load_release, unload_release
from morph.catalogue.release_table import releases
from morph.catalogue.sync import rebuild, sync, waiting
from morph.errors import CannotWrite, MorphError
from morph.release.packed import pack
from morph.release.publish import publish_folder
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


def test_a_release_whose_replacement_was_killed_stays_loaded(con, home):
    folder = home / "releases"
    sync(con, folder)
    (folder / "one").rename(folder / ".one.replaced")
    assert sync(con, folder) == []
    assert (folder / "one").is_dir()


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


@pytest.fixture
def packed(con, home):
    """A packed release among the releases, copied there a while ago."""
    folder = home / "releases"
    sync(con, folder)
    synthetic_release(home / "made", galaxies=10, seed=2, release_id="two")
    path = pack(home / "made", folder / "any-name.morph.zip")
    return copied(path)


def copied(path):
    """The file as one whose copying has ended."""
    ended = path.stat().st_mtime - 2 * SETTLED_S
    os.utime(path, (ended, ended))
    return path


def test_a_packed_release_among_the_releases_is_unpacked_and_loaded(con, home, packed):
    (found,) = waiting(con, packed.parent)
    assert (found.release_id, found.reason) == ("any-name.morph.zip", "new")
    assert states(sync(con, packed.parent)) == [("two", "loaded")]
    assert sync(con, packed.parent) == [] and waiting(con, packed.parent) == []
    assert {path.name for path in packed.parent.glob("[!.]*")} == {"one", "two"}


def test_a_packed_release_is_not_read_while_it_is_being_copied(con, home, packed):
    os.utime(packed)
    assert waiting(con, packed.parent) == [] and sync(con, packed.parent) == []
    copied(packed)
    assert states(sync(con, packed.parent)) == [("two", "loaded")]


def test_a_broken_packed_release_is_told_once_by_its_name(con, home, packed):
    whole = packed.read_bytes()
    packed.write_bytes(whole[:-100])
    copied(packed)
    (result,) = sync(con, packed.parent)
    assert (result.release_id, result.state) == ("any-name.morph.zip", "refused")
    assert "any-name.morph.zip is not a packed release" in result.message
    assert sync(con, packed.parent) == []
    (left,) = waiting(con, packed.parent)
    assert (left.reason, left.message) == ("refused", result.message)
    packed.write_bytes(whole)
    copied(packed)
    assert states(sync(con, packed.parent)) == [("two", "loaded")]


def test_damage_inside_a_packed_release_is_told_with_its_name(con, home, packed):
    with ZipFile(packed) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["galaxies.parquet"] = bytes(len(members["galaxies.parquet"]))
    with ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    copied(packed)
    (result,) = sync(con, packed.parent)
    assert result.state == "refused" and ".incoming" not in result.message
    assert "any-name.morph.zip/galaxies.parquet" in result.message


def test_a_packed_release_of_another_one_s_name_is_refused(con, home, packed):
    synthetic_release(home / "other", galaxies=7, seed=5, release_id="one")
    copied(pack(home / "other", packed.with_name("other.morph.zip")))
    found = {one.release_id: one for one in sync(con, packed.parent)}
    assert found["two"].state == "loaded"
    assert "already has another release 'one'" in found["other.morph.zip"].message
    assert sync(con, packed.parent) == []
    assert releases(con)[-1].galaxies == 60


def forbid(patch, method, of):
    """Let one method of a path fail as without the right to it."""
    real = getattr(Path, method)

    def forbidden(path, *given, **more):
        if path == of:
            raise PermissionError(errno.EPERM, "Operation not permitted")
        return real(path, *given, **more)

    patch.setattr(Path, method, forbidden)


def test_a_packed_release_that_cannot_be_removed_is_not_loaded_for_ever(
    con, home, packed, monkeypatch
):
    with monkeypatch.context() as patch:
        forbid(patch, "unlink", packed)
        (result,) = sync(con, packed.parent)
    assert "is unpacked as two, but cannot be removed" in result.message
    assert states(sync(con, packed.parent)) == [("two", "loaded")]  # as a folder
    assert sync(con, packed.parent) == []


def test_a_packed_release_that_cannot_be_read_is_told_once(
    con, home, packed, monkeypatch
):
    with monkeypatch.context() as patch:
        forbid(patch, "open", packed)
        (result,) = sync(con, packed.parent)
    assert "cannot be read (Operation not permitted)" in result.message
    assert sync(con, packed.parent) == []


def test_a_packed_release_that_cannot_be_loaded_is_told_once(
    con, home, packed, monkeypatch
):
    def refused(*given, **more):
        raise MorphError("it has no galaxies")

    with monkeypatch.context() as patch:
        patch.setattr(syncing, "load_release", refused)
        (result,) = sync(con, packed.parent)
        assert (result.release_id, result.message) == ("two", "it has no galaxies")
        assert sync(con, packed.parent) == []


def test_a_packed_release_waits_for_room_on_the_disk(con, home, packed, monkeypatch):
    usage = shutil.disk_usage(home)._replace(free=0)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: usage)
        with pytest.raises(CannotWrite, match="make room and try again"):
            sync(con, packed.parent)
    assert states(sync(con, packed.parent)) == [("two", "loaded")]


MACHINE = {
    "is full": duckdb.IOException("Could not write file: No space left on device"),
    "too little free memory": pa.ArrowMemoryError("malloc of size 8 failed"),
    "too little free .* try": pa.ArrowException("Failed to launch worker thread: ..."),
}


@pytest.mark.parametrize("told", MACHINE)
def test_a_fault_of_the_machine_refuses_no_release_and_the_next_sync_loads_it(
    con, home, monkeypatch, told
):
    def fail(*_):
        raise MACHINE[told]

    with monkeypatch.context() as patch:
        patch.setattr(loading, "_insert", fail)
        with pytest.raises(CannotWrite, match=told):
            sync(con, home / "releases")
    assert [one.reason for one in waiting(con, home / "releases")] == ["new"]
    assert states(sync(con, home / "releases")) == [("one", "loaded")]


def test_sync_tells_its_progress(con, home):
    synthetic_release(home / "releases" / "two", galaxies=9, seed=2, release_id="two")
    told = []
    sync(con, home / "releases", progress=lambda *one: told.append(one))
    assert told == [("one", 1, 2), ("two", 2, 2)]


@pytest.mark.parametrize("linked", ["posteriors.parquet", ""])
def test_a_link_that_is_replaced_by_a_copy_is_tried_again(con, home, linked):
    path = home / "releases" / "one" / linked
    path.rename(home / "outside")
    path.symlink_to(home / "outside")
    (result,) = sync(con, home / "releases")
    assert result.state == "refused" and "is a link" in result.message
    path.unlink()
    (home / "outside").rename(path)
    assert states(sync(con, home / "releases")) == [("one", "loaded")]


def test_sync_survives_a_manifest_that_is_nonsense(con, home):
    write_json(home / "releases" / "one" / "manifest.json", {"files": 3})
    assert states(sync(con, home / "releases")) == [("one", "refused")]


def write_text(folder, text):
    (folder / "manifest.json").write_text(text, encoding="utf-8")


def changed(**values):
    def change(folder):
        path = folder / "manifest.json"
        text = json.dumps(json.loads(path.read_text()) | values)  # NaN as it is
        path.write_text(text)

    return change


def without_a_key(folder):
    value = json.loads((folder / "manifest.json").read_text())
    del value["survey"]
    write_text(folder, json.dumps(value))


def unreadable(folder):
    (folder / "manifest.json").unlink()
    (folder / "manifest.json").mkdir()


BROKEN = {
    "origin is 'invented'": changed(origin="invented"),
    "survey is 'Big Survey'": changed(survey="Big Survey"),
    "survey is 3; expected a string": changed(survey=3),
    "release_id is ['bad']; expected a string": changed(release_id=["bad"]),
    "title is ['A'": changed(title=["A", "B"]),
    "note is None": changed(note=None),
    "citation is 3": changed(citation=3),
    "posterior is 'guessed'": changed(posterior="guessed"),
    "model is 1.5; expected a string or null": changed(model=1.5),
    "NaN is not a number": changed(galaxies=float("nan")),
    "galaxies is 60.0; expected a whole number": changed(galaxies=60.0),
    "galaxies is True": changed(galaxies=True),
    "cutouts is 'decals'; expected a list": changed(cutouts="decals"),
    "cutouts is [1]; expected strings": changed(cutouts=[1]),
    "'../up' cannot be the name of a cutout store": changed(cutouts=["../up"]),
    "'rings' is not in the decision tree": changed(not_learnt=["rings"]),
    "details is []; expected an object": changed(details=[]),
    "a.parquet: its record is 3": changed(files={"a.parquet": 3}),
    "a.parquet: expected sha256, bytes, rows": changed(files={"a.parquet": {}}),
    "surrogates not allowed": changed(title="\ud800"),
    "fields ['survey']": without_a_key,
    "not a JSON object": lambda folder: write_text(folder, "[]"),
    "Expecting property name": lambda folder: write_text(folder, "{"),
    "recursion": lambda folder: write_text(folder, "[" * 100_000),
    "invalid start byte": lambda folder: (folder / "manifest.json").write_bytes(
        b"\xff"
    ),
    "not a finished release": unreadable,
    "is of release 'another'; rename the folder": changed(release_id="another"),
}


@pytest.mark.parametrize("why", BROKEN)
def test_one_release_that_cannot_be_read_keeps_no_other_out(con, home, why):
    folder = home / "releases"
    synthetic_release(folder / "bad", galaxies=10, seed=2, release_id="bad")
    synthetic_release(folder / "last", galaxies=10, seed=3, release_id="last")
    BROKEN[why](folder / "bad")
    done = sync(con, folder)
    assert sorted(states(done)) == [
        ("bad", "refused"),
        ("last", "loaded"),
        ("one", "loaded"),
    ]
    (left,) = waiting(con, folder)
    assert (left.release_id, left.reason) == ("bad", "refused")
    assert why in left.message
    assert sync(con, folder) == []  # said once


def test_what_was_loaded_with_a_manifest_refused_now_is_left_out(con, home):
    folder = home / "releases"
    synthetic_release(folder / "old", galaxies=10, seed=2, release_id="old")
    sync(con, folder)
    changed(citation=3)(folder / "old")
    con.execute(
        "UPDATE loaded SET manifest = $text WHERE release_id = 'old'",
        {"text": (folder / "old" / "manifest.json").read_text()},
    )
    assert [found.release_id for found in releases(con)] == ["one"]
    assert states(sync(con, folder)) == [("old", "refused")]


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


def test_a_release_whose_folder_holds_another_is_replaced_at_once(con, home):
    folder = home / "releases"
    sync(con, folder)
    (folder / "one").rename(home / "before")
    synthetic_release(folder / "one", galaxies=10, seed=2, release_id="one")
    assert states(sync(con, folder)) == [("one", "loaded")]
    (found,) = releases(con)
    assert count(con, found, Selection()) == 10
    assert sync(con, folder) == []


def test_a_release_stays_where_what_replaces_it_is_damaged(con, home):
    folder = home / "releases"
    sync(con, folder)
    (folder / "one").rename(home / "before")
    synthetic_release(folder / "one", galaxies=10, seed=2, release_id="one")
    damage(folder / "one", "posteriors.parquet")
    assert states(sync(con, folder)) == [("one", "refused")]
    (found,) = releases(con)
    assert count(con, found, Selection()) == 60


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


def test_a_load_tells_of_its_files_and_galaxies(con, home):
    told = []
    synthetic_release(home / "made" / "two", galaxies=30, seed=2, release_id="two")
    manifest = publish_folder(
        home / "made" / "two", home / "releases", tell=lambda *one: told.append(one)
    )
    sizes = [record.bytes for record in manifest.files.values()]
    starts = [sum(sizes[:number]) for number in range(len(sizes))]
    ends = [sum(sizes[: number + 1]) for number in range(len(sizes))]
    assert told == [
        *(("Checking files", done, sum(sizes)) for done in starts),
        *(("Copying files", done, sum(sizes)) for done in ends),
    ]
    told.clear()
    folder = home / "releases" / "two"
    load_release(con, folder, tell=lambda *one: told.append(one))
    assert told[-2:] == [("Loading galaxies", 0, 30), ("Loading galaxies", 30, 30)]
    assert {what for what, *_ in told} == {"Checking files", "Loading galaxies"}
