"""Signs of a collapse, each on answers or features that show it."""

import numpy as np
import pytest
import torch

from morph.trees.decision_tree import GZD5, DecisionTree, Question
from training.judge.collapse_signs import (
    agreement,
    alarms,
    centre_distances,
    effective_rank,
    label_alarms,
    label_shares,
    moved_alarms,
    nearest_rows,
    neighbour_alarms,
    read_neighbours,
    read_signs,
)

L = len(GZD5.labels)
BAR = GZD5.question("bar")
RNG = np.random.default_rng(4)
ALPHA = 1 + 30 * RNG.random((200, L))
FEATURES = RNG.standard_normal((200, 6))


def said_of(alpha: np.ndarray, features: np.ndarray = FEATURES) -> list[str]:
    """The warnings relative to ``ALPHA`` and ``FEATURES``."""
    before = read_signs(ALPHA, FEATURES, GZD5)
    return list(alarms(before, read_signs(alpha, features, GZD5), GZD5))


def with_bar(*mean: float) -> np.ndarray:
    """``ALPHA`` with these mean fractions of bars and the same total concentration."""
    columns, changed = GZD5.columns(BAR), ALPHA.copy()
    changed[:, columns] = ALPHA[:, columns].sum(axis=1, keepdims=True) * np.array(mean)
    return changed


def test_an_unchanged_model_raises_no_alarm():
    assert said_of(ALPHA) == []


def test_one_answer_for_all_is_reported():
    said = said_of(with_bar(0.01, 0.01, 0.98))
    assert "Bar: mean fraction of one answer 98%" in said
    assert any(s.startswith("Bar: mean fraction of No bar 98%, 3") for s in said)
    assert "Bar: entropy much lower than for the source model" in said


def test_a_mean_fraction_that_changes_by_less_than_five_points_is_not_reported():
    mean = read_signs(ALPHA, FEATURES, GZD5).fraction[GZD5.columns(BAR)]
    assert said_of(with_bar(*(mean + np.array([0.045, -0.045, 0])))) == []
    (said,) = said_of(with_bar(*(mean + np.array([0.055, -0.055, 0]))))
    assert said.startswith("Bar: mean fraction of ")


def test_a_change_of_total_concentration_is_reported():
    assert said_of(1.4 * ALPHA) == []
    surer = said_of(1.6 * ALPHA)
    assert "Bar: total concentration 1.6 times that of the source model" in surer
    assert len(surer) == len(GZD5.questions)
    assert len(said_of(ALPHA / 1.6)) == len(GZD5.questions)


def test_features_that_shrink_to_a_line_are_reported():
    flat = FEATURES * np.array([1, 1e-3, 1e-3, 1e-3, 1e-3, 1e-3])
    (said,) = said_of(ALPHA, flat)
    assert said.startswith("effective rank of the features 1.0, 6.0")


def test_effective_rank_counts_directions():
    corners = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]], float)
    assert effective_rank(corners) == pytest.approx(2)
    assert effective_rank(corners[:2]) == pytest.approx(1)
    assert effective_rank(np.ones((5, 3))) == pytest.approx(1)


def test_shares_of_labels_are_of_all_galaxies():
    labels = torch.zeros(8, L)
    labels[:2, 0] = 1
    shares = label_shares(labels, GZD5)
    assert shares[GZD5.labels[0]] == 0.25
    assert sum(shares.values()) == 0.25


def test_centres_are_as_far_as_their_angles_say():
    first = torch.eye(L)
    centres = first.clone()
    yes, no = GZD5.columns(GZD5.question("disk-edge-on")).start, 4
    centres[yes] = -first[yes]
    centres[no] = (first[no] - first[yes]) / 2**0.5
    found = centre_distances(centres, first, GZD5)
    assert found["disk-edge-on_yes"] == {
        "moved": 2.0,
        "apart": pytest.approx(1 - 0.5**0.5, abs=1e-4),
    }
    assert found["disk-edge-on_no"]["moved"] == pytest.approx(1 - 0.5**0.5, abs=1e-4)
    assert found["bar_no"] == {"moved": 0.0, "apart": 1.0}


