"""Similarity against comparing all pairs in double precision."""

import numpy as np
import pytest

from morph.similar.index import (
    NoVector,
    all_distances,
    build_index,
    most_similar,
    nearest_distances,
    share_nearer,
)


def features(galaxies: int = 6000, length: int = 96, seed: int = 0) -> np.ndarray:
    """Clusters, as an encoder with rectified outputs gives them, in half precision."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(20, 12))
    low = centres[rng.integers(0, 20, galaxies)] + 0.6 * rng.normal(size=(galaxies, 12))
    mixed = low @ rng.normal(size=(12, length)) + 0.2 * rng.normal(
        size=(galaxies, length)
    )
    return np.maximum(mixed, 0).astype(np.float16)


FEATURES = features()
INDEX = build_index(FEATURES, threads=3)


def true_distances(vectors: np.ndarray, query: np.ndarray) -> np.ndarray:
    vectors, query = vectors.astype(float), query.astype(float)
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(query)
    return 1 - vectors @ query / lengths


@pytest.mark.parametrize("row", [0, 17, 1999, 2000, 5999])
def test_result_is_that_of_double_precision_throughout(row):
    found = most_similar(INDEX, FEATURES[row], count=100)
    distance = true_distances(FEATURES, FEATURES[row])
    expected = np.argsort(distance, kind="stable")[:100]
    np.testing.assert_array_equal(found.rows, expected)
    np.testing.assert_allclose(found.distance, distance[expected], atol=1e-12)
    assert found.rows[0] == row and found.distance[0] == pytest.approx(0, abs=1e-12)


def test_a_sample_is_searched_by_the_rows_of_its_release():
    rows = np.sort(np.random.default_rng(1).choice(6000, 2000, replace=False))
    sample = build_index(
        FEATURES[rows], rows=rows, galaxies=6000, drawn_from=6000, threads=3
    )
    assert sample.is_sample and not INDEX.is_sample
    np.testing.assert_array_equal(np.flatnonzero(sample.known), rows)
    np.testing.assert_array_equal(sample.of(rows[[5, 2]]), FEATURES[rows[[5, 2]]])
    allowed = np.arange(6000) % 3 > 0
    found = most_similar(sample, FEATURES[0], allowed=allowed, count=40)
    distance = true_distances(FEATURES, FEATURES[0])
    expected = [row for row in np.argsort(distance, kind="stable") if row in rows]
    assert found.rows.tolist() == [row for row in expected if allowed[row]][:40]
    assert len(all_distances(sample, FEATURES[0], allowed=allowed)) == sum(
        allowed[rows]
    )
    assert len(nearest_distances(sample, sample=50)) == 50


def test_an_index_of_nothing_finds_nothing():
    empty = build_index(np.empty((0, 5)), rows=np.empty(0, np.int64), galaxies=7)
    assert len(most_similar(empty, np.ones(5)).rows) == 0
    assert len(nearest_distances(empty)) == 0


def test_half_precision_alone_would_not_give_that_order():
    """Vectors closer together than half precision tells apart are still in order."""
    rng = np.random.default_rng(0)
    close = 1 + 1e-3 * rng.normal(size=(5000, 64))
    found = most_similar(build_index(close, threads=2), close[7], count=50)
    distance = true_distances(close, close[7])
    np.testing.assert_array_equal(found.rows, np.argsort(distance)[:50])
    rounded = (close / np.linalg.norm(close, axis=1)[:, None]).astype(np.float16)
    rough = true_distances(rounded, rounded[7])
    assert (np.argsort(rough)[:50] != found.rows).any()


def test_only_allowed_galaxies_are_found_and_none_is_missed():
    allowed = np.random.default_rng(1).random(len(FEATURES)) < 0.05
    found = most_similar(INDEX, FEATURES[3], allowed=allowed, count=80)
    distance = np.where(allowed, true_distances(FEATURES, FEATURES[3]), np.inf)
    np.testing.assert_array_equal(found.rows, np.argsort(distance)[:80])


@pytest.mark.parametrize("galaxies", [0, 1, 30])
def test_a_small_selection_gives_all_it_has(galaxies):
    allowed = np.zeros(len(FEATURES), dtype=bool)
    allowed[5000 : 5000 + galaxies] = True  # all in one part of the index
    found = most_similar(INDEX, FEATURES[3], allowed=allowed, count=80)
    assert sorted(found.rows) == list(range(5000, 5000 + galaxies))
    assert (np.diff(found.distance) >= 0).all()


def test_more_neighbours_than_galaxies_are_all_of_them():
    found = most_similar(INDEX, FEATURES[0], count=10_000)
    assert sorted(found.rows) == list(range(len(FEATURES)))


def test_equal_galaxies_stand_in_row_order():
    vectors = np.tile(FEATURES[:1], (900, 1))
    found = most_similar(build_index(vectors, threads=2), vectors[5], count=10)
    np.testing.assert_array_equal(found.rows, np.arange(10))


def test_length_of_a_vector_does_not_matter():
    scaled = build_index(FEATURES.astype(np.float32) * 37.5, threads=1)
    np.testing.assert_array_equal(
        most_similar(scaled, FEATURES[9]).rows, most_similar(INDEX, FEATURES[9]).rows
    )


def test_galaxies_without_a_vector_are_never_found():
    vectors = FEATURES[:500].astype(np.float32)
    vectors[[3, 7]] = 0
    vectors[11, 4] = np.nan
    index = build_index(vectors, threads=2)
    found = most_similar(index, vectors[0], count=500)
    assert sorted(found.rows) == sorted(set(range(500)) - {3, 7, 11})
    assert len(all_distances(index, vectors[0])) == 497
    for row in (3, 11):
        with pytest.raises(NoVector, match="its features, or its vote fractions"):
            most_similar(index, vectors[row])


def test_fewer_galaxies_than_threads_are_no_trouble():
    index = build_index(FEATURES[:3], threads=8)
    assert len(most_similar(index, FEATURES[0]).rows) == 3


def test_histogram_has_the_distance_of_every_allowed_galaxy():
    allowed = np.arange(len(FEATURES)) % 3 == 0
    found = np.sort(all_distances(INDEX, FEATURES[8], allowed=allowed))
    expected = np.sort(true_distances(FEATURES, FEATURES[8])[allowed])
    np.testing.assert_allclose(found, expected, atol=5e-4)


def test_nearest_distances_leave_the_galaxy_itself_out():
    nearest = nearest_distances(INDEX, sample=60, seed=2)
    rows = np.sort(np.random.default_rng(2).choice(6000, 60, replace=False))
    expected = [np.sort(true_distances(FEATURES, FEATURES[row]))[1] for row in rows]
    np.testing.assert_allclose(nearest, np.sort(expected), atol=5e-4)


def test_a_query_unlike_everything_is_told_by_its_nearest_distance():
    nearest = nearest_distances(INDEX, sample=200)
    strange = np.zeros(96)
    strange[0] = 1
    ordinary = most_similar(INDEX, FEATURES[4], count=2).distance[1]
    assert share_nearer(nearest, most_similar(INDEX, strange).distance[0]) > 0.99
    assert share_nearer(nearest, ordinary) < 0.99
    assert share_nearer(nearest, 0) == 0


def test_building_tells_how_far_it_is():
    told = []
    build_index(FEATURES, threads=2, progress=lambda *at: told.append(at))
    assert told == [(3000, 6000), (6000, 6000)]


def test_the_memory_of_an_index_is_that_of_its_vectors_and_their_copies():
    vectors = np.random.default_rng(0).random((500, 34), dtype=np.float32)
    rows = np.arange(0, 1500, 3)
    index = build_index(vectors, rows=rows, galaxies=1500, drawn_from=900, threads=2)
    assert index.is_sample
    copies = sum(part.ntotal * part.sa_code_size() for part in index.parts)
    assert copies == 500 * 34 * 2
    held = vectors.nbytes + rows.nbytes + index.known.nbytes + copies
    assert index.bytes == held == 500 * 34 * 6 + 500 * 8 + 1500
