"""Galaxies unlike the others are found by their features; artifacts are left out."""

import numpy as np
import pytest

from morph.errors import MorphError
from morph.odd.process import scores_of
from morph.odd.scores import METHODS, odd_scores
from tests.morph.release import test_folder as made


@pytest.fixture(scope="module")
def features():
    """Two crowds of 150, and five galaxies far from both; one without features."""
    rng = np.random.default_rng(0)
    crowds = rng.normal(0, 1, (300, 6)) + np.repeat([[0], [6]], 150, axis=0)
    odd = rng.normal(0, 1, (5, 6)) + 30 * rng.choice([-1, 1], (5, 6))
    return np.vstack([crowds, odd, np.zeros((1, 6))]).astype(np.float16)


@pytest.mark.parametrize("method", METHODS)
def test_the_odd_come_first_and_the_unknown_have_no_score(features, method):
    scores = odd_scores(features, method)
    assert scores.shape == (306,)
    assert np.isnan(scores[305]) and np.isfinite(scores[:305]).all()
    assert set(np.argsort(-scores[:305])[:5]) == {300, 301, 302, 303, 304}
    np.testing.assert_array_equal(odd_scores(features, method), scores)


def test_local_outlier_factor_is_local():
    """Beside a dense crowd: far in its own units, near in those of a wide crowd."""
    rng = np.random.default_rng(1)
    dense, wide = rng.normal(0, 0.01, (100, 3)) + 1, rng.normal(0, 5, (100, 3)) + 40
    beside = np.array([[1.5, 1.5, 1.5]])
    features = np.vstack([dense, wide, beside])
    assert np.argmax(odd_scores(features, "local_outlier_factor")) == 200


def test_few_galaxies_are_refused(features):
    with pytest.raises(MorphError, match="at least 20"):
        odd_scores(features[:19], "isolation_forest")


def test_scores_of_a_release_are_made_once_in_a_process(tmp_path):
    folder = made.write_whole(tmp_path / "releases" / "test-1")
    cache = tmp_path / "cache"
    cache.mkdir()
    scores = scores_of(folder, cache, "isolation_forest")
    assert len(scores) == len(made.NAMES)
    (file,) = cache.glob("odd-isolation_forest-*.npy")
    before = file.stat().st_mtime_ns
    np.testing.assert_array_equal(scores_of(folder, cache, "isolation_forest"), scores)
    assert file.stat().st_mtime_ns == before
