"""Accuracy on confident galaxies, against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    cohen_kappa_score,
    precision_recall_fscore_support,
)

from morph.evaluation.accuracy import (
    CONFIDENT,
    MAJORITY,
    cohens_kappa,
    confident_accuracy,
)
from morph.trees.decision_tree import GZD5

L = len(GZD5.labels)


def column(label: str) -> int:
    return GZD5.labels.index(label)


def galaxy(**counts: int) -> np.ndarray:
    """Counts of one galaxy, by label with _ for -; all others are 0."""
    votes = np.zeros(L)
    for name, count in counts.items():
        label = next(x for x in GZD5.labels if x.replace("-", "_") == name)
        votes[column(label)] = count
    return votes


def as_predicted(votes: np.ndarray) -> np.ndarray:
    """A model that says what the volunteers say, and equal shares where none did."""
    predicted = np.empty_like(votes)
    for question in GZD5.questions:
        own = votes[:, GZD5.columns(question)] + 1e-3
        predicted[:, GZD5.columns(question)] = own / own.sum(axis=1, keepdims=True)
    return predicted


BARRED = {
    "smooth_or_featured_smooth": 2,
    "smooth_or_featured_featured_or_disk": 38,
    "disk_edge_on_no": 38,
    "bar_strong": 35,
    "bar_no": 3,
}
ROUND = {"smooth_or_featured_smooth": 40, "how_rounded_round": 40}


def row(table, question: str):
    return table.set_index("question").loc[question]


def test_a_model_that_says_what_volunteers_say_is_always_right():
    votes = np.stack([galaxy(**BARRED), galaxy(**ROUND)])
    table = confident_accuracy(as_predicted(votes), votes, GZD5)
    assert row(table, "smooth-or-featured")[["n", "accuracy"]].tolist() == [2, 1.0]
    assert row(table, "bar")[["n", "right", "precision", "f1"]].tolist() == [1, 1, 1, 1]
    assert row(table, "spiral-winding")["n"] == 0
    assert np.isnan(row(table, "spiral-winding")["accuracy"])


def test_sent_another_way_down_the_tree_it_is_wrong_on_all_that_follows():
    """The model sees the strong bar, but takes the galaxy to be edge-on."""
    votes = np.stack([galaxy(**BARRED)] * 2)
    predicted = as_predicted(votes)
    predicted[1, column("disk-edge-on_yes")] = 1.0
    predicted[1, column("disk-edge-on_no")] = 0.0
    bar = row(confident_accuracy(predicted, votes, GZD5), "bar")
    assert (bar["n"], bar["right"], bar["accuracy"]) == (2, 1, 0.5)
    assert bar["precision"] == 1.0  # of those it called strong, all are
    assert bar["f1"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(("threshold", "counts"), [(MAJORITY, 1), (CONFIDENT, 0)])
def test_only_clear_galaxies_with_many_votes_count(threshold, counts):
    unsure = BARRED | {"bar_strong": 25, "bar_no": 13}
    few = {name: count // 2 for name, count in BARRED.items()}
    votes = np.stack([galaxy(**unsure), galaxy(**few)])
    table = confident_accuracy(as_predicted(votes), votes, GZD5, threshold=threshold)
    assert row(table, "bar")["n"] == counts


def test_an_unclear_answer_on_the_way_leaves_the_galaxy_out():
    unclear = BARRED | {"smooth_or_featured_smooth": 37}
    votes = galaxy(**unclear)[None]
    table = confident_accuracy(as_predicted(votes), votes, GZD5)
    assert row(table, "bar")["n"] == 0


def test_merging_may_be_reached_by_either_of_two_answers():
    votes = np.stack(
        [galaxy(**BARRED, merging_none=40), galaxy(**ROUND, merging_none=40)]
    )
    table = confident_accuracy(as_predicted(votes), votes, GZD5)
    assert row(table, "merging")["n"] == 2


def test_scores_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    votes = np.zeros((400, L))
    first = GZD5.columns(GZD5.questions[0])
    true = rng.choice(3, 400, p=[0.6, 0.3, 0.1])
    votes[np.arange(400), true] = 40
    predicted = as_predicted(votes)
    predicted[:, first] = rng.dirichlet([1, 1, 1], 400) + 0.4 * (votes[:, first] > 0)
    found = row(confident_accuracy(predicted, votes, GZD5), "smooth-or-featured")
    told = predicted[:, first].argmax(axis=1)
    precision, recall, f1, _ = precision_recall_fscore_support(
        true, told, average="weighted", zero_division=0
    )
    assert found["accuracy"] == pytest.approx(accuracy_score(true, told))
    assert found["accuracy"] == pytest.approx(recall)
    assert found["precision"] == pytest.approx(precision)
    assert found["f1"] == pytest.approx(f1)
    assert found["low"] < found["accuracy"] < found["high"]


def test_kappa_is_that_of_scikit_learn_and_its_error_that_of_resampling():
    counts = np.array([[44, 5, 1], [7, 20, 3], [9, 5, 6]])
    here = np.repeat(np.tile([0, 1, 2], 3), counts.ravel())
    there = np.repeat(np.repeat([0, 1, 2], 3), counts.ravel())
    kappa, error = cohens_kappa(counts)
    assert kappa == pytest.approx(cohen_kappa_score(there, here))
    rng = np.random.default_rng(0)
    resampled = rng.multinomial(counts.sum(), counts.ravel() / counts.sum(), 4000)
    spread = np.std([cohens_kappa(one.reshape(3, 3))[0] for one in resampled])
    assert error == pytest.approx(spread, rel=0.05)


def test_kappa_of_full_agreement_of_chance_and_of_nothing():
    assert cohens_kappa(np.diag([5, 7])) == (1.0, 0.0)
    assert cohens_kappa(np.array([[4, 6], [6, 9]]))[0] == pytest.approx(0)
    assert np.isnan(cohens_kappa(np.zeros((2, 2)))).all()
    assert np.isnan(cohens_kappa(np.array([[9, 0], [0, 0]]))).all()
