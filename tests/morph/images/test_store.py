"""Stores that are whole or refused, and images as JPEG."""

import io
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from morph.errors import MorphError
from morph.images.store import (
    CHECKSUMS,
    StoreManifest,
    checksums_of,
    encode_jpeg,
    find_cutout,
    names_in,
    names_with_cutout,
    open_store,
    read_store_manifest,
    write_store,
)

SIZE = 8
NAMES = ["J000000.00+000000.0", "J000001.00+000000.0", "J000002.00+000000.0"]
MANIFEST = StoreManifest("bmz", "simulated", "A test", len(NAMES), SIZE)


def pixels() -> np.ndarray:
    shape = (len(NAMES), 3, SIZE, SIZE)
    return np.random.default_rng(0).normal(0, 0.05, shape).astype(np.float16)


def index() -> pd.DataFrame:
    ra = np.arange(len(NAMES)) / 240
    return pd.DataFrame({"iauname": NAMES, "ra": ra, "dec": 0.0})


@pytest.fixture
def store(tmp_path):
    write_store(tmp_path / "store", MANIFEST, index(), pixels())
    return tmp_path / "store"


def test_a_picture_survives_as_jpeg_and_can_be_made_smaller():
    picture = np.full((64, 64, 3), (200, 100, 50), dtype=np.uint8)
    opened = Image.open(io.BytesIO(encode_jpeg(picture)))
    assert (opened.format, opened.size) == ("JPEG", (64, 64))
    np.testing.assert_allclose(np.asarray(opened), picture, atol=4)
    small = Image.open(io.BytesIO(encode_jpeg(picture, width=16)))
    assert small.size == (16, 16)


def test_fluxes_beyond_float16_are_clipped_and_the_manifest_counts_them(tmp_path):
    flux = pixels().astype(float)
    flux[0, 0, 0, 0], flux[2, 1, 3, 3], flux[2, 2, 0, 0] = 1e5, -7e4, np.inf
    written = write_store(tmp_path / "bright", MANIFEST, index(), flux)
    opened = open_store(tmp_path / "bright")
    assert written == opened.manifest == replace(MANIFEST, clipped=2)
    assert opened.pixels[0, 0, 0, 0] == 65504 and opened.pixels[2, 1, 3, 3] == -65504
    assert np.isnan(opened.pixels[2, 2, 0, 0])
    held = np.load(tmp_path / "bright" / CHECKSUMS)
    assert np.array_equal(held, checksums_of(opened.pixels))


def test_a_store_reads_back_as_it_was_written(store):
    opened = open_store(store)
    np.testing.assert_array_equal(opened.pixels, pixels())
    pd.testing.assert_frame_equal(opened.index, index())
    assert opened.manifest == MANIFEST
    assert opened.names.tolist() == NAMES
    assert read_store_manifest(store) == MANIFEST
    assert isinstance(opened.pixels, np.memmap)


def test_votes_lie_beside_the_pixels(tmp_path):
    votes = pd.DataFrame({"iauname": NAMES, "bar_no": [1, 2, 3]})
    write_store(tmp_path, MANIFEST, index(), pixels(), votes=votes)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "votes.parquet"), votes)


def test_a_galaxy_is_found_by_its_name(store):
    found = find_cutout(store, NAMES[1])
    np.testing.assert_array_equal(found, pixels()[1].astype(np.float32))
    assert find_cutout(store, "J999999.99+999999.9") is None
    assert find_cutout(store / "nothing", NAMES[1]) is None
    assert names_with_cutout(store, [NAMES[2], "other"]) == {NAMES[2]}
    assert names_with_cutout(store / "nothing", NAMES) == set()
    assert names_in(store) == set(NAMES) and names_in(store / "nothing") == set()


def test_a_store_written_again_is_read_again(store):
    assert find_cutout(store, NAMES[0]) is not None
    renamed = index().assign(iauname=["a", "b", "c"])
    write_store(store, MANIFEST, renamed, pixels() * 0)
    assert find_cutout(store, NAMES[0]) is None
    assert (find_cutout(store, "a") == 0).all()


def test_a_store_without_its_manifest_is_not_finished(store):
    (store / "manifest.json").unlink()
    with pytest.raises(MorphError, match="not a finished cutout store"):
        open_store(store)
    assert find_cutout(store, NAMES[0]) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"bands": ["g"], "colour": 1}'])
def test_a_manifest_that_is_none_is_refused(store, text):
    (store / "manifest.json").write_text(text)
    with pytest.raises(MorphError, match="cannot be read as the manifest"):
        open_store(store)


def test_parts_that_do_not_fit_are_refused(store):
    value = json.loads((store / "manifest.json").read_text())
    (store / "manifest.json").write_text(json.dumps(value | {"galaxies": 4}))
    with pytest.raises(MorphError, match=r"3 cutouts and 3 index rows.*says 4"):
        open_store(store)


def test_pixels_that_are_cut_short_are_refused(store):
    whole = (store / "pixels.npy").read_bytes()
    (store / "pixels.npy").write_bytes(whole[:-100])
    with pytest.raises(MorphError, match=r"pixels\.npy cannot be read"):
        open_store(store)


def test_only_what_fits_together_is_written(tmp_path):
    votes = pd.DataFrame({"iauname": NAMES[::-1], "bar_no": 0})
    for manifest, given, table in (
        (MANIFEST, pixels()[:2], None),
        (MANIFEST, pixels()[:, :2], None),
        (replace(MANIFEST, galaxies=4), pixels(), None),
        (replace(MANIFEST, origin="invented"), pixels(), None),
        (MANIFEST, pixels(), votes),
    ):
        with pytest.raises(ValueError, match=r"expected|same order"):
            write_store(tmp_path, manifest, index(), given, votes=table)
    assert not (tmp_path / "manifest.json").exists()
