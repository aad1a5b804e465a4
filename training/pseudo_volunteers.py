"""Votes as volunteers would cast them on galaxies that a model has seen.

A student that learns from a teacher's means alone forgets how sure it may be. It keeps
its calibration if it is given what the source model was given: counts, as few and as
scattered as volunteers' are, sent down the decision tree.
"""

import torch
from torch import Tensor
from torch.distributions import Dirichlet

from morph.tree import DecisionTree


@torch.no_grad()
def draw_votes(concentration: Tensor, volunteers: Tensor, tree: DecisionTree) -> Tensor:
    """(B, L) float32 counts, drawn from Dirichlet-multinomials along the tree.

    Parameters
    ----------
    concentration : (B, L) tensor
        The teacher's posteriors α > 0.
    volunteers : (B,) tensor
        How many look at each galaxy; all answer the first question.

    A question is answered by those who gave one of the answers that lead to it.
    """
    votes = torch.zeros_like(concentration, dtype=torch.float32)
    for question in tree.questions:
        asked = volunteers.float()
        if question.asked_after:
            leading = [tree.labels.index(label) for label in question.asked_after]
            asked = votes[:, leading].sum(dim=1)
        columns = tree.columns(question)
        share = Dirichlet(concentration[:, columns].float()).sample()
        votes[:, columns] = _multinomial(asked, share)
    return votes


def _multinomial(total: Tensor, share: Tensor) -> Tensor:
    """(B, A) counts of ``total`` (B,) trials: a binomial for each answer in turn."""
    left, rest = total.clone(), torch.ones_like(total)
    counts = []
    for answer in range(share.shape[1] - 1):
        chance = (share[:, answer] / rest.clamp(min=1e-12)).clamp(0, 1)
        counts.append(torch.binomial(left, chance))
        left = left - counts[-1]
        rest = rest - share[:, answer]
    return torch.stack([*counts, left], dim=1)
