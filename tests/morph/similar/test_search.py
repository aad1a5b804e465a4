"""Searches from examples against comparing all galaxies."""

import numpy as np
import pytest

from morph.errors import MorphError
from morph.similar.index import VectorIndex, build_index
from morph.similar.query import answer_direction, answers_in_common, query_vector
from morph.similar.search import (
    Course,
    Examples,
    Limits,
    direction,
    examples,
    find,
    may_be_found,
    most_typical,
)
from morph.trees.decision_tree import GZD5

GALAXIES = 500
BAR = GZD5.labels.index("bar_strong")


@pytest.fixture(scope="module")
def index() -> VectorIndex:
    vectors = np.random.default_rng(0).normal(size=(GALAXIES, 16))
    vectors[7] = 0  # without a vector
    return build_index(vectors, threads=2)


@pytest.fixture(scope="module")
def probability() -> np.ndarray:
    rng = np.random.default_rng(1)
    parts = [rng.dirichlet([2] * len(q.answers), GALAXIES) for q in GZD5.questions]
    return np.concatenate(parts, axis=1)


def examples_of(index, probability, like, unlike=()) -> Examples:
    rows = [*like, *unlike]
    return examples(index.of(rows), probability[rows], like, unlike)


@pytest.fixture
def wanted(index, probability) -> Examples:
    return examples_of(index, probability, [3, 20], [41])


def by_hand(index: VectorIndex, query: np.ndarray, left_out: set[int]) -> list[int]:
    """Rows by the angle between their vector and the query, the nearest first."""
    cosines = {
        row: vector @ query / np.linalg.norm(vector) / np.linalg.norm(query)
        for row, vector in enumerate(index.vectors)
        if row not in left_out and vector.any()
    }
    return sorted(cosines, key=lambda row: -cosines[row])


def test_found_are_the_nearest_to_likes_less_half_of_unlikes(index, wanted):
    found = find(index, wanted, Limits(), count=30)
    unit = {
        row: v / np.linalg.norm(v) for row, v in enumerate(index.vectors) if v.any()
    }
    query = (unit[3] + unit[20]) / 2 - unit[41] / 2
    assert list(found.similar.rows) == by_hand(index, query, {3, 20, 41})[:30]
    assert found.course is None and found.skipped == 0
    np.testing.assert_allclose(found.vector, query)
    np.testing.assert_array_equal(found.vector, found.like)


def test_a_course_moves_what_is_looked_for_but_not_what_is_in_common(index, wanted):
    way = np.eye(16)[0]
    course = Course("bar_strong", 0.5, 0.9, way)
    found = find(index, wanted, Limits(), course=course, count=10)
    plain = find(index, wanted, Limits(), count=10)
    np.testing.assert_array_equal(found.like, plain.like)
    common = plain.like / np.linalg.norm(plain.like)
    np.testing.assert_allclose(found.vector, common + np.log(9) * way)
    assert list(found.similar.rows) == by_hand(index, found.vector, {3, 20, 41})[:10]


def test_a_picture_is_one_more_to_be_like(index, probability, wanted):
    picture = np.arange(1.0, 17.0)
    more = wanted.and_picture(picture, probability[9])
    alike = query_vector(
        np.stack([index.vectors[3], index.vectors[20], picture]), index.vectors[[41]]
    )
    np.testing.assert_allclose(more.vector, alike)
    np.testing.assert_array_equal(more.answers, probability[[3, 20, 9]])
    assert (more.like, more.unlike) == ((3, 20), (41,))


def test_a_picture_alone_is_compared_with_every_galaxy(index, probability):
    nobody = examples_of(index, probability, [])
    picture = np.arange(1.0, 17.0)
    alone = nobody.and_picture(picture, probability[9])
    found = find(index, alone, Limits(), count=GALAXIES)
    assert list(found.similar.rows) == by_hand(index, picture, set())
    np.testing.assert_array_equal(found.allowed, index.known)
    assert found.skipped == 0


def test_the_mean_fraction_is_that_of_the_examples_where_it_is_known(
    index, probability
):
    known = probability.copy()
    known[20, BAR] = np.nan
    some = examples_of(index, known, [3, 20, 55])
    expected = (known[3, BAR] + known[55, BAR]) / 2
    assert some.mean_fraction("bar_strong", GZD5) == pytest.approx(expected)
    with pytest.raises(MorphError, match=r"'Strong bar'.*choose another answer"):
        examples_of(index, known, [20]).mean_fraction("bar_strong", GZD5)


