"""Queries, directions and common answers against worked cases."""

import numpy as np
import pytest
from scipy.special import expit, logit

from morph.errors import MorphError
from morph.similar.index import NoVector, build_index, most_similar
from morph.similar.query import (
    answer_direction,
    answer_vectors,
    answers_in_common,
    moved,
    query_vector,
)
from morph.trees.decision_tree import GZD5

STRONG = GZD5.labels.index("bar_strong")
SPIRAL = GZD5.labels.index("has-spiral-arms_yes")
ROUND = GZD5.labels.index("how-rounded_round")


def galaxies(count: int, seed: int = 0) -> np.ndarray:
    """Vote fractions of face-on featured galaxies, bars and arms going together."""
    rng = np.random.default_rng(seed)
    parts = [rng.dirichlet([2] * len(q.answers), count) for q in GZD5.questions]
    probability = np.concatenate(parts, axis=1)
    probability[:, 0:3] = [0.05, 0.9, 0.05]
    probability[:, 3:5] = [0.05, 0.95]
    common = rng.normal(size=count)
    arms = expit(common + rng.normal(size=count))
    strong = expit(common + rng.normal(size=count))
    probability[:, SPIRAL], probability[:, SPIRAL + 1] = arms, 1 - arms
    probability[:, STRONG] = strong
    probability[:, STRONG + 1] = (1 - strong) * 0.4
    probability[:, STRONG + 2] = (1 - strong) * 0.6
    return probability


def encoded(probability: np.ndarray, seed: int = 1) -> np.ndarray:
    """Features that hold the answers' log odds, and much that is no answer."""
    rng = np.random.default_rng(seed)
    odds = logit(np.clip(probability[:, [STRONG, SPIRAL, ROUND]], 1e-3, 1 - 1e-3))
    other = rng.normal(size=(len(probability), 3))
    mixing = np.random.default_rng(99).normal(size=(6, 64))
    return np.concatenate([odds, other], axis=1) @ mixing + 12


def test_several_examples_are_looked_for_by_their_mean_direction():
    positives = np.array([[2.0, 0, 0], [0, 5, 0]])
    negatives = np.array([[0, 0, 3.0]])
    np.testing.assert_allclose(query_vector(positives, negatives), [0.5, 0.5, -0.5])
    np.testing.assert_allclose(query_vector(positives), [0.5, 0.5, 0])
    np.testing.assert_allclose(query_vector(positives, np.empty((0, 3))), [0.5, 0.5, 0])


def test_a_negative_example_turns_the_result_away():
    vectors = np.array([[1.0, 0.1], [1, 1], [0.1, 1]])
    index = build_index(vectors, threads=1)
    like = query_vector(vectors[1:2], vectors[2:3])
    assert most_similar(index, like).rows[0] == 0


def test_examples_that_cancel_or_have_no_vector_are_refused():
    with pytest.raises(MorphError, match="cancel"):
        query_vector(np.array([[1.0, 0], [-1, 0]]))
    with pytest.raises(NoVector, match="1 of 2 examples cannot be compared"):
        query_vector(np.array([[1.0, 0], [0, 0]]))


def means_after(direction: np.ndarray, probability: np.ndarray, vectors: np.ndarray):
    """Mean bar and arms of what is found around galaxies moved from 0.3 to 0.8."""
    index = build_index(vectors, threads=2)
    means = []
    for row in np.flatnonzero(np.abs(probability[:, STRONG] - 0.3) < 0.05)[:30]:
        more = moved(vectors[row], direction, now=probability[row, STRONG], wanted=0.8)
        found = most_similar(index, more, count=20).rows
        means.append(probability[found][:, [STRONG, SPIRAL]].mean(axis=0))
    return np.mean(means, axis=0)


def test_direction_raises_one_answer_and_leaves_those_that_go_with_it():
    probability = galaxies(6000)
    vectors = encoded(probability)
    direction = answer_direction(vectors[:4000], probability[:4000], "bar_strong", GZD5)
    bar_before, arms_before = means_after(0 * direction, probability, vectors)
    bar, arms = means_after(direction, probability, vectors)
    assert bar_before < 0.4 and bar > 0.65
    assert abs(arms - arms_before) < 0.05
    barred = probability[:, STRONG] > 0.5  # a difference of means also adds arms
    naive = vectors[barred].mean(axis=0) - vectors[~barred].mean(axis=0)
    naive *= np.linalg.norm(direction) / np.linalg.norm(naive)
    assert means_after(naive, probability, vectors)[1] > arms_before + 0.15


def test_direction_is_the_coefficient_the_features_were_made_with():
    probability = galaxies(5000)
    vectors = encoded(probability)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / lengths
    direction = answer_direction(vectors, probability, "bar_strong", GZD5)
    mixing = np.random.default_rng(99).normal(size=(6, 64))[0]
    along = mixing - unit * (unit @ mixing)[:, None]  # what is left at length 1
    expected = (along / lengths).mean(axis=0)
    cosine = direction @ expected / np.linalg.norm(direction) / np.linalg.norm(expected)
    assert cosine > 0.98
    assert np.linalg.norm(direction) == pytest.approx(
        np.linalg.norm(expected), rel=0.15
    )


