"""Variance of P(reached) against draws of all fractions of the tree."""

import numpy as np
import pytest

from morph.posterior import dirichlet
from morph.posterior.asked_variance import asked_variance, labels_on_the_way
from morph.trees.decision_tree import GZD5, tree_called


def moments(alpha: np.ndarray, tree) -> tuple[dict, dict]:
    found = (function(alpha, tree).T for function in _MOMENTS)
    return tuple(dict(zip(tree.labels, each, strict=True)) for each in found)


_MOMENTS = (dirichlet.expected_probability, dirichlet.variance)


@pytest.mark.parametrize("tree", [GZD5, tree_called("gz2")], ids=lambda t: t.name)
def test_it_is_the_variance_of_drawn_fractions_for_every_question(tree):
    """One way of several answers, and in Galaxy Zoo 2 several ways, too."""
    alpha = np.random.default_rng(0).uniform(0.5, 6, (1, len(tree.labels)))
    gamma = np.random.default_rng(1).standard_gamma(
        alpha[0], (20_000, len(tree.labels))
    )
    drawn = dirichlet.expected_probability(gamma, tree)  # each question sums to 1
    reached = dirichlet.asked_probability(drawn, tree)
    probability, variance = moments(alpha, tree)
    for index, question in enumerate(tree.questions):
        needed = labels_on_the_way(question, tree)
        known = ({one: each[one] for one in needed} for each in (probability, variance))
        found = np.broadcast_to(asked_variance(*known, question, tree), 1)[0]
        expected = reached[:, index].var()
        assert found == pytest.approx(expected, rel=0.06, abs=1e-12)


def test_a_known_way_worked_by_hand():
    """Featured 1/2 with Σα = 3, not edge-on 1/3 with Σα = 2: E[ρ²] = ρ̂² + σ²."""
    alpha = np.ones((1, len(GZD5.labels)))
    alpha[:, GZD5.columns(GZD5.questions[0])] = (1, 1.5, 0.5)
    alpha[:, GZD5.columns(GZD5.question("disk-edge-on"))] = (4 / 3, 2 / 3)
    found = asked_variance(*moments(alpha, GZD5), GZD5.question("bar"), GZD5)
    featured, face_on = 1 / 4 + 1 / 16, 1 / 9 + 2 / 27
    assert found[0] == pytest.approx(featured * face_on - 1 / 36)


def test_a_question_that_is_always_asked_has_none():
    first = GZD5.questions[0]
    assert labels_on_the_way(first, GZD5) == ()
    assert asked_variance({}, {}, first, GZD5) == 0
