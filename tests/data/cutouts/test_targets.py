"""The galaxies of a table: positions, sizes, and the votes of the tree that it has."""

import json

import numpy as np
import pandas as pd
import pytest

from data.__main__ import main
from data.cutouts.targets import read_targets
from morph.errors import UnreadableTable
from morph.trees.decision_tree import GZD5, TREES

GZ2 = TREES["gz2"]


def voted(tree, rows=4):
    """A table with counts for every answer of a tree, as it is published."""
    rng = np.random.default_rng(len(tree.labels))
    table = {"ra": 150 + np.arange(rows) / 100, "dec": np.full(rows, 2.0)}
    for label in tree.labels:
        table[f"{label}_count"] = rng.integers(0, 9, rows)
    return pd.DataFrame(table)


@pytest.fixture
def written(tmp_path):
    def write(table, name="table.csv"):
        table.to_csv(tmp_path / name, index=False)
        return tmp_path / name

    return write


@pytest.mark.parametrize("tree", [GZD5, GZ2], ids=lambda tree: tree.name)
def test_votes_of_every_tree_are_read(written, tree):
    table = voted(tree)
    found = read_targets(written(table))
    assert found.tree == tree.name
    counts = table[[f"{label}_count" for label in tree.labels]].to_numpy()
    np.testing.assert_array_equal(found.votes[list(tree.labels)], counts)


def test_of_the_votes_of_two_trees_one_is_chosen(written):
    path = written(
        pd.concat([voted(GZD5), voted(GZ2).drop(columns=["ra", "dec"])], axis=1)
    )
    with pytest.raises(UnreadableTable, match=r"two decision trees|2 decision trees"):
        read_targets(path)
    assert read_targets(path, "gz2").tree == "gz2"
    with pytest.raises(UnreadableTable, match="no votes of the decision tree gz2"):
        read_targets(written(voted(GZD5)), "gz2")


def test_half_light_radii_come_along(written):
    table = voted(GZD5).assign(est_petro_th50=[1.0, 2.0, -9, 4.0])
    radii = read_targets(written(table)).places["radius_arcsec"]
    np.testing.assert_array_equal(radii, [1.0, 2.0, np.nan, 4.0])


def test_a_store_has_the_votes_of_one_tree(root, server, written, monkeypatch, capsys):
    monkeypatch.setenv("MORPH_HOME", str(root))
    order = ("--survey", "near", "--size", "16", "--json")
    assert main(["cutouts", str(written(voted(GZ2))), *order]) == 0
    assert json.loads(capsys.readouterr().out)["stored"] == 4
    votes = pd.read_parquet(root / "cutouts" / "near" / "votes.parquet")
    assert list(votes.columns) == ["iauname", *GZ2.labels]
    assert main(["cutouts", str(written(voted(GZD5), "other.csv")), *order]) == 1
    said = json.loads(capsys.readouterr().out)["error"]
    assert "the store near has votes of another decision tree" in said
    assert (root / "cutouts" / "near" / "manifest.json").exists()
    assert len(server.log) == 4


def test_cutouts_by_size_have_each_its_scale(root, server, written, monkeypatch):
    """0.04 half-light radii in each of 424 pixels, as Galaxy Zoo DECaLS had it."""
    monkeypatch.setenv("MORPH_HOME", str(root))
    table = voted(GZD5).assign(est_petro_th50=[5.0, 10.0, np.nan, 1.0])
    order = ("--survey", "near", "--size", "212", "--by-size")
    assert main(["cutouts", str(written(table)), *order]) == 0
    asked = {one.place[0]: float(one.query["pixscale"]) for one in server.log}
    assert asked == {150.0: 0.4, 150.01: 0.8, 150.02: 0.262, 150.03: 0.2}
    index = pd.read_parquet(root / "cutouts" / "near" / "index.parquet")
    assert dict(zip(index["ra"], index["pixscale_arcsec"], strict=True)) == asked
    manifest = json.loads((root / "cutouts" / "near" / "manifest.json").read_text())
    assert manifest["pixscale_arcsec"] is None
    assert main(["cutouts", str(written(table)), *order[:-1]]) == 1  # another recipe