def test_to_want_what_is_there_moves_nothing():
    query = np.array([3.0, 4.0])
    same = moved(query, np.array([1.0, 1.0]), now=0.4, wanted=0.4)
    np.testing.assert_allclose(same, [0.6, 0.8])


def test_fractions_of_0_and_1_can_be_wanted():
    gone = moved(np.array([1.0, 0]), np.array([0, 1.0]), now=1.0, wanted=0.0)
    assert np.isfinite(gone).all() and gone[1] < 0


def test_a_question_hardly_anybody_is_asked_has_no_direction():
    probability = galaxies(200)
    with pytest.raises(MorphError, match="only 10 of 200 galaxies reach"):
        answer_direction(encoded(probability), probability, "how-rounded_round", GZD5)


def test_galaxies_asked_and_answered_alike_have_answer_vectors_of_cosine_one():
    probability = galaxies(50)
    probability[1] = probability[0]
    vectors = answer_vectors(probability, GZD5)
    assert vectors.shape == (50, 34)
    found = most_similar(build_index(vectors, threads=1), vectors[0], count=2)
    assert set(found.rows) == {0, 1}
    np.testing.assert_allclose(found.distance, 0, atol=1e-6)


def test_answers_to_a_question_nobody_is_asked_do_not_separate_galaxies():
    probability = galaxies(2)
    probability[1] = probability[0]
    probability[:, 0:3] = [0, 1, 0]  # never asked how rounded it is
    rounded = slice(ROUND, ROUND + 3)
    probability[0, rounded], probability[1, rounded] = [1, 0, 0], [0, 0, 1]
    one, other = answer_vectors(probability, GZD5)
    np.testing.assert_allclose(one, other)


def test_a_question_that_is_left_out_does_not_count_nor_what_it_leads_to():
    probability = galaxies(3)
    whole = answer_vectors(probability, GZD5)
    edge_on = GZD5.columns(GZD5.question("disk-edge-on"))
    probability[:, edge_on] = np.nan
    some = answer_vectors(probability, GZD5, without=("disk-edge-on",))
    counted = ["smooth-or-featured", "how-rounded", "merging"]  # reached without it
    columns = [i for n in counted for i in np.r_[GZD5.columns(GZD5.question(n))]]
    np.testing.assert_array_equal(some[:, columns], whole[:, columns])
    assert not np.delete(some, columns, axis=1).any()
    assert np.isnan(probability[:, edge_on]).all()  # the argument is as it was


def test_a_direction_needs_no_fractions_of_a_question_that_nobody_has():
    probability = galaxies(2000)
    vectors = encoded(probability)
    merging = GZD5.columns(GZD5.question("merging"))
    whole = answer_direction(vectors, probability, "bar_strong", GZD5)
    probability[:, merging] = np.nan
    some = answer_direction(vectors, probability, "bar_strong", GZD5)
    cosine = some @ whole / np.linalg.norm(some) / np.linalg.norm(whole)
    assert cosine > 0.99
    with pytest.raises(MorphError, match="only 0 of 2,000 galaxies reach"):
        answer_direction(vectors, probability, "merging_none", GZD5)


def test_cosine_of_answer_vectors_is_bhattacharyyas_coefficient():
    probability = galaxies(2)
    probability[:, 0:3] = [[0.2, 0.8, 0], [0.6, 0.4, 0]]
    one, other = answer_vectors(probability, GZD5)[:, :3]
    expected = np.sqrt(0.2 * 0.6) + np.sqrt(0.8 * 0.4)
    assert one @ other == pytest.approx(expected)


def test_reasons_are_the_asked_questions_answered_most_alike():
    query, found = galaxies(2)
    for place, (one, other) in {SPIRAL: (0.9, 0.88), STRONG: (0.6, 0.5)}.items():
        query[place], found[place] = one, other
    query[SPIRAL + 1], found[SPIRAL + 1] = 0.1, 0.12
    query[STRONG + 1 : STRONG + 3] = found[STRONG + 1 : STRONG + 3] = 0.2
    table = answers_in_common(query, found[None], GZD5, count=8)
    assert table["difference"].abs().is_monotonic_increasing
    reasons = table.set_index("label")
    assert reasons.loc["has-spiral-arms_yes", "difference"] == pytest.approx(-0.02)
    assert reasons.loc["bar_strong", "query"] == 0.6
    assert reasons.loc["bar_strong", "found"] == 0.5
    assert "smooth-or-featured_featured-or-disk" in reasons.index
    assert not any(label.startswith("how-rounded") for label in reasons.index)


def test_reasons_for_several_galaxies_compare_their_mean():
    query, one, other = galaxies(3)
    table = answers_in_common(query, np.stack([one, other]), GZD5).set_index("label")
    label = "smooth-or-featured_featured-or-disk"
    assert table.loc[label, "found"] == pytest.approx(0.9)
    assert len(table) == 5
