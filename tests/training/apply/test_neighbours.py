"""The nearest neighbours are those of all pairs compared in double precision."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from training.apply.neighbours import nearest_neighbours


def by_brute_force(points, count):
    """Distances and rows, of equal distances the first row first."""
    apart = points[:, None] - points[None]
    squares = (apart * apart).sum(axis=2)
    np.fill_diagonal(squares, np.inf)
    near = np.argsort(squares, axis=1, kind="stable")[:, :count]
    return np.sqrt(np.take_along_axis(squares, near, 1)), near


@pytest.fixture
def points():
    """300 points in 20 dimensions, far from 0, some of them equal or nearly so."""
    rng = np.random.default_rng(0)
    made = 50 + rng.standard_normal((300, 20))
    made[250:290] = made[7]  # more than the candidates that are compared at first
    made[290:] = made[:10] + 1e-7 * rng.standard_normal((10, 20))
    return made


@pytest.mark.parametrize("count", [1, 5, 15])
def test_they_are_those_of_brute_force(points, count):
    distances, near = nearest_neighbours(points, count)
    expected, rows = by_brute_force(points, count)
    np.testing.assert_allclose(distances, expected, rtol=1e-6, atol=1e-12)
    assert near.shape == rows.shape
    far = expected[:, -1] > 0  # equal points are neighbours in any order
    np.testing.assert_array_equal(near[far], rows[far])
    assert (near != np.arange(len(points))[:, None]).all()


def test_they_are_those_of_scikit_learn(points):
    some = points[:250].astype(np.float32)
    found = NearestNeighbors(n_neighbors=10, algorithm="brute").fit(some).kneighbors()
    distances, near = nearest_neighbours(some, 10)
    np.testing.assert_allclose(distances, found[0], rtol=1e-4)
    np.testing.assert_array_equal(near, found[1])


def test_all_other_points_may_be_asked_for(points):
    distances, near = nearest_neighbours(points[:30], 29)
    assert (np.sort(near, axis=1) != np.arange(30)[:, None]).any(axis=1).all()
    assert (np.diff(distances, axis=1) >= 0).all()
