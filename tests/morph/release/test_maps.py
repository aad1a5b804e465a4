"""The maps of a release: which it has, and a further one added under its own name."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from morph.errors import DamagedRelease, MorphError
from morph.geometry.regions import Plane
from morph.release.attach_features import add_map, attach_features, checked_new_map
from morph.release.details import FIRST_MAP, Details, details_to_json, read_details
from morph.release.folder import verify_release, write_release
from morph.release.manifest import MANIFEST, read_manifest
from morph.release.maps import maps_of
from tests.morph.release import test_folder as made
from tests.two_maps import NAME, SETTINGS, map_table, with_second_map


@pytest.fixture
def parent(tmp_path):
    """A release with features and one map, as all were before."""
    folder = tmp_path / "releases" / "test-1"
    x = np.arange(len(made.NAMES), dtype=float)
    write_release(
        folder,
        replace(made.MANIFEST, details=Details(projection={"seed": 4})),
        made.galaxies(),
        made.posteriors(),
        features=made.features(),
        projection=map_table(FIRST_MAP, made.NAMES, np.column_stack([x, -x]), x / 99),
    )
    return folder


def test_an_earlier_release_has_the_one_map_it_had(parent):
    (one,) = maps_of(verify_release(parent))
    assert (one.name, one.columns) == ("umap", ("umap_x", "umap_y", "trust"))
    assert one.plane == Plane("map", ("test-1",))
    assert (one.settings, one.features) == ({"seed": 4}, "features.parquet")
    assert "version" not in json.loads((parent / MANIFEST).read_text())["details"]
    nothing = replace(read_manifest(parent), files={})
    assert maps_of(nothing) == ()


def test_a_second_map_stands_beside_the_first(parent):
    folder = parent.parent / "child"
    with_second_map(folder, parent)
    before, child = read_manifest(parent), verify_release(folder)
    for name, record in before.files.items():
        assert child.files[name] == record
        assert (folder / name).read_bytes() == (parent / name).read_bytes()
    added = {f"projection_{NAME}.parquet", f"features_{NAME}.parquet"}
    assert set(child.files) - set(before.files) == added | {f"map_{NAME}_card.md"}
    first, second = maps_of(child)
    assert first == replace(maps_of(before)[0], release_id="child")
    assert second.columns == ("second_x", "second_y", "second_trust")
    assert second.plane == Plane("map", ("child", NAME))
    assert (second.model, second.settings) == ("another model", SETTINGS)
    assert second.features == f"features_{NAME}.parquet"
    table = pd.read_parquet(folder / f"projection_{NAME}.parquet")
    assert list(table.columns) == ["iauname", *second.columns]
    mean = table["second_trust"].mean()
    assert child.details.maps[NAME]["preserved"] == pytest.approx(mean, abs=1e-4)
    written = json.loads((folder / MANIFEST).read_text())["details"]
    assert written["version"] == 2
    assert details_to_json(read_details(written)) == written


def test_features_that_the_release_has_are_not_stored_twice(parent):
    x = np.ones(len(made.NAMES))
    child = add_map(
        parent.parent / "child",
        parent,
        made.features(),
        map_table("wide", made.NAMES, np.column_stack([x, x]), x),
        name="wide",
        record={"words": "Wide", "projection": {}, "features": {"model": "the same"}},
        changes={"release_id": "child"},
        documents={},
    )
    assert "features_wide.parquet" not in child.files
    assert not (parent.parent / "child" / "features_wide.parquet").exists()
    assert [one.features for one in maps_of(child)] == ["features.parquet"] * 2
    again = attach_features(  # other features for the first map
        parent.parent / "grandchild",
        parent.parent / "child",
        made.features().assign(feature=[np.zeros(2, np.float16)] * len(made.NAMES)),
        map_table(FIRST_MAP, made.NAMES, np.column_stack([x, x]), x),
        changes={"release_id": "grandchild"},
        details=Details(features={"run": "other"}),
        documents={},
    )
    assert maps_of(again)[1].features == "features_wide.parquet"
    assert again.files["features_wide.parquet"] == child.files["features.parquet"]
    assert verify_release(parent.parent / "grandchild") == again


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("umap", "already has a map 'umap'; its maps: umap, second"),
        ("second", "already has a map 'second'"),
        ("a-b", "cannot be the name of a map"),
        ('x"; DROP TABLE r1; --', "cannot be the name of a map"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused(parent, name, message):
    child = with_second_map(parent.parent / "child", parent)
    with pytest.raises(MorphError, match=message):
        checked_new_map(child, name)


def test_a_release_without_a_map_gets_its_first_otherwise(tmp_path):
    bare = write_release(tmp_path, made.MANIFEST, made.galaxies(), made.posteriors())
    with pytest.raises(MorphError, match="has no map yet; remove `map`"):
        checked_new_map(bare, "second")


@pytest.mark.parametrize(
    "maps",
    [
        {'x"; DROP': {"words": "a", "projection": {}, "features": {}}},
        {"second": {"words": 3, "projection": {}, "features": {}}},
        {"second": {"words": "a", "projection": {}}},
        {"second": "a map"},
        ["second"],
        None,
    ],
)
def test_maps_of_another_form_make_the_release_unreadable(parent, maps):
    value = json.loads((parent / MANIFEST).read_text())
    value["details"] |= {"version": 2, "maps": maps}
    (parent / MANIFEST).write_text(json.dumps(value))
    with pytest.raises(DamagedRelease, match="has no valid record in details"):
        read_manifest(parent)
