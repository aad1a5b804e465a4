"""Errors by answer: by hand, by simulation, and without the noise of few votes."""

import numpy as np
import pytest

from morph.evaluation.answer_errors import errors_by_answer, errors_by_question
from morph.trees.decision_tree import GZD5, DecisionTree, Question

TREE = DecisionTree(
    "two",
    (
        Question("kind", "Kind", ("smooth", "featured"), ("Smooth", "Featured")),
        Question("bar", "Bar", ("yes", "no"), ("Bar", "No bar"), ("kind_featured",)),
    ),
)


def by_label(predicted: np.ndarray, votes: np.ndarray, **given):
    return errors_by_answer(predicted, votes, TREE, **given).set_index("label")


def test_errors_of_each_answer_by_hand():
    votes = np.array([[1, 9, 6, 2], [0, 4, 1, 3], [9, 1, 1, 1]])
    predicted = np.array(
        [[0.3, 0.7, 0.5, 0.5], [0.1, 0.9, 0.75, 0.25], [0.9, 0.1, 0, 1]]
    )
    found = by_label(predicted, votes)
    assert found["n"].tolist() == [3, 3, 2, 2]  # the third was not asked about a bar
    assert found["question"].tolist() == ["kind", "kind", "bar", "bar"]
    bar = found.loc["bar_yes"]
    off, variance = [0.5 - 0.75, 0.75 - 0.25], [0.75 * 0.25 / 7, 0.25 * 0.75 / 3]
    assert bar["bias"] == pytest.approx(np.mean(off))
    assert bar["mae"] == pytest.approx(np.mean(np.abs(off)))
    assert bar["rmse"] == pytest.approx(np.sqrt(np.mean(np.square(off))))
    assert bar["noise"] == pytest.approx(np.sqrt(np.mean(variance)))
    left = np.mean(np.square(off)) - np.mean(variance)
    assert bar["corrected_rmse"] == pytest.approx(np.sqrt(left))


@pytest.mark.parametrize("volunteers", [3, 10, 40])
def test_corrected_error_is_that_against_the_true_fractions(volunteers):
    random = np.random.default_rng(volunteers)
    share = np.full(20_000, 0.9)
    bar = random.uniform(0, 1, len(share))
    truth = np.column_stack([1 - share, share, bar, 1 - bar])
    kind = random.binomial(volunteers, share)
    votes_bar = random.binomial(volunteers, bar)
    votes = np.column_stack(
        [volunteers - kind, kind, votes_bar, volunteers - votes_bar]
    )
    predicted = truth + np.array([0.0, 0.0, 0.08, -0.08])
    found = by_label(predicted, votes).loc["bar_yes"]
    assert found["corrected_rmse"] == pytest.approx(0.08, abs=0.01)
    assert found["rmse"] > found["corrected_rmse"]
    assert found["rmse"] ** 2 == pytest.approx(
        found["noise"] ** 2 + found["corrected_rmse"] ** 2
    )


def test_a_single_vote_says_nothing_about_its_own_noise():
    votes = np.array([[0, 1, 1, 0], [0, 4, 2, 2]])
    predicted = np.array([[0.0, 1.0, 0.1, 0.9], [0.0, 1.0, 0.9, 0.1]])
    found = by_label(predicted, votes).loc["bar_yes"]
    assert found["n"] == 1
    assert found["corrected_rmse"] == pytest.approx(np.sqrt(0.4**2 - 0.25 / 3))


def test_noise_larger_than_the_error_gives_zero():
    votes = np.array([[0, 4, 2, 2]])
    predicted = np.array([[0.0, 1.0, 0.5, 0.5]])
    assert by_label(predicted, votes).loc["bar_yes", "corrected_rmse"] == 0


def test_only_well_voted_galaxies_where_asked_for():
    votes = np.array([[0, 35, 30, 5], [0, 34, 17, 17]])
    predicted = np.tile([0.0, 1.0, 0.5, 0.5], (2, 1))
    found = by_label(predicted, votes, more_votes_than=34)
    assert found["n"].tolist() == [1, 1, 1, 1]
    assert found.loc["bar_yes", "mae"] == pytest.approx(30 / 35 - 0.5)
    with pytest.raises(ValueError, match="more_votes_than is 0"):
        by_label(predicted, votes, more_votes_than=0)


def test_nobody_asked_is_no_number():
    found = by_label(np.full((1, 4), 0.5), np.array([[9, 1, 2, 2]]))
    assert found["n"].tolist() == [1, 1, 0, 0]
    assert found.loc["bar_yes"].drop(["question", "n"]).isna().all()


def test_questions_are_their_answers_together():
    random = np.random.default_rng(0)
    votes = random.integers(1, 12, (300, len(GZD5.labels)))
    predicted = random.uniform(0, 1, votes.shape)
    answers = errors_by_answer(predicted, votes, GZD5)
    table = errors_by_question(answers)
    assert table["question"].tolist() == [q.name for q in GZD5.questions]
    first = GZD5.columns(GZD5.questions[0])  # all galaxies reach it
    total = votes[:, first].sum(axis=1, keepdims=True)
    share = votes[:, first] / total
    off = predicted[:, first] - share
    noise = (share * (1 - share) / (total - 1)).mean()
    found = table.set_index("question").loc["smooth-or-featured"]
    assert found["n"] == 300
    assert found["mae"] == pytest.approx(np.abs(off).mean())
    assert found["rmse"] == pytest.approx(np.sqrt((off**2).mean()))
    assert found["corrected_rmse"] == pytest.approx(np.sqrt((off**2).mean() - noise))
