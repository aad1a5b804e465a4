"""Stores of the format before 30 November 2026: they are refused, and turned."""

import json

import numpy as np
import pandas as pd
import pytest

from data.__main__ import main
from data.cutouts import turn_store
from data.cutouts.check_store import check_store
from data.cutouts.growing_store import GrowingStore, Recipe
from morph.errors import MorphError
from morph.images.store import open_store, write_store
from morph.images.store_manifest import StoreManifest, read_store_manifest

RECIPE = Recipe("near", "http://localhost", "x", ("g", "r", "z"), 8, 0.262)
FLUX = np.random.default_rng(0).normal(size=(5, 3, 8, 8)).astype(np.float16)


def aged(folder):
    """The store as an earlier version wrote it, with the lowest row first."""
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["format"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    path = folder / "journal.jsonl"
    if path.is_file():
        text = path.read_text().replace(', "format": 2', "")
        path.write_text(text)
    return folder


@pytest.fixture
def downloaded(tmp_path, monkeypatch):
    """An old downloaded store of five galaxies: FLUX, upside down."""
    monkeypatch.setenv("MORPH_HOME", str(tmp_path))
    store = GrowingStore(tmp_path / "cutouts" / "grown", RECIPE)
    for number, flux in enumerate(FLUX[:, :, ::-1]):
        store.keep(f"g{number}", (150.0 + number, 2.0), flux.astype(np.float32))
    store.finish("A test", without_position=[])
    store.close()
    return aged(store.folder)


@pytest.fixture
def pictures(tmp_path):
    """An old store of a folder: a FITS image upside down, and a JPEG."""
    names = ["a", "b"]
    index = pd.DataFrame({"iauname": names, "file": ["a.FITS", "b.jpg"]})
    flux = FLUX[:2].copy()
    flux[0] = flux[0, :, ::-1]
    manifest = StoreManifest("x", "real", "Mine", 2, 8)
    folder = tmp_path / "cutouts" / "mine"
    write_store(folder, manifest, index, flux)
    return aged(folder)


def test_an_old_store_is_refused_with_the_command_that_turns_it(downloaded):
    with pytest.raises(MorphError, match="upside down: it was made before 30") as it:
        open_store(downloaded)
    assert "stores turn grown" in str(it.value)
    with pytest.raises(MorphError, match=r"begun before .* stores turn grown"):
        GrowingStore(downloaded, RECIPE)


def test_a_turned_store_has_the_highest_row_first_and_is_whole(downloaded, capsys):
    assert main(["stores", "turn", "grown"]) == 0
    assert "5 images of FITS files" in capsys.readouterr().out
    np.testing.assert_array_equal(open_store(downloaded).pixels, FLUX)
    assert read_store_manifest(downloaded).format == 2
    found = check_store(downloaded)
    assert found.has_checksums and not len(found.damaged)
    assert main(["stores", "turn", "grown"]) == 1
    assert "has the present format" in capsys.readouterr().err


def test_a_turned_store_can_be_continued(downloaded):
    turn_store.turn_store(downloaded)
    store = GrowingStore(downloaded, RECIPE)
    store.keep("more", (160.0, 2.0), FLUX[0].astype(np.float32))
    store.finish("A test", without_position=[])
    store.close()
    np.testing.assert_array_equal(open_store(downloaded).pixels[:5], FLUX)
    assert not len(check_store(downloaded).damaged)


def test_only_fits_files_of_a_folder_are_turned(pictures):
    assert turn_store.turn_store(pictures) == 1
    np.testing.assert_array_equal(open_store(pictures).pixels, FLUX[:2])


def test_an_interrupted_turn_continues(downloaded, monkeypatch):
    whole = turn_store.write_checksums
    monkeypatch.setattr(turn_store, "write_checksums", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        turn_store.turn_store(downloaded)
    with pytest.raises(MorphError, match="not a finished cutout store"):
        open_store(downloaded)
    monkeypatch.setattr(turn_store, "write_checksums", whole)
    assert turn_store.turn_store(downloaded) == 5
    np.testing.assert_array_equal(open_store(downloaded).pixels, FLUX)


def test_a_damaged_store_is_not_turned(downloaded):
    pixels = np.load(downloaded / "pixels.npy", mmap_mode="r+")
    pixels[3, 0, 0, 0] += 1
    pixels.flush()
    with pytest.raises(MorphError, match=r"damaged \(first: cutout 4\)"):
        turn_store.turn_store(downloaded)
    assert (downloaded / "manifest.json").is_file()


def test_stores_of_simulated_galaxies_are_as_they_were(tmp_path):
    index = pd.DataFrame({"iauname": ["a"]})
    manifest = StoreManifest("x", "simulated", "Made up", 1, 8)
    write_store(tmp_path / "made", manifest, index, FLUX[:1])
    assert open_store(aged(tmp_path / "made")).manifest == manifest
    with pytest.raises(MorphError, match="has the present format"):
        turn_store.turn_store(tmp_path / "made")


def test_a_store_of_a_later_version_is_refused(tmp_path):
    index = pd.DataFrame({"iauname": ["a"]})
    manifest = StoreManifest("x", "real", "New", 1, 8, format=3)
    write_store(tmp_path / "new", manifest, index, FLUX[:1])
    with pytest.raises(MorphError, match="format 3, and this version reads 2"):
        open_store(tmp_path / "new")
