"""Domain-adversarial training: features that hide the survey (Ganin et al. 2016).

A critic learns to tell which survey a picture came from, by its features; the gradient
that reaches the encoder is reversed, so the encoder learns to hide it.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_WIDTH = 128
_REVERSED = 0.3  # how much of the critic's gradient reaches the encoder


class Critic(nn.Module):
    """Log-odds that features come from the target survey."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(features, _WIDTH), nn.ReLU(), nn.Linear(_WIDTH, 1)
        )

    def forward(self, features: Tensor) -> Tensor:
        """(B,) for (B, D) features."""
        return self.layers(features)[:, 0]


class _Reversed(torch.autograd.Function):
    """The identity, whose gradient comes back with the other sign."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, x: Tensor) -> Tensor:
        return x.view_as(x)

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, gradient: Tensor) -> Tensor:
        return -_REVERSED * gradient


def adversarial_loss(critic: Critic, source: Tensor, target: Tensor) -> Tensor:
    """Mean cross-entropy of the critic over (B, D) features of both surveys."""
    features = torch.cat([source, target])
    from_target = torch.cat(
        [source.new_zeros(len(source)), target.new_ones(len(target))]
    )
    odds = critic(_Reversed.apply(features))
    return F.binary_cross_entropy_with_logits(odds, from_target)
