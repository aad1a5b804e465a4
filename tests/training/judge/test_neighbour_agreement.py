"""Neighbours in the source model's features, and whether they are told alike."""

import numpy as np
import pytest
import torch

from morph.posterior.tree import GZD5, DecisionTree, Question
from training.judge.neighbour_agreement import (
    agreement,
    nearest_rows,
    neighbour_alarms,
    now_agreeing,
    read_neighbours,
)

L = len(GZD5.labels)
RNG = np.random.default_rng(2)


def two_kinds() -> tuple[np.ndarray, torch.Tensor]:
    """Galaxies in two clouds of features, each surely answering one way."""
    alpha = np.ones((60, L))
    for question in GZD5.questions:
        first = GZD5.columns(question).start
        alpha[:30, first] = alpha[30:, first + 1] = 50.0
    features = RNG.standard_normal((60, 4))
    features[30:] += 20
    return alpha, torch.from_numpy(features).float()


def test_nearest_are_those_of_brute_force_whatever_a_feature_is_measured_in():
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
    """Two disks whose bars differ, and a galaxy that nobody asks about a bar."""
    questions = (
        Question("shape", "Shape", ("disk", "other"), ("a disk", "no disk")),
        Question("bar", "Bar", ("yes", "no"), ("bar", "no bar"), ("shape_disk",)),
    )
    tree = DecisionTree("two questions", questions)
    alpha = np.array([[9, 1e-9, 9, 1], [9, 1e-9, 2, 8], [1e-9, 9, 9, 1]])
    nearest = np.array([[1, 2], [0, 2], [0, 1]])
    shape, bar = 2 / 6, 0 / 2
    assert agreement(alpha, nearest, tree) == pytest.approx((shape + bar) / 2)


def test_a_model_that_says_the_same_raises_no_alarm():
    alpha, features = two_kinds()
    before = read_neighbours(alpha, features, GZD5)
    assert before.agreement == pytest.approx(1.0, abs=1e-6)
    assert neighbour_alarms(before, now_agreeing(before, alpha, GZD5)) == []


def test_neighbours_torn_apart_and_all_told_alike_are_said():
    alpha, features = two_kinds()
    before = read_neighbours(alpha, features, GZD5)
    now = now_agreeing(before, alpha[RNG.permutation(60)], GZD5)
    (said,) = neighbour_alarms(before, now)
    assert "are told alike less often than before" in said and "100% before" in said
    mixed = read_neighbours(alpha[RNG.permutation(60)], features, GZD5)
    same = np.repeat(alpha[:1], 60, axis=0)
    (said,) = neighbour_alarms(mixed, now_agreeing(mixed, same, GZD5))
    assert "are told alike more often than before" in said
