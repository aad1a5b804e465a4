"""Galaxies for cutouts: of a release with votes, a subset of it, and a list."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data.tables.publish_table import TableRelease, publish_table
from morph.catalogue import release_table
from morph.catalogue.connection import connect
from morph.catalogue.loading import load_release
from morph.errors import MorphError
from morph.home import catalogue_path, release_folder, workspace_path
from morph.subsets import saved, store_galaxies
from morph.subsets.uploaded_list import read_upload
from morph.trees.decision_tree import GZD5

pytestmark = pytest.mark.usefixtures("in_this_process")


def chosen(text):
    found = store_galaxies.of_list(read_upload(text.encode(), "list.csv"))
    return found.read(None, 0)


def test_a_list_has_names_and_positions():
    table = chosen("name,ra,dec\nmine,150.5,2.25\n,10.0,-3.0\nNGC 4258,,\nunknown,,\n")
    assert table["iauname"].tolist() == [
        "mine",
        "J004000.00-030000.0",
        "NGC 4258",
        "unknown",
    ]
    np.testing.assert_allclose(table["ra"][:2], [150.5, 10.0])
    assert table["ra"][2] == pytest.approx(184.74, abs=0.01)
    assert np.isnan(table["ra"][3])


def test_one_name_at_two_places_is_refused():
    same = chosen("name,ra,dec\na,150,2\na,150.0001,2\n")
    assert len(same) == 1
    with pytest.raises(MorphError, match="the list has a at two positions"):
        chosen("name,ra,dec\na,150,2\na,151,2\n")


@pytest.fixture
def con(tmp_path):
    """A catalogue with a real release of six galaxies, with votes and sizes."""
    table = {"ra": 150 + np.arange(6) / 10, "dec": 2.0, "est_petro_th50": 3.0}
    for number, label in enumerate(GZD5.labels):
        table[f"{label}_count"] = np.arange(6) + number
    pd.DataFrame(table).to_csv(tmp_path / "table.csv", index=False)
    publish_table(tmp_path, tmp_path / "table.csv", TableRelease("mine", "decals"))
    path, workspace = catalogue_path(tmp_path), workspace_path(tmp_path)
    with connect(path, workspace=workspace) as con:
        load_release(con, release_folder(tmp_path, "mine"))
        yield con


def test_a_release_gives_positions_sizes_and_votes(con):
    found = store_galaxies.of_release(release_table.release(con, "mine"))
    assert (found.number, found.release, found.tree) == (6, "mine", "gzd5")
    assert found.has_votes and found.has_sizes
    table = found.read(con, 0)
    assert list(table.columns[:4]) == ["iauname", "ra", "dec", "radius_arcsec"]
    np.testing.assert_allclose(table["ra"], 150 + np.arange(6) / 10)
    last = table[GZD5.labels[-1]]
    np.testing.assert_array_equal(last, np.arange(6) + len(GZD5.labels) - 1)
    assert found.read(con, 2)["iauname"].tolist() == table["iauname"].tolist()[:2]


def test_a_subset_gives_its_galaxies(con):
    release = release_table.release(con, "mine")
    names = store_galaxies.of_release(release).read(con, 0)["iauname"][2:5]
    subset = saved.save_names(con, release, names, kind="pins", name="three")
    found = store_galaxies.of_release(release, subset)
    assert found.words == "subset “three” of the release mine"
    assert found.read(con, 0)["iauname"].tolist() == names.tolist()


def test_simulated_galaxies_have_no_cutouts_of_a_survey(con):
    release = release_table.release(con, "mine")
    simulated = replace(release, manifest=replace(release.manifest, origin="simulated"))
    with pytest.raises(MorphError, match="of mine are simulated"):
        store_galaxies.of_release(simulated)
