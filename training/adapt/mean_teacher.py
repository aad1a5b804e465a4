"""Mean teacher (Tarvainen & Valpola 2017) with pseudo-volunteers.

The teacher is the running mean of the student. On target pictures it says what
volunteers might have voted; the student, which sees the galaxy turned another way,
learns from those votes by the loss of real ones. So it keeps how sure it may be.
"""

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from morph.posterior.tree import DecisionTree
from training.network.losses import dirichlet_multinomial_nll
from training.network.model import GalaxyModel, concentration


class Teacher(nn.Module):
    """The running mean of a student; it never learns by itself."""

    def __init__(self, student: GalaxyModel, decay: float) -> None:
        super().__init__()
        self.mean = AveragedModel(student, multi_avg_fn=get_ema_multi_avg_fn(decay))
        self.mean.requires_grad_(False)

    def train(self, mode: bool = True) -> "Teacher":
        """Batch norm as the batch is, for the student's may be another survey's."""
        super().train(mode)
        self.mean.module.dropout.train(False)
        return self

    @torch.no_grad()
    def follow(self, student: GalaxyModel) -> None:
        """Take the student's weights into the mean."""
        self.mean.update_parameters(student)

    @torch.no_grad()
    def concentration(self, pictures: Tensor) -> Tensor:
        """(B, L) α that the teacher gives the pictures."""
        return concentration(self.mean(pictures))


def lesson_loss(logits: Tensor, votes: Tensor, tree: DecisionTree) -> Tensor:
    """What the student's (B, L) logits cost on the votes, in nats per galaxy."""
    nll = dirichlet_multinomial_nll(concentration(logits), votes, tree)
    return nll.sum(dim=1).mean()
