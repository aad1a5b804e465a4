"""Stores that were made of a release's galaxies belong to it, if they fit."""

from dataclasses import asdict, replace

from morph.atomic import write_json
from morph.images.new_stores.made_for import note_release, store_names
from morph.images.store_manifest import StoreManifest
from morph.release.manifest import Manifest

RELEASE = Manifest("mine", "real", "decals", "", "", "", cutouts=("own",))


def write(root, name, survey="decals"):
    folder = root / "cutouts" / name
    folder.mkdir(parents=True)
    manifest = StoreManifest(survey, "real", name, galaxies=1, size=16)
    write_json(folder / "manifest.json", asdict(manifest))
    return folder


def test_only_finished_stores_of_the_release_and_its_survey_are_its(tmp_path):
    for name in ("made", "other"):
        write(tmp_path, name)
    note_release(tmp_path / "cutouts" / "made", "mine")
    note_release(tmp_path / "cutouts" / "made", "yours")
    note_release(tmp_path / "cutouts" / "other", "yours")
    note_release(write(tmp_path, "north", "bmz"), "mine")
    note_release(write(tmp_path, "unfinished"), "mine")
    (tmp_path / "cutouts" / "unfinished" / "manifest.json").unlink()
    assert store_names(tmp_path, RELEASE) == ("own", "made")
    assert store_names(tmp_path, replace(RELEASE, origin="simulated")) == ("own",)


def test_a_damaged_note_is_no_note(tmp_path):
    (write(tmp_path, "made") / "releases.json").write_text('{"releases": 3')
    assert store_names(tmp_path, RELEASE) == ("own",)
