"""Synthetic releases: whole, in order and alike, whatever the size of a block."""

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from data.synthetic import release
from data.synthetic.release import synthetic_release
from morph.errors import MorphError
from morph.posterior.dirichlet import asked_probability, expected_probability
from morph.release.folder import posterior_columns, verify_release
from morph.trees.decision_tree import GZD5, TREES

ALPHA = posterior_columns(GZD5, "concentration")


def tables(folder) -> dict[str, pd.DataFrame]:
    return {path.stem: pd.read_parquet(path) for path in folder.glob("*.parquet")}


@pytest.fixture
def whole(tmp_path, monkeypatch):
    """A release of everything, written in four blocks."""
    monkeypatch.setattr(release, "_BLOCK", 30)
    folder = tmp_path / "whole"
    synthetic_release(
        folder, galaxies=100, passes=3, votes=True, projection=True, features=8
    )
    return folder


def test_every_file_has_every_galaxy_in_one_order(whole):
    manifest = verify_release(whole)
    found = tables(whole)
    names = found["galaxies"]["iauname"]
    assert manifest.galaxies == len(names) == names.nunique() == 100
    assert found["galaxies"]["_healpix_29"].is_monotonic_increasing
    for name in ("posteriors", "projection"):
        assert found[name]["iauname"].tolist() == names.tolist()
    assert found["features"]["iauname"].tolist() == names.tolist()
    assert found["samples"]["iauname"].tolist() == np.repeat(names, 3).tolist()
    assert found["samples"]["pass"].tolist() == [0, 1, 2] * 100
    assert {f: r.rows for f, r in manifest.files.items()} == {
        f"{name}.parquet": len(table) for name, table in found.items()
    }


def test_the_posterior_is_the_mean_of_the_passes(whole):
    found = tables(whole)
    passes = found["samples"][ALPHA].to_numpy().reshape(100, 3, -1)
    held = found["posteriors"][ALPHA].to_numpy()
    np.testing.assert_allclose(held, passes.mean(axis=1), rtol=1e-6)


@pytest.mark.parametrize("name", TREES)
def test_a_release_of_any_tree(name, tmp_path):
    tree = TREES[name]
    manifest = synthetic_release(
        tmp_path, galaxies=3000, passes=2, votes=True, projection=True, tree=tree
    )
    assert (manifest.tree, manifest.origin) == (name, "simulated")
    assert verify_release(tmp_path) == manifest
    found = tables(tmp_path)
    assert set(found["votes"].columns) == {"iauname", *tree.labels}
    alpha = found["posteriors"][posterior_columns(tree, "concentration")].to_numpy()
    asked = asked_probability(expected_probability(alpha, tree), tree)
    assert (asked.mean(axis=0) > 0.02).all()  # every question has galaxies


def test_features_are_alike_where_answers_are(tmp_path):
    synthetic_release(tmp_path, galaxies=2000, features=64)
    vectors = np.stack(tables(tmp_path)["features"]["feature"])
    assert vectors.dtype == np.float16 and (vectors >= 0).all()
    mean = expected_probability(tables(tmp_path)["posteriors"][ALPHA].to_numpy(), GZD5)
    unit = vectors / np.linalg.norm(vectors.astype(float), axis=1, keepdims=True)
    like = (unit @ unit[0]).argsort()[::-1][1:21]
    apart = np.abs(mean - mean[0]).sum(axis=1)
    assert apart[like].mean() < 0.8 * apart.mean()


def test_answers_follow_the_tree(tmp_path):
    synthetic_release(tmp_path, galaxies=3000)
    mean = expected_probability(tables(tmp_path)["posteriors"][ALPHA].to_numpy(), GZD5)
    largest = mean[:, GZD5.columns(GZD5.question("smooth-or-featured"))].argmax(axis=1)
    share = np.bincount(largest, minlength=3) / 3000
    np.testing.assert_allclose(share, (0.60, 0.37, 0.03), atol=0.05)
    bar = asked_probability(mean, GZD5)[:, GZD5.questions.index(GZD5.question("bar"))]
    assert bar[largest == 1].mean() > 3 * bar[largest == 0].mean()


def test_masked_fractions_are_null_in_the_file(tmp_path):
    synthetic_release(tmp_path, galaxies=200, fractions=True)
    bar = pq.read_table(tmp_path / "posteriors.parquet")["bar_strong_fraction"]
    masked = np.isnan(bar.to_numpy())
    assert 0 < masked.sum() == bar.null_count < 200


def test_the_seed_alone_decides(tmp_path):
    made = {
        name: synthetic_release(tmp_path / name, galaxies=40, seed=seed, votes=True)
        for name, seed in (("a", 3), ("b", 3), ("c", 4))
    }
    assert made["a"].files == made["b"].files
    assert made["a"].files != made["c"].files


def test_another_release_is_not_overwritten(tmp_path):
    synthetic_release(tmp_path, galaxies=10)
    with pytest.raises(MorphError, match="the name of a new release"):
        synthetic_release(tmp_path, galaxies=10)
    with pytest.raises(MorphError, match="release of 0 galaxies"):
        synthetic_release(tmp_path / "none", galaxies=0)
