"""Errors of vote fractions against values worked by hand and by simulation."""

import numpy as np
import pandas as pd
import pytest

from morph.evaluation.vote_fraction_errors import evaluate_fractions, mean_fractions
from morph.trees.decision_tree import GZD5, DecisionTree, Question

TREE = DecisionTree(
    "two",
    (
        Question("kind", "Kind", ("smooth", "featured"), ("Smooth", "Featured")),
        Question("bar", "Bar", ("yes", "no"), ("Bar", "No bar"), ("kind_featured",)),
    ),
)
TRUTH = np.array(
    [
        [0.2, 0.8, 1.0, 0.0],
        [0.4, 0.6, 0.5, 0.5],
        [0.9, 0.1, 0.0, 1.0],  # the bar question is asked of 1 in 10: it does not count
    ]
)


def errors(predicted: np.ndarray, truth: np.ndarray) -> pd.DataFrame:
    return evaluate_fractions(predicted, truth, TREE, constant=np.full((1, 4), 0.5))


def test_errors_are_over_answers_and_galaxies_that_were_asked():
    predicted = TRUTH.copy()
    predicted[0] += [0.3, -0.3, -0.1, 0.1]
    predicted[2] += [0.0, 0.0, 0.9, -0.9]
    table = errors(predicted, TRUTH)
    assert table["rmse"].tolist() == pytest.approx([np.sqrt(0.03), np.sqrt(0.005)])
    assert table["mae"].tolist() == pytest.approx([0.3 / 3, 0.1 / 2])
    assert table["n"].tolist() == [3, 2]


def test_perfect_predictions_have_no_error():
    assert errors(TRUTH, TRUTH)["rmse"].tolist() == [0, 0]


def test_a_question_nobody_was_asked_has_no_number():
    smooth = np.array([[1.0, 0.0, 0.5, 0.5]])
    rmse = errors(smooth, smooth)["rmse"]
    assert rmse[0] == 0
    assert np.isnan(rmse[1])


def test_galaxies_without_votes_on_a_question_do_not_count_for_it():
    truth = np.vstack([TRUTH, np.full((1, 4), np.nan)])
    truth[0, 2:] = np.nan
    table = errors(np.full((4, 4), 0.5), truth)
    assert table["n"].tolist() == [3, 1]
    expected = [np.sqrt((0.09 + 0.01 + 0.16) / 3), 0]
    assert table["rmse"].tolist() == pytest.approx(expected)


def test_the_constant_is_the_mean_fraction_where_asked():
    constant = mean_fractions(TRUTH, TREE)
    np.testing.assert_allclose(constant, [[0.5, 0.5, 0.75, 0.25]])
    smooth = np.array([[1.0, 0.0, 0.2, 0.8]])
    np.testing.assert_allclose(mean_fractions(smooth, TREE), [[1.0, 0.0, 0.5, 0.5]])


def test_no_other_constant_has_a_smaller_error_than_the_mean_fraction():
    random = np.random.default_rng(0)
    truth = np.hstack([random.dirichlet([1, 3], 500), random.dirichlet([2, 1], 500)])
    mean = mean_fractions(truth, TREE)
    best = evaluate_fractions(truth, truth, TREE, constant=mean)["constant_rmse"]
    for _ in range(20):
        other = random.dirichlet([5, 5], 2).reshape(1, 4)
        table = evaluate_fractions(truth, truth, TREE, constant=other)
        assert (table["constant_rmse"] >= best).all()


def test_a_question_is_learnt_when_it_beats_the_constant_by_a_tenth():
    truth = np.array([[0.0, 1.0, 0.0, 1.0], [0.0, 1.0, 1.0, 0.0]])
    constant = np.array([[0.5, 0.5, 0.5, 0.5]])
    for error, learnt in ((0.46, False), (0.44, True)):
        predicted = np.abs(truth - error)
        table = evaluate_fractions(predicted, truth, TREE, constant=constant)
        assert table["question"].tolist() == ["kind", "bar"]
        assert table["n"].tolist() == [2, 2]
        np.testing.assert_allclose(table["rmse"], error)
        np.testing.assert_allclose(table["mae"], error)
        np.testing.assert_allclose(table["constant_rmse"], 0.5)
        np.testing.assert_allclose(table["skill"], 1 - error / 0.5)
        assert table["learnt"].tolist() == [learnt, learnt]


def test_the_error_of_an_error_is_that_of_other_draws_of_galaxies():
    random = np.random.default_rng(0)
    truth = np.hstack([random.dirichlet([1, 9], 400), random.dirichlet([2, 1], 400)])
    predicted = 0.7 * truth + 0.15
    predicted[::7] = 0.5
    found = errors(predicted, truth)["rmse_error"]
    again = []
    for _ in range(400):
        rows = random.integers(0, 400, 400)
        again.append(errors(predicted[rows], truth[rows])["rmse"])
    np.testing.assert_allclose(found, np.std(again, axis=0), rtol=0.12)


def test_what_cannot_be_judged_is_not_learnt():
    smooth = np.array([[1.0, 0.0, 0.5, 0.5]])
    table = evaluate_fractions(smooth, smooth, TREE, constant=smooth)
    assert table["learnt"].tolist() == [False, False]
    assert table["n"].tolist() == [1, 0]
    assert table["skill"].isna().all() and table["rmse_error"].isna().all()


def test_ten_questions_have_ten_errors():
    random = np.random.default_rng(1)
    truth = np.hstack(
        [random.dirichlet(np.ones(len(q.answers)), 50) for q in GZD5.questions]
    )
    constant = mean_fractions(truth, GZD5)
    table = evaluate_fractions(truth, truth, GZD5, constant=constant)
    assert table["question"].tolist() == [q.name for q in GZD5.questions]
    assert (table.loc[table["n"] > 1, "skill"] == 1).all()


def test_predictions_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"predicted has shape \(2, 4\); expected"):
        errors(TRUTH[:2], TRUTH)
    with pytest.raises(ValueError, match=r"expected \(N, 4\)"):
        errors(TRUTH[:, :3], TRUTH[:, :3])