def test_unused_labels_and_reversed_centres_are_reported():
    labels = torch.ones(4, L)
    labels[:, 7] = 0
    still = centre_distances(torch.eye(L), torch.eye(L), GZD5)
    turned = still | {"bar_no": {"moved": 1.2, "apart": 0.5}}
    assert label_alarms(label_shares(torch.ones(4, L), GZD5), still, GZD5) == []
    assert label_alarms(label_shares(labels, GZD5), turned, GZD5) == [
        "no galaxy is labelled Strong bar",
        "the centre of No bar has reversed direction",
    ]


def two_kinds() -> tuple[np.ndarray, torch.Tensor]:
    """Galaxies in two clusters of features, each with certain answers."""
    alpha = np.ones((60, L))
    for question in GZD5.questions:
        first = GZD5.columns(question).start
        alpha[:30, first] = alpha[30:, first + 1] = 50.0
    features = RNG.standard_normal((60, 4))
    features[30:] += 20
    return alpha, torch.from_numpy(features).float()


def test_nearest_are_those_of_brute_force_for_any_units():
    features = RNG.standard_normal((25, 3))
    found = nearest_rows(torch.from_numpy(features * [1, 100, 0.01]), 4)
    unit = features / features.std(axis=0, ddof=1)
    for row, nearest in enumerate(found):
        distance = ((unit - unit[row]) ** 2).sum(axis=1)
        assert set(nearest) == set(distance.argsort()[1:5])


def test_a_feature_that_does_not_vary_and_few_galaxies_are_no_trouble():
    found = nearest_rows(torch.tensor([[0.0, 1.0], [1.0, 1.0], [5.0, 1.0]]), 10)
    assert found.tolist() == [[1, 2], [0, 2], [1, 0]]


def test_agreement_counts_pairs_of_galaxies_that_are_both_asked():
    """Two disks with different bars, and a galaxy that does not reach the question."""
    questions = (
        Question("shape", "Shape", ("disk", "other"), ("a disk", "no disk")),
        Question("bar", "Bar", ("yes", "no"), ("bar", "no bar"), ("shape_disk",)),
    )
    tree = DecisionTree("two-questions", questions)
    alpha = np.array([[9, 1e-9, 9, 1], [9, 1e-9, 2, 8], [1e-9, 9, 9, 1]])
    nearest = np.array([[1, 2], [0, 2], [0, 1]])
    shape, bar = 2 / 6, 0 / 2
    assert agreement(alpha, nearest, tree) == pytest.approx((shape + bar) / 2)


def test_a_model_that_says_the_same_raises_no_alarm():
    alpha, features = two_kinds()
    before = read_neighbours(alpha, features, GZD5)
    assert before.agreement == pytest.approx(1.0, abs=1e-6)
    assert neighbour_alarms(before, before.agreement_now(alpha, GZD5)) == []


def test_neighbours_with_different_or_all_equal_answers_raise_an_alarm():
    alpha, features = two_kinds()
    before = read_neighbours(alpha, features, GZD5)
    now = before.agreement_now(alpha[RNG.permutation(60)], GZD5)
    (said,) = neighbour_alarms(before, now)
    assert said.startswith("neighbour agreement lower than in the source model: ")
    assert said.endswith(" instead of 100%")
    mixed = read_neighbours(alpha[RNG.permutation(60)], features, GZD5)
    same = np.repeat(alpha[:1], 60, axis=0)
    (said,) = neighbour_alarms(mixed, mixed.agreement_now(same, GZD5))
    assert said.startswith("neighbour agreement higher than")


def moved(share: float, by: float) -> list[str]:
    """What is said if the fraction of bars grows for a share of the galaxies."""
    now, columns = ALPHA.copy(), GZD5.columns(BAR)
    rows = np.arange(len(now)) < share * len(now)
    total = now[rows, columns].sum(axis=1)
    now[rows, columns.start] += by * total
    now[:, columns] *= (ALPHA[:, columns].sum(1) / now[:, columns].sum(1))[:, None]
    return list(moved_alarms(ALPHA, now, GZD5))


def test_an_answer_that_moves_for_nearly_all_galaxies_raises_an_alarm():
    (said,) = moved(1.0, 0.2)
    assert said == (
        "Bar: the fraction of Strong bar is larger than for the source model for 100% "
        "of the target's galaxies"
    )


@pytest.mark.parametrize(("share", "by"), [(0.6, 0.2), (1.0, 0.001), (1.0, 0.0)])
def test_answers_that_move_for_some_or_hardly_raise_none(share, by):
    assert moved(share, by) == []
