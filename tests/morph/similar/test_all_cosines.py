"""Cosine similarities of all galaxies against numpy on the vectors as given."""

import numpy as np
import pytest

from morph.similar import all_cosines
from morph.similar.index import build_index, most_similar

GALAXIES, LENGTH = 700, 24


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    vectors = np.random.default_rng(3).normal(1, 2, (GALAXIES, LENGTH))
    vectors[7], vectors[8, 2] = 0, np.nan  # without features
    return vectors.astype(np.float16)


def by_hand(vectors: np.ndarray, query: np.ndarray) -> np.ndarray:
    wide = vectors.astype(float)
    with np.errstate(invalid="ignore"):
        return wide @ query / np.linalg.norm(wide, axis=1) / np.linalg.norm(query)


@pytest.mark.parametrize("rows_at_once", [64, 700, 4096])
def test_every_galaxy_has_its_cosine_whatever_the_blocks(
    vectors, monkeypatch, rows_at_once
):
    monkeypatch.setattr(all_cosines, "_ROWS_AT_ONCE", rows_at_once)
    told = []
    query = 5 * np.random.default_rng(4).normal(size=LENGTH)
    found = all_cosines.all_cosines(
        build_index(vectors), query, progress=lambda *one: told.append(one)
    )
    np.testing.assert_allclose(found, by_hand(vectors, query), rtol=0, atol=1e-14)
    assert np.flatnonzero(np.isnan(found)).tolist() == [7, 8]
    assert told[-1] == ("Comparing galaxies", GALAXIES, GALAXIES)
    assert len(told) == -(-GALAXIES // rows_at_once)


def test_they_are_those_of_a_search(vectors):
    index, query = build_index(vectors), vectors[0].astype(float)
    near = most_similar(index, query, count=50)
    found = all_cosines.all_cosines(index, query)
    np.testing.assert_allclose(found[near.rows], 1 - near.distance, atol=1e-14)
    assert np.argsort(-np.nan_to_num(found, nan=-2))[:50].tolist() == list(near.rows)
    assert found[0] == 1


def test_galaxies_outside_a_sample_have_none(vectors):
    rows = np.array([0, 5, 90])
    index = build_index(vectors[rows], rows=rows, galaxies=GALAXIES, drawn_from=600)
    query = np.ones(LENGTH)
    found = all_cosines.all_cosines(index, query)
    assert np.flatnonzero(np.isfinite(found)).tolist() == rows.tolist()
    np.testing.assert_allclose(found[rows], by_hand(vectors, query)[rows])
