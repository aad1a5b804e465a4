"""Compacting: what is left has its pixels, its tables, and can be continued."""

import json

import numpy as np
import pandas as pd
import pytest

from data.__main__ import main
from data.cutouts.check_store import check_store
from data.cutouts.compact_store import compact_store
from data.cutouts.growing_store import GrowingStore, Recipe
from morph.errors import MorphError
from morph.images.new_stores.made_for import note_release, noted_releases
from morph.images.store import open_store
from tests.training.tiny_stores import write_tiny_store

RECIPE = Recipe("near", "http://localhost", "x", ("g", "r", "z"), 8, 0.262)


@pytest.fixture
def grown(tmp_path):
    """A downloaded store; g1 lacks a quarter of its pixels, g3 gets damaged."""
    store = GrowingStore(tmp_path / "cutouts" / "grown", RECIPE)
    for number in range(5):
        flux = np.full((3, 8, 8), number + 1, np.float32)
        flux[0, :, :2] = np.nan if number == 1 else 1
        store.ask(f"g{number}")
        store.keep(f"g{number}", (150.0 + number, 2.0), flux)
    store.refuse("none", (10.0, 2.0), "no image", "outside the survey")
    store.finish("A test", without_position=[])
    store.close()
    return store.folder


def damage(folder, row):
    pixels = np.load(folder / "pixels.npy", mmap_mode="r+")
    pixels[row, 1, 2, 3] = 99
    pixels.flush()


def test_whole_cutouts_are_copied_with_their_tables(tmp_path):
    folder = write_tiny_store(tmp_path, "full", galaxies=600, size=8, truth=True)
    damage(folder, 300)
    target = tmp_path / "cutouts" / "small"
    done = compact_store(folder, target, 1.0)
    assert (done.galaxies, done.damaged, done.missing) == (599, 1, 0)
    kept = [row for row in range(600) if row != 300]
    before, after = open_store(folder), open_store(target)
    np.testing.assert_array_equal(after.pixels, before.pixels[kept])
    assert after.names.tolist() == before.names[kept].tolist()
    for name in ("votes.parquet", "truth.parquet"):
        old, new = (pd.read_parquet(place / name) for place in (folder, target))
        pd.testing.assert_frame_equal(new, old.iloc[kept].reset_index(drop=True))
    found = check_store(target)
    assert found.has_checksums and not len(found.damaged)


def test_a_downloaded_store_is_continued_under_its_new_name(grown, tmp_path):
    damage(grown, 3)
    target = tmp_path / "cutouts" / "new"
    note_release(grown, "published")
    done = compact_store(grown, target, 0.2)
    assert noted_releases(target) == ("published",)
    assert (done.galaxies, done.damaged, done.missing) == (3, 1, 1)
    store = GrowingStore(target, RECIPE)
    assert {n for n, line in store.answered.items() if "got" in line} == {
        "g0",
        "g2",
        "g4",
    }
    states = {n: line.get("state") for n, line in store.answered.items()}
    assert (states["g1"], states["g3"], states["none"]) == (
        "rejected",
        "rejected",
        "no image",
    )
    store.keep("g5", (155.0, 2.0), np.full((3, 8, 8), 6, np.float32))
    store.finish("A test", without_position=[])
    store.close()
    made = open_store(target)
    assert made.names.tolist() == ["g0", "g2", "g4", "g5"]
    assert [float(cutout[2, 0, 0]) for cutout in made.pixels] == [1, 3, 5, 6]
    found = check_store(target)
    assert found.has_checksums and not len(found.damaged)


def test_nothing_is_written_over_and_an_empty_store_is_refused(grown, tmp_path):
    target = tmp_path / "cutouts" / "new"
    damage(grown, 0)
    for row in range(1, 5):
        damage(grown, row)
    with pytest.raises(MorphError, match="no cutout of grown is left"):
        compact_store(grown, target, 1.0)
    assert not target.exists()
    with pytest.raises(MorphError, match="exists already"):
        compact_store(grown, grown, 1.0)


def test_the_commands(grown, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MORPH_HOME", str(tmp_path))
    assert main(["stores", "check", "grown"]) == 0
    said = capsys.readouterr().out
    assert "grown: 5 cutouts, 0 damaged." in said
    assert "Band r: 0 % of the pixels are bad.\n" in said
    damage(grown, 2)
    assert main(["stores", "check", "grown", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "store": "grown",
        "galaxies": 5,
        "damaged": ["g2"],
        "blank": 0,
        "checksums": True,
        "bands": [
            {"band": "g", "fraction": 0.05, "some": 1, "without": 0},
            {"band": "r", "fraction": 0.0, "some": 0, "without": 0},
            {"band": "z", "fraction": 0.0, "some": 0, "without": 0},
        ],
        "clipped": 0,
    }
    wanted = ["stores", "compact", "grown", "--out", "new", "--most-missing", "0.1"]
    assert main(wanted) == 0
    said = capsys.readouterr().out
    assert "new: 3 cutouts. Left out: 1 damaged, 1 with more than 10" in said
    assert main(["stores", "check", "new"]) == 0
    assert main(wanted) == 1
    assert "exists already; give another name with --out" in capsys.readouterr().err
