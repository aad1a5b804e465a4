"""Votes of pseudo-volunteers, drawn from a teacher's posteriors.

A teacher's means do not say how uncertain they are, so a student that learns only from
them can lose its calibration. Counts along the decision tree, as noisy as volunteers'
votes, carry the teacher's uncertainty, right or wrong.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from morph.trees.decision_tree import DecisionTree
from training.pixels.random_draws import Draws

_PROPOSALS = 6  # per number; all are rejected with probability 1e-10


@torch.no_grad()
def draw_votes(
    concentration: Tensor,
    volunteers: Tensor,
    tree: DecisionTree,
    drawn: Draws,
    *,
    most: int,
) -> Tensor:
    """(B, L) float32 counts, drawn from Dirichlet-multinomials along the tree.

    From (B, L) posteriors α > 0. All ``volunteers`` (B,), at most ``most``, answer the
    first question, any other those who gave an answer that leads to it. The number of
    random draws does not depend on the posteriors, so a galaxy gets the same votes with
    one process and with many.
    """
    strength = _gamma(concentration.float(), drawn)
    votes = torch.zeros_like(strength)
    for question in tree.questions:
        asked = volunteers
        if question.asked_after:
            leading = [tree.labels.index(label) for label in question.asked_after]
            asked = votes[:, leading].sum(dim=1)
        columns = tree.columns(question)
        votes[:, columns] = _counted(strength[:, columns], asked, drawn, most)
    return votes


def _gamma(shape: Tensor, drawn: Draws) -> Tensor:
    """(B, L) gamma variates of scale 1; normalised per question they are its ρ.

    Of shape α + 1 by Marsaglia & Tsang (2000) with a fixed number of proposals, times
    U^(1/α).
    """
    above = shape[..., None] + 2 / 3
    normal = drawn.normal(*shape.shape, _PROPOSALS)
    cube = (1 + normal / (9 * above).sqrt()).pow(3).clamp(min=1e-12)
    log_ratio = normal.square() / 2 + above * (1 - cube + cube.log())
    accepted = drawn.uniform(*shape.shape, _PROPOSALS).log() < log_ratio
    before = (accepted.cumsum(dim=-1) == 0).sum(dim=-1, keepdim=True)
    first = (above * cube).gather(-1, before.clamp(max=_PROPOSALS - 1))[..., 0]
    return first * drawn.uniform(*shape.shape).pow(1 / shape)


def _counted(strength: Tensor, total: Tensor, drawn: Draws, most: int) -> Tensor:
    """(B, A) multinomial counts of ``total`` (B,) votes, with weights (B, A)."""
    upto = strength.cumsum(dim=1)
    point = drawn.uniform(len(strength), most, 1) * upto[:, None, -1:]
    answer = (point >= upto[:, None, :-1]).sum(dim=2)
    voting = torch.arange(most, device=total.device) < total[:, None]
    votes = F.one_hot(answer, strength.shape[1]) * voting[..., None]
    return votes.sum(dim=1).float()
