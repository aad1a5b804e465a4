"""A store that grows: what a killed process or a power cut leaves, is made good."""

import fcntl
import json
import os

import numpy as np
import pandas as pd
import pytest

from data.cutouts.growing_store import GrowingStore, Recipe
from data.cutouts.journal import Journal
from morph.errors import MorphError
from morph.images.store import open_store

RECIPE = Recipe("near", "http://localhost", "x", ("g", "r", "z"), 8, 0.262)
PLACE = (150.0, 2.0)


def flux(number):
    return np.full((3, 8, 8), number + 1, dtype=np.float32)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "near"


def begun(folder, number=3):
    """A store with some cutouts, closed as a killed process leaves it."""
    store = GrowingStore(folder, RECIPE)
    for i in range(number):
        store.ask(f"g{i}")
        store.keep(f"g{i}", PLACE, flux(i))
    store.close()
    return folder


def rows(folder):
    """What the store has in the end: name -> the value of its pixels."""
    store = GrowingStore(folder, RECIPE)
    store.finish("A test", without_position=[])
    store.close()
    made = open_store(folder)
    return {
        name: float(pixels[0, 0, 0])
        for name, pixels in zip(made.names, made.pixels, strict=True)
    }


def test_what_was_kept_is_there_after_a_kill(folder):
    assert rows(begun(folder)) == {"g0": 1, "g1": 2, "g2": 3}


def test_pixels_that_the_journal_does_not_have_are_cut_off(folder):
    with (begun(folder) / "pixels.npy.part").open("ab") as file:
        file.write(b"x" * 200)
    store = GrowingStore(folder, RECIPE)
    assert set(store.answered) == {"g0", "g1", "g2"}
    store.keep("g3", PLACE, flux(3))
    store.close()
    assert rows(folder) == {"g0": 1, "g1": 2, "g2": 3, "g3": 4}


def test_a_torn_last_line_is_removed(folder):
    with (begun(folder) / "journal.jsonl").open("ab") as file:
        file.write(b'{"got": "g3", "ra": 15')
    assert rows(folder) == {"g0": 1, "g1": 2, "g2": 3}
    lines = (folder / "journal.jsonl").read_text().splitlines()
    assert all(json.loads(line) for line in lines)


@pytest.mark.parametrize("lost", ["torn", "other bytes"])
def test_cutouts_that_a_power_cut_took_are_asked_for_again(folder, lost):
    """The journal reached the disk, and the pixels of g1 and g2 did not."""
    path = begun(folder) / "pixels.npy.part"
    data = path.read_bytes()
    record = 3 * 8 * 8 * 2
    whole = data[: 128 + record]
    path.write_bytes(whole + (b"" if lost == "torn" else b"\0" * 2 * record))
    store = GrowingStore(folder, RECIPE)
    assert set(store.answered) == {"g0"}
    store.keep("g2", PLACE, flux(2))
    store.close()
    assert rows(folder) == {"g0": 1, "g2": 3}


def test_a_synced_block_must_be_there(folder):
    begun(folder, 256)
    (folder / "pixels.npy.part").write_bytes(b"")
    with pytest.raises(MorphError, match="shorter than its journal states"):
        GrowingStore(folder, RECIPE)


def test_two_processes_do_not_write_one_store(folder):
    store = GrowingStore(folder, RECIPE)
    with pytest.raises(MorphError, match="another process is downloading"):
        GrowingStore(folder, RECIPE)
    store.close()


def test_another_recipe_is_refused_in_words(folder):
    begun(folder)
    other = Recipe("near", "http://localhost", "x", ("g", "r", "z"), 16, 0.5)
    with pytest.raises(
        MorphError, match=r"started with size 8, pixscale_arcsec 0\.262"
    ):
        GrowingStore(folder, other)


def test_a_store_from_elsewhere_is_not_touched(folder):
    folder.mkdir()
    (folder / "manifest.json").write_text("{}")
    with pytest.raises(MorphError, match="this command did not make"):
        GrowingStore(folder, RECIPE)
    assert (folder / "manifest.json").exists()


def test_a_damaged_journal_is_named(folder):
    begun(folder)
    path = folder / "journal.jsonl"
    path.write_bytes(b"{]\n" + path.read_bytes())
    with pytest.raises(MorphError, match=r"journal.jsonl is damaged"):
        Journal(path, RECIPE.as_json())


def test_saturated_pixels_stay_finite(folder):
    store = GrowingStore(folder, RECIPE)
    bright = flux(0)
    bright[0, 0, 0], bright[1, 0, 0] = 1e6, np.nan
    store.keep("g0", PLACE, bright)
    store.keep("g1", PLACE, flux(1))
    assert store.finish("A test", without_position=[]).clipped == 1
    store.close()
    assert open_store(folder).manifest.clipped == 1
    kept = open_store(folder).pixels[0]
    assert kept[0, 0, 0] == np.float16(65504)
    assert np.isnan(kept[1, 0, 0])
    index = pd.read_parquet(folder / "index.parquet")
    assert index["missing"].tolist() == pytest.approx([1 / 64, 0], abs=1e-6)


def test_a_write_that_is_cut_short_is_continued(folder, monkeypatch):
    """As on a disk that is nearly full."""
    write = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda *to: write(to[0], to[1][:100], to[2]))
    assert rows(begun(folder)) == {"g0": 1, "g1": 2, "g2": 3}


def test_a_journal_that_is_replaced_before_its_lock_is_not_opened(folder, monkeypatch):
    """Another process replaces the journal when it opens the store again."""
    path, lock = begun(folder) / "journal.jsonl", fcntl.flock

    def lock_late(file, how):
        copy = path.with_name("copy")
        copy.write_bytes(path.read_bytes())
        copy.replace(path)
        lock(file, how)

    monkeypatch.setattr(fcntl, "flock", lock_late)
    with pytest.raises(MorphError, match="another process is downloading"):
        GrowingStore(folder, RECIPE)
