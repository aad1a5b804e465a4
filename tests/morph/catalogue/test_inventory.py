"""Versions, sizes and cutouts of a small home."""

import numpy as np
import pandas as pd
import pytest

from morph.catalogue import inventory
from morph.images.store import StoreManifest, write_store
from morph.release.folder import Manifest

NAMES = ["a", "b", "c"]


@pytest.fixture
def root(tmp_path):
    index = pd.DataFrame({"iauname": NAMES, "ra": 1.0, "dec": 2.0})
    manifest = StoreManifest("bmz", "simulated", "Drawn", 3, 8)
    pixels = np.zeros((3, 3, 8, 8), dtype=np.float16)
    write_store(tmp_path / "cutouts" / "drawn", manifest, index, pixels)
    (tmp_path / "cutouts" / "half-written").mkdir()
    return tmp_path


def test_finished_stores_only(root):
    assert list(inventory.stores(root)) == ["drawn"]


def test_galaxies_with_a_picture_are_counted_once(root):
    manifest = Manifest(
        "one", "simulated", "bmz", "", "", "", cutouts=("drawn", "drawn")
    )
    assert inventory.pictured(root, manifest, ["b", "c", "elsewhere"]) == 2


def test_sizes_are_those_of_the_files(root):
    (root / "catalogue.duckdb").write_bytes(b"x" * 1234)
    found = inventory.sizes(root)
    files = (path for path in (root / "cutouts").rglob("*") if path.is_file())
    assert found["cutouts"] == sum(path.stat().st_size for path in files)
    assert (found["catalogue"], found["workspace"]) == (1234, 0)


def test_versions_name_what_numbers_come_from():
    assert {"Python", "duckdb", "streamlit"} <= set(inventory.versions())
