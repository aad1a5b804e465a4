"""A release that got features and a map later is seen on Map and in Similar."""

import shutil

import numpy as np
import pandas as pd
import pytest

from morph.catalogue import release_table, sync
from morph.release.attach_features import attach_features
from morph.release.details import Details
from pages.common.galaxies import vectors
from pages.common.here import Here
from pages.common.server import database
from tests.pages.conftest import made_features, made_map
from tests.pages.opening import component, components, opened

DRAWN = 100  # of the parent's 120 galaxies


@pytest.fixture
def child_home(written_home, empty_home):
    """A table of fractions alone, and its child with features and a map."""
    parent = empty_home / "releases" / "fractions-only"
    shutil.copytree(written_home / "releases" / "fractions-only", parent)
    names = pd.read_parquet(parent / "galaxies.parquet")["iauname"].head(DRAWN)
    alpha = np.random.default_rng(0).uniform(1, 40, (DRAWN, 34))
    attach_features(
        empty_home / "releases" / "child",
        parent,
        made_features(names, alpha),
        made_map(names, alpha),
        changes={"release_id": "child"},
        details=Details(features={"run": "gone", "galaxies": DRAWN}),
        documents={},
    )
    with database.cursor(empty_home) as con:
        sync.sync(con, empty_home / "releases")
        release = release_table.release(con, "child")
        here = Here(empty_home, con, (release,), release, None, None)
        job = vectors.search(here, "features")
        assert job.finished.wait(30) and not job.problem
    return empty_home


def test_map_and_similar_know_the_child(child_home, dashboard):
    page = opened(dashboard, "map/map.py", {"release": "child"})
    assert not page.exception
    points = component(page, "plane")["points"]
    assert len(points["names"]) == DRAWN
    example = points["names"][0]
    query = {"release": "child", "like": example, "space": "features"}
    page = opened(dashboard, "similar/similar.py", query)
    assert not page.exception
    shown = [g for g in components(page, "gallery") if "most similar" in g["label"]]
    near = {tile["iauname"] for tile in shown[0]["tiles"]}
    assert near and near <= set(points["names"]) - {example}


def test_the_parent_still_has_no_map(child_home, dashboard):
    page = opened(dashboard, "map/map.py", {"release": "fractions-only"})
    assert any("fractions-only has no map" in m.value for m in page.markdown)
