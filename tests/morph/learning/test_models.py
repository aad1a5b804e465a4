"""The models, their folds and their evaluation, on made features."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import LogisticRegression

from morph.learning.judging import evaluation, learning_curve
from morph.learning.judging.evaluation import evaluate, predictions
from morph.learning.models import answer_model
from morph.learning.models.answer_model import fit_answers, fit_once, log_loss
from morph.learning.models.folds import folds
from morph.learning.models.rating_model import fit_ratings
from morph.learning.training_labels import Problem

RNG = np.random.default_rng(11)
N = 240
X = RNG.normal(size=(N, 8))
TRUE = expit(2 * X[:, 0] - X[:, 1])
BAR = (RNG.random(N) < TRUE).astype(int)
THREE = np.digitize(X[:, 0] + 0.7 * RNG.normal(size=N), [-0.6, 0.6])
RATINGS = np.clip(np.round(2.5 + X[:, 0] + 0.4 * RNG.normal(size=N)), 0, 5)
EVERYONE = np.arange(N)


def problem(given, answers, *, is_rating=False):
    return Problem("", answers, EVERYONE[: len(given)], given, is_rating)


YES_NO = problem(BAR, ("no", "yes"))
RATED = problem(RATINGS, tuple("012345"), is_rating=True)


def test_one_member_is_the_logistic_regression_of_scikit_learn():
    for given, answers in ((BAR, 2), (THREE, 3)):
        ours = fit_once(X, given, answers=answers, strength=0.1)
        theirs = LogisticRegression(C=0.1, max_iter=1000).fit(X, given)
        expected = theirs.predict_proba(X)
        assert ours.probabilities(X) == pytest.approx(expected, abs=1e-3)


def test_the_strength_has_the_smallest_log_loss_of_unseen_galaxies():
    model = fit_answers(X, BAR, EVERYONE, answers=2, seed=4)
    losses = {}
    for strength in answer_model.STRENGTHS:
        logits = np.zeros((N, 2))
        for fit, test in folds(BAR, EVERYONE, number=4, seed=4):
            one = LogisticRegression(C=strength, max_iter=1000).fit(X[fit], BAR[fit])
            logits[test, 1] = one.decision_function(X[test])
        losses[strength] = log_loss(logits, BAR)
    assert model.strength == min(losses, key=losses.get)


def test_probabilities_are_those_that_the_answers_were_drawn_with():
    rng = np.random.default_rng(0)
    x, unseen = rng.normal(size=(2000, 3)), rng.normal(size=(2000, 3))
    given = (rng.random(2000) < expit(2 * x[:, 0] - x[:, 1])).astype(int)
    model = fit_answers(x, given, np.arange(2000), answers=2, seed=0, members=4)
    found = model.probabilities(unseen)[:, 1]
    assert np.abs(found - expit(2 * unseen[:, 0] - unseen[:, 1])).mean() < 0.03


def test_members_disagree_less_with_more_labels():
    def spread(number):
        model = fit_answers(
            X[:number], BAR[:number], EVERYONE[:number], answers=2, seed=0
        )
        return model.members(X).std(axis=0).mean()

    assert spread(N) < 0.7 * spread(40)


def test_an_answer_that_a_part_lacks_is_improbable_not_impossible():
    two = THREE[THREE < 2]
    model = fit_once(X[THREE < 2], two, answers=3, strength=1.0)
    found = model.probabilities(X)
    assert 0 < found[:, 2].max() < 0.01
    assert found.sum(axis=1) == pytest.approx(np.ones(N))
    only = fit_once(X[:5], np.ones(5, int), answers=3, strength=1.0)
    assert only.probabilities(X).argmax(axis=1).tolist() == [1] * N


def test_galaxies_of_a_group_are_never_on_both_sides():
    groups = EVERYONE // 3
    for fit, test in folds(THREE, groups, seed=0):
        assert not set(groups[fit]) & set(groups[test])
    tested = np.concatenate([test for _, test in folds(THREE, groups, seed=0)])
    assert sorted(tested) == EVERYONE.tolist()


def test_a_duplicate_does_not_help_to_predict_itself():
    """Random answers cannot be predicted, even if each galaxy is there twice."""
    noise = np.repeat(RNG.normal(size=(60, 8)), 2, axis=0)
    given = np.repeat(RNG.integers(0, 2, 60), 2)
    groups = np.arange(120) // 2
    twice = Problem("", ("a", "b"), np.arange(120), given)
    found = evaluate(
        twice, noise, groups, plain=None, at_random=np.ones(120, bool), seed=0
    )
    assert not found.learnt
    apart = evaluate(
        twice, noise, np.arange(120), plain=None, at_random=np.ones(120, bool), seed=0
    )
    (roc,) = (row for row in apart.judged if row.score == "roc")
    (honest,) = (row for row in found.judged if row.score == "roc")
    assert roc.model.value > honest.model.value  # what grouping prevents


def test_a_process_is_that_of_scikit_learn():
    model = fit_ratings(X, RATINGS, seed=0)
    scaled = (X - X.mean(axis=0)) / X.std(axis=0)
    theirs = GaussianProcessRegressor(model.kernel, optimizer=None, normalize_y=True)
    theirs.fit(scaled, RATINGS)
    unseen = RNG.normal(size=(50, 8))
    mean, error = theirs.predict(
        (unseen - X.mean(axis=0)) / X.std(axis=0), return_std=True
    )
    ours, ours_error = model.predict(unseen)
    assert ours == pytest.approx(mean)
    assert (ours_error**2 + model.noise**2) ** 0.5 == pytest.approx(error)


def test_an_unusual_galaxy_gets_the_mean_and_a_large_uncertainty():
    model = fit_ratings(X, RATINGS, seed=0)
    mean, error = model.predict(np.vstack([np.full(8, 1e4), X[0]]))
    assert mean[0] == pytest.approx(RATINGS.mean(), abs=0.05)
    assert error[0] > 2 * error[1]


def test_scores_are_of_galaxies_not_fitted_to():
    found = evaluate(
        YES_NO, X, EVERYONE, plain=X[:, 2:4], at_random=EVERYONE < 60, seed=0
    )
    by_score = {row.score: row for row in found.judged}
    assert list(by_score) == ["accuracy", "balanced", "roc", "precision"]
    assert by_score["accuracy"].chance == max(BAR.mean(), 1 - BAR.mean())
    assert by_score["precision"].chance == pytest.approx(1 - BAR.mean())  # of "no"
    roc = by_score["roc"]
    assert roc.model.low > 0.7 and found.learnt
    assert roc.plain.low < 0.5 < roc.plain.high  # these numbers tell nothing
    assert roc.more.value == pytest.approx(roc.model.value - roc.plain.value)
    assert roc.more.low > 0
    assert (found.at_random, roc.at_random is not None) == (60, True)
    assert found.of_answer == {"no": int((BAR == 0).sum()), "yes": int(BAR.sum())}
    assert set(found.by_answer) == {"no", "yes"}


def test_what_has_nothing_to_do_with_the_features_is_not_learnt():
    random = problem(RNG.integers(0, 2, N), ("no", "yes"))
    found = evaluate(
        random, X, EVERYONE, plain=None, at_random=np.ones(N, bool), seed=0
    )
    assert not found.learnt


def test_strength_and_temperature_are_chosen_inside_each_fold(monkeypatch):
    seen = []
    fitted = answer_model.fit_answers

    def spied(x, given, groups, **more):
        seen.append(len(x))
        return fitted(x, given, groups, **more)

    monkeypatch.setattr(evaluation, "fit_answers", spied)
    predictions(YES_NO, X, EVERYONE, seed=0)
    assert seen == [N - N // 5] * 5


def test_ratings_are_judged_by_their_error():
    found = evaluate(
        RATED, X, EVERYONE, plain=X[:, 3:5], at_random=np.ones(N, bool), seed=0
    )
    (row,) = found.judged
    assert (row.score, row.chance) == ("rmse", RATINGS.std())
    assert 0.4 < row.model.value < 0.75 < row.chance and found.learnt
    assert row.more.high < 0  # a smaller error than of the other numbers


def test_the_curve_is_measured_on_parts_of_the_labels():
    found = learning_curve.learning_curve(
        YES_NO, X, EVERYONE, strength=1.0, kernel=None, seed=0
    )
    assert found.labels == (38, 67, 96, 134, 163, 192)  # of 192 in each fold
    values = [one.value for one in found.measured]
    slope = np.polyfit(np.log2(found.labels), values, 1)[0]
    assert found.more == 50
    assert found.gain.value == pytest.approx(slope * np.log2((N + 50) / N))
    assert values[-1] > values[0]


def test_the_curve_of_ratings_falls():
    kernel = fit_ratings(X, RATINGS, seed=0).kernel
    found = learning_curve.learning_curve(
        RATED, X, EVERYONE, strength=1.0, kernel=kernel, seed=0
    )
    assert found.score == "rmse"
    assert found.gain.value < 0 and found.gain.high < 0


def test_few_labels_are_not_extrapolated_beyond_twice_their_number():
    few = problem(BAR[:30], ("no", "yes"))
    found = learning_curve.learning_curve(
        few, X[:30], EVERYONE[:30], strength=1.0, kernel=None, seed=0
    )
    assert found.more == 30
    assert min(found.labels) >= learning_curve.LEAST
