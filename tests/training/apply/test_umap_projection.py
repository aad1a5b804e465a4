"""The map keeps groups together; the trust measures preserved neighbours."""

from dataclasses import replace

import numpy as np
import pytest

from morph.runs.config_parts import ProjectionConfig
from training.apply.umap_projection import project

QUICK = ProjectionConfig(components=4, neighbours=10, epochs=30)


@pytest.fixture(scope="module")
def mapped():
    """Two groups of 40 far apart in 6 dimensions."""
    rng = np.random.default_rng(0)
    features = rng.standard_normal((80, 6)).astype(np.float16)
    features[40:] += 30
    return features, *project(features, QUICK, 1)


def test_groups_far_apart_stay_apart(mapped):
    _, place, _ = mapped
    first, second = place[:40], place[40:]
    apart = np.linalg.norm(first.mean(axis=0) - second.mean(axis=0))
    assert place.dtype == np.float32
    assert apart > 2 * max(first.std(), second.std())


def test_trust_is_the_share_of_neighbours_kept(mapped):
    features, place, trust = mapped
    wide = features.astype(np.float32)
    centred = wide - wide.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    components = centred @ axes[:4].T
    kept = []
    for points in (components, place):
        away = np.linalg.norm(points[:, None] - points[None], axis=2)
        np.fill_diagonal(away, np.inf)
        kept.append(np.argsort(away, axis=1)[:, :10])
    expected = [len(set(a) & set(b)) / 10 for a, b in zip(*kept, strict=True)]
    assert trust == pytest.approx(expected)


def test_the_same_seed_draws_the_same_map(mapped):
    features, place, _ = mapped
    assert np.array_equal(project(features, QUICK, 1)[0], place)


def test_without_epochs_the_map_is_the_first_two_principal_components(mapped):
    features, *_ = mapped
    at, trust = project(features, replace(QUICK, epochs=0), 1)
    wide = features.astype(np.float32)
    _, _, axes = np.linalg.svd(wide - wide.mean(axis=0), full_matrices=False)
    components = (wide - wide.mean(axis=0)) @ axes[:2].T
    signs = np.sign((components * at).sum(axis=0))
    np.testing.assert_allclose(at, components * signs, atol=1e-3)
    assert 0 < trust.mean() < 1
