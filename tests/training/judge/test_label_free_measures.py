"""Measures of an adaptation without votes, compared with worked values."""

import numpy as np
import pytest

from morph.trees.decision_tree import GZD5, DecisionTree, Question
from training.judge.label_free_measures import (
    conditional_shift,
    information,
    log_fractions,
    pair_disagreement,
    separability,
    shared_bins,
)

# A first question, and one that only its first answer leads to.
TREE = DecisionTree(
    "two-questions",
    (
        Question("shape", "Shape", ("disk", "other"), ("a disk", "no disk")),
        Question("bar", "Bar", ("yes", "no"), ("bar", "no bar"), ("shape_disk",)),
    ),
)


def fractions(*rows: tuple[float, float]) -> np.ndarray:
    """Concentrations (N, 4) whose means are these fractions of disks and bars."""
    return 10 * np.array([[d, 1 - d, b, 1 - b] for d, b in rows])


def test_disagreement_is_over_those_asked_by_the_source():
    seen = fractions((1.0 - 1e-9, 0.5), (0.25, 0.5))
    own = fractions((0.9, 0.7), (0.25, 0.9))
    shape, bar = pair_disagreement(seen, own, TREE)
    assert shape == pytest.approx(np.sqrt(0.1**2 / 2))
    assert bar == pytest.approx(np.sqrt((1 * 0.2**2 + 0.25 * 0.4**2) / 1.25))


def test_disagreement_is_the_error_where_the_source_is_true():
    """Brute force over galaxies and answers, all of the real tree's questions."""
    rng = np.random.default_rng(0)
    seen, own = 1 + 20 * rng.random((2, 30, len(GZD5.labels)))
    found = pair_disagreement(seen, own, GZD5)
    place = [question.name for question in GZD5.questions].index("how-rounded")
    columns = GZD5.columns(GZD5.questions[place])
    total, weight = 0.0, 0.0
    for here, there in zip(seen, own, strict=True):
        smooth = here[0] / here[:3].sum()
        p, q = (x[columns] / x[columns].sum() for x in (here, there))
        total += smooth * ((p - q) ** 2).mean()
        weight += smooth
    assert found[place] == pytest.approx(np.sqrt(total / weight))


def test_nobody_asked_is_no_number():
    nobody = np.array([[1e-12, 1.0, 1.0, 1.0]])
    assert np.isnan(pair_disagreement(nobody, nobody, TREE)[1])
    assert np.isnan(information(nobody, TREE)[1])
    bins = np.zeros(1, int), np.zeros(1, int)
    assert np.isnan(conditional_shift(nobody, nobody, bins, TREE)[1])


def test_shift_is_of_means_in_bins_both_surveys_fill():
    """Bin 0: disks 0.5 and 0.7; bin 1: 0.2 and 0.3; bin 2 has no target galaxies."""
    seen = fractions((0.4, 0.5), (0.6, 0.5), (0.2, 0.5), (0.9, 0.5))
    own = fractions((0.7, 0.5), (0.3, 0.5), (0.3, 0.5))
    bins = np.array([0, 0, 1, 2]), np.array([0, 1, 1])
    shape, bar = conditional_shift(seen, own, bins, TREE)
    first, second = (2 * 1 / 3), (1 * 2 / 3)
    expected = (first * 0.2**2 + second * 0.1**2) / (first + second)
    assert shape == pytest.approx(np.sqrt(expected))
    assert bar == pytest.approx(0)


def test_shift_does_not_see_galaxies_that_change_places():
    own = fractions((0.1, 0.2), (0.9, 0.2), (0.5, 0.2))
    bins = np.zeros(3, int), np.zeros(3, int)
    assert conditional_shift(own, own[::-1], bins, TREE) == pytest.approx([0, 0])


def test_bins_have_the_sources_quantiles_as_edges():
    source = np.column_stack([np.arange(8), np.tile([1.0, 2.0], 4)])
    target = np.array([[-5, 1.0], [3.6, 2.0], [99, 2.0]])
    here, there = shared_bins(source, target, each=2)
    assert here.tolist() == [0, 1, 0, 1, 2, 3, 2, 3]
    assert there.tolist() == [0, 3, 3]


def test_surveys_are_separable_as_far_as_they_differ():
    rng = np.random.default_rng(1)
    source, target = rng.standard_normal((2, 300, 4))
    assert separability(source, target) == pytest.approx(0.5, abs=0.08)
    assert separability(source, target + 10) == 1.0
    shifted = target + np.array([1.0, 0, 0, 0])  # AUC of two normals one apart: Φ(1/√2)
    assert separability(source, shifted) == pytest.approx(0.760, abs=0.05)


def test_log_fractions_are_of_the_means():
    alpha = fractions((0.2, 0.5))
    assert np.exp(log_fractions(alpha, TREE)) == pytest.approx(
        np.array([[0.2, 0.8, 0.5, 0.5]])
    )


def test_information_is_zero_if_all_predictions_are_equal():
    alike = fractions((0.3, 0.5), (0.3, 0.5))
    assert information(alike, TREE) == pytest.approx([0, 0])
    sure = fractions((1 - 1e-12, 0.5), (1e-12, 0.5))
    assert information(sure, TREE)[0] == pytest.approx(np.log(2))
