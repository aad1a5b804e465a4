"""Expected fractions and probabilities to be asked, differentiable.

Equal to ``morph.posterior.dirichlet.expected_probability`` and ``asked_probability``.
"""

import torch
from torch import Tensor

from morph.posterior.tree import DecisionTree
from training.network.losses import question_columns


def expected_fractions(alpha: Tensor, tree: DecisionTree) -> Tensor:
    """(B, L) means ρ = α / Σα of (B, L) concentrations."""
    columns = question_columns(tree, alpha.device).to(alpha.dtype)
    return alpha / (alpha @ columns @ columns.T)


def asked_share(share: Tensor, tree: DecisionTree) -> Tensor:
    """(B, Q) probability that each question is asked: the product along the tree."""
    asked: dict[str, Tensor] = {}
    for question in tree.questions:
        reached = torch.ones_like(share[:, 0])
        if question.asked_after:
            reached = sum(
                asked[tree.question_of(label).name] * share[:, tree.labels.index(label)]
                for label in question.asked_after
            )
        asked[question.name] = reached
    return torch.stack(list(asked.values()), dim=1)
