"""The most typical galaxies of a set, against the angles to their mean by hand."""

import numpy as np
import pytest

from morph.similar.index import VectorIndex, build_index
from morph.similar.typical import most_typical


@pytest.fixture(scope="module")
def index() -> VectorIndex:
    vectors = np.random.default_rng(0).normal(1, 1, size=(300, 8))
    vectors[::50] = 0  # without a vector
    return build_index(vectors, threads=2)


def by_hand(index: VectorIndex, rows: list[int], middle_of: list[int]) -> list[int]:
    """``rows`` by the angle to the mean direction of others, the nearest first."""
    unit = {
        row: index.vectors[row] / np.linalg.norm(index.vectors[row])
        for row in {*rows, *middle_of}
        if index.vectors[row].any()
    }
    middle = np.mean([unit[row] for row in middle_of if row in unit], axis=0)
    return sorted((r for r in rows if r in unit), key=lambda row: -unit[row] @ middle)


def test_typical_are_those_nearest_to_the_mean_direction_of_the_set(index):
    rows = np.arange(40, 160)
    expected = by_hand(index, list(rows), list(rows))
    assert list(most_typical(index, rows, count=12)) == expected[:12]
    everyone = most_typical(index, rows, count=500)
    assert list(everyone) == expected and not {50, 100, 150} & set(everyone)


def test_of_a_large_set_the_middle_is_that_of_a_sample(index):
    rows = np.arange(1, 300)
    known = rows[rows % 50 > 0]
    drawn = np.random.default_rng(4).choice(known, 20, replace=False)
    found = most_typical(index, rows, count=30, middle_of=20, seed=4)
    assert list(found) == by_hand(index, list(rows), list(drawn))[:30]


def test_without_any_vector_the_first_ones_stand_for_the_set(index):
    assert list(most_typical(index, np.array([0, 50, 100]), count=2)) == [0, 50]
