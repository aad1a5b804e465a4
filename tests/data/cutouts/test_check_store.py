"""A store's check: every damaged byte, and files that contradict each other."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from data.cutouts.check_store import check_store
from morph.errors import MorphError
from tests.training.tiny_stores import write_tiny_store


@pytest.fixture
def folder(tmp_path):
    return write_tiny_store(tmp_path, "checked", galaxies=9, size=8)


def flip(path, at):
    """Change one bit of a file."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_a_store_that_is_whole(folder):
    said = []
    found = check_store(folder, lambda *step: said.append(step))
    assert found.galaxies == 9 and found.has_checksums
    assert not len(found.damaged) and not len(found.blank)
    assert said[-1] == (9, 9)


@pytest.mark.parametrize("row", [0, 4, 8])
def test_a_bit_that_flipped_is_found_and_whose_it_is(folder, row):
    record = 3 * 8 * 8 * 2
    flip(folder / "pixels.npy", 128 + row * record + 77)
    assert check_store(folder).damaged.tolist() == [row]


def test_cutouts_without_data_are_counted(folder):
    pixels = np.load(folder / "pixels.npy")
    pixels[3] = np.nan
    np.save(folder / "pixels.npy", pixels)
    (folder / "checksums.npy").unlink()  # as of an earlier version
    found = check_store(folder)
    assert found.blank.tolist() == [3]
    assert not found.has_checksums and not len(found.damaged)


def test_bad_pixels_are_counted_per_band(folder):
    pixels = np.load(folder / "pixels.npy")
    pixels[1, 0, :2, :4] = np.nan
    pixels[4, 0, 0, 0] = -np.inf
    pixels[[2, 5], 2] = 0
    pixels[6, 1, 3, 3] = 65504
    np.save(folder / "pixels.npy", pixels)
    (folder / "checksums.npy").unlink()
    found = check_store(folder)
    assert [(b.band, b.some, b.without) for b in found.bands] == [
        ("g", 2, 0),
        ("r", 0, 0),
        ("z", 2, 2),
    ]
    shares = [9 / (9 * 64), 0, 2 / 9]
    assert [b.fraction for b in found.bands] == pytest.approx(shares)
    assert found.clipped == 1 and not len(found.blank)


def other_size(folder):
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"size": 16}))


def a_name_twice(folder):
    index = pd.read_parquet(folder / "index.parquet")
    index.loc[1, "iauname"] = index.loc[0, "iauname"]
    index.to_parquet(folder / "index.parquet", index=False)


def votes_in_another_order(folder):
    votes = pd.read_parquet(folder / "votes.parquet")[::-1]
    votes.to_parquet(folder / "votes.parquet", index=False)


def too_few_checksums(folder):
    np.save(folder / "checksums.npy", np.zeros(3, np.uint32))


def broken_checksums(folder):
    (folder / "checksums.npy").write_bytes(b"nothing")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (other_size, "but the manifest says float16"),
        (a_name_twice, "checked-000 is in the index twice"),
        (votes_in_another_order, "in the order of the index"),
        (too_few_checksums, "3 checksums, but the store has 9 cutouts"),
        (broken_checksums, "checksums.npy cannot be read"),
        (shutil.rmtree, "not a finished cutout store"),
    ],
)
def test_files_that_contradict_each_other_are_refused(folder, spoil, says):
    spoil(folder)
    with pytest.raises(MorphError, match=says):
        check_store(folder)