def test_a_picture_without_answers_leaves_those_of_the_galaxies(index, probability):
    """As that of an encoder that has learnt no answers."""
    unknown = np.full(34, np.nan)
    both = examples_of(index, probability, [3]).and_picture(np.ones(16), unknown)
    found = find(index, both, Limits(), count=5)
    np.testing.assert_allclose(found.mean_answers, probability[3])
    alone = examples_of(index, probability, []).and_picture(np.ones(16), unknown)
    found = find(index, alone, Limits(), count=5)
    assert np.isnan(found.mean_answers).all()
    shown = probability[found.similar.rows]
    assert answers_in_common(found.mean_answers, shown, GZD5).empty


def test_every_limit_leaves_out_what_it_says(wanted):
    rng = np.random.default_rng(2)
    inside = rng.random(GALAXIES) < 0.7
    values = rng.uniform(14, 18, GALAXIES)
    values[[50, 60]] = np.nan
    ra, dec = np.full(GALAXIES, 180.0), np.linspace(0, 10, GALAXIES)  # 72 arcsec apart
    limits = Limits(inside, values, 1.0, (ra, dec))
    allowed, skipped = may_be_found(wanted, limits, galaxies=GALAXIES)

    middle = (values[3] + values[20]) / 2
    beside = {2, 4, 19, 21, 40, 42}
    expected = [
        inside[row]
        and abs(values[row] - middle) <= 1
        and row not in {3, 20, 41, *beside}
        for row in range(GALAXIES)
    ]
    np.testing.assert_array_equal(allowed, expected)
    assert skipped == len(beside)
    assert inside.sum() > allowed.sum()  # and the selection itself is as it was


def test_a_direction_is_learnt_from_those_whose_vector_and_answers_are_known(
    index, probability
):
    known = probability.copy()
    known[::5, BAR] = np.nan
    rows = [row for row in range(GALAXIES) if row % 5 and row != 7]
    expected = answer_direction(
        index.vectors[rows], known[rows], "smooth-or-featured_smooth", GZD5
    )
    learnt = direction(index, known.__getitem__, "smooth-or-featured_smooth", GZD5)
    np.testing.assert_allclose(learnt, expected)


def test_a_direction_of_many_is_learnt_from_a_sample_of_them(index, probability):
    label = "smooth-or-featured_smooth"
    once, again, other = (
        direction(index, probability.__getitem__, label, GZD5, sample=300, seed=seed)
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(once, again)
    assert not np.allclose(once, other)
    assert not np.allclose(once, direction(index, probability.__getitem__, label, GZD5))


@pytest.fixture(scope="module")
def clustered() -> VectorIndex:
    vectors = np.random.default_rng(0).normal(1, 1, size=(300, 8))
    vectors[::50] = 0  # without a vector
    return build_index(vectors, threads=2)


def by_middle(index: VectorIndex, rows: list[int], middle_of: list[int]) -> list[int]:
    """``rows`` by the angle to the mean direction of others, the nearest first."""
    unit = {
        row: index.vectors[row] / np.linalg.norm(index.vectors[row])
        for row in {*rows, *middle_of}
        if index.vectors[row].any()
    }
    middle = np.mean([unit[row] for row in middle_of if row in unit], axis=0)
    return sorted((r for r in rows if r in unit), key=lambda row: -unit[row] @ middle)


def test_typical_are_those_nearest_to_the_mean_direction_of_the_set(clustered):
    rows = np.arange(40, 160)
    expected = by_middle(clustered, list(rows), list(rows))
    assert list(most_typical(clustered, rows, count=12)) == expected[:12]
    everyone = most_typical(clustered, rows, count=500)
    assert list(everyone) == expected and not {50, 100, 150} & set(everyone)


def test_of_a_large_set_the_middle_is_that_of_a_sample(clustered):
    rows = np.arange(1, 300)
    known = rows[rows % 50 > 0]
    drawn = np.random.default_rng(4).choice(known, 20, replace=False)
    found = most_typical(clustered, rows, count=30, middle_of=20, seed=4)
    assert list(found) == by_middle(clustered, list(rows), list(drawn))[:30]


def test_without_any_vector_the_first_ones_stand_for_the_set(clustered):
    assert list(most_typical(clustered, np.array([0, 50, 100]), count=2)) == [0, 50]
