"""`data remove`, `load-run`, `rebuild` and `synthetic`."""

import re
from pathlib import Path

import pandas as pd

from morph.catalogue.connection import connect
from morph.catalogue.release_table import releases
from morph.home import catalogue_path
from morph.images.store import open_store
from morph.release.folder import read_manifest, verify_release
from tests.data.cli.commands import in_catalogue, load, release_names


def test_remove_can_be_undone_as_it_says(root, table, run):
    run(*load(table))
    told = run("remove", "mine", "--json")
    assert told["state"] == "unloaded"
    assert in_catalogue(root) == {} and run("status", "--json")["releases"] == []
    verify_release(Path(told["kept"]))
    run(*told["undo"].split()[3:])
    assert len(in_catalogue(root)["mine"]) == 12
    assert "there is no release 'other'" in run("remove", "other", expect=1)


def test_a_folder_keeps_its_name(root, table, run):
    run(*load(table))
    folder = root / "releases" / "mine"
    assert "keeps its name" in run("load", folder, "--release", "b", expect=1)
    assert "mine: 12 galaxies" in run("load", folder)
    assert "no manifest.json" in run("load", root, expect=1)


def test_a_release_deleted_by_hand_makes_room_for_another(root, table, run, tmp_path):
    run(*load(table))
    (root / "releases" / "mine").rename(tmp_path / "elsewhere")
    (gone,) = run("status", "--json")["releases"]
    assert gone["state"] == "loaded" and "folder is gone" in gone["message"]
    other = tmp_path / "other.csv"
    pd.read_csv(table).head(5).to_csv(other, index=False)
    assert run(*load(other), "--json")["state"] == "loaded"
    assert len(in_catalogue(root)["mine"]) == 5


def test_load_run_takes_the_release_of_a_run_by_name_or_folder(root, table, run):
    run(*load(table))
    folder = root / "runs" / "first" / "release"
    folder.parent.mkdir(parents=True)
    (root / "releases" / "mine").rename(folder)
    said = run("load-run", "second", expect=1)
    assert "there is no run 'second'; runs: first" in said
    (root / "runs" / "second").mkdir()
    assert "no finished release" in run("load-run", "second", expect=1)
    assert run("load-run", "first", "--json")["galaxies"] == 12
    assert run("load-run", folder.parent, "--json")["state"] == "loaded"
    assert release_names(root) == ["mine"]


def test_rebuild_makes_the_catalogue_again_of_all_releases(run, root):
    assert "no release" in run("rebuild")
    for name, galaxies in (("one", 20), ("two", 30)):
        run("synthetic", "--galaxies", galaxies, "--release", name)
    path = catalogue_path(root)
    path.write_bytes(b"no catalogue any more")
    told = run("rebuild", "--json")["releases"]
    assert sorted((r["release_id"], r["state"]) for r in told) == [
        ("one", "loaded"),
        ("two", "loaded"),
    ]
    with connect(path) as con:
        assert {r.release_id: r.galaxies for r in releases(con)} == {
            "one": 20,
            "two": 30,
        }


def test_rebuild_tells_what_it_refused(run, root):
    run("synthetic", "--galaxies", 20, "--release", "whole")
    run("synthetic", "--galaxies", 20, "--release", "broken")
    damaged = root / "releases" / "broken" / "posteriors.parquet"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    told = run("rebuild", expect=1)
    assert re.search("whole +loaded +20 galaxies", told)
    assert re.search("broken +refused", told)


def test_synthetic_makes_a_release_of_its_size(run):
    told = run("synthetic", "--galaxies", 30, "--release", "made", "--json")
    assert told["galaxies"] == 30 and told["origin"] == "simulated"


def test_synthetic_makes_pictures_of_the_strongest_bars(run, root):
    run("synthetic", "--rows", 60, "--release", "made", "--pictures", 4, "--projection")
    assert read_manifest(root / "releases" / "made").cutouts == ("made",)
    store = open_store(root / "cutouts" / "made")
    assert store.manifest.origin == "simulated" and store.pixels.std() > 0
    with connect(catalogue_path(root)) as con:
        strongest = con.execute(
            "SELECT iauname FROM r1 ORDER BY bar_asked * bar_strong_probability DESC "
            "LIMIT 4"
        ).fetchall()
    assert sorted(store.names) == sorted(name for (name,) in strongest)
    told = run("synthetic", "--rows", 3, "--release", "few", "--pictures", 4, expect=1)
    assert "cannot make 4 images for 3 galaxies" in told
