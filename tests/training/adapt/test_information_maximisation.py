"""Information maximisation: low entropy per galaxy, high entropy of the mean."""

import math

import pytest
import torch

from morph.trees.decision_tree import DecisionTree, Question
from training.adapt.information_maximisation import information_loss

TWO = DecisionTree("two", (Question("q", "Q", ("a", "b"), ("", "")),))


@pytest.mark.parametrize(
    ("alpha", "expected"),
    [
        ([[1.0, 1.0], [1.0, 1.0]], 0.0),  # unsure, and all alike
        ([[1e6, 1e-6], [1e6, 1e-6]], 0.0),  # sure, but of one answer
        ([[1e6, 1e-6], [1e-6, 1e6]], -math.log(2)),  # sure, and varied
    ],
)
def test_worked_values(alpha, expected):
    found = information_loss(torch.tensor(alpha, dtype=torch.float64), TWO)
    assert found.item() == pytest.approx(expected, abs=1e-6)


def test_a_question_that_nobody_is_asked_pulls_nothing():
    tree = DecisionTree(
        "gated", (*TWO.questions, Question("r", "R", ("c", "d"), ("", ""), ("q_b",)))
    )
    alpha = torch.tensor([[1e9, 1e-9, 3.0, 1.0]] * 2, dtype=torch.float64)
    alpha.requires_grad_()
    information_loss(alpha, tree).backward()
    assert alpha.grad[:, 2:].abs().max() < 1e-6
