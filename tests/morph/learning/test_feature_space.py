"""Principal components of the features of a release."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from morph.learning.models.feature_space import components, open_space

RNG = np.random.default_rng(2)
FEATURES = (RNG.normal(size=(400, 6)) @ RNG.normal(size=(6, 6)) + 3).astype(np.float16)


def test_components_are_those_of_scikit_learn(tmp_path):
    space = open_space(FEATURES, tmp_path / "space.npy")
    pca = PCA(6).fit(FEATURES.astype(float))
    expected = pca.transform(FEATURES.astype(float))
    scale = pca.explained_variance_.mean() ** 0.5
    assert np.abs(space) == pytest.approx(np.abs(expected) / scale, abs=1e-3)
    assert space.var(axis=0, ddof=1).mean() == pytest.approx(1, abs=1e-3)


def test_galaxies_without_features_are_unknown_and_have_no_part(tmp_path):
    with_blanks = np.vstack([FEATURES, np.zeros((50, 6), np.float16)])
    space = open_space(with_blanks, tmp_path / "space.npy")
    assert np.isnan(space[400:]).all()
    assert components(with_blanks)[0] == pytest.approx(components(FEATURES)[0])


def test_the_copy_is_made_once(tmp_path):
    path = tmp_path / "space.npy"
    open_space(FEATURES, path)
    before = path.stat().st_mtime_ns
    open_space(FEATURES, path)
    assert path.stat().st_mtime_ns == before
