"""The small encoder: convolutions in polar coordinates around the galaxy's centre.

A rotation becomes a shift along the angle, to which convolutions are equivariant; a bar
becomes two bumps, an edge-on disc two stripes, and logarithmic spiral arms straight
lines whose slope is the pitch angle. On simulated galaxies of 64 pixels it learns bars
and edge-on bulges in a training time in which a network of similar size on the square
images does not.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

RINGS, ANGLES = 32, 64
_OVERLAP = 16  # angles repeated, so that no feature is cut at 2 pi
_REACH = 1.1  # outermost radius, in half sides of the image
_CORE = 0.16  # radius, in half sides, beyond which rings become wider

WIDTHS = (32, 64, 128, 160)


class PolarEncoder(nn.Module):
    """A residual network on rings and angles, 0.75 M parameters, with batch norm."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("places", polar_places(), persistent=False)
        self.stem = nn.Sequential(
            nn.Conv2d(3, WIDTHS[0], 5, (1, 2), 2, bias=False),
            nn.BatchNorm2d(WIDTHS[0]),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        before = (WIDTHS[0], *WIDTHS)
        self.blocks = nn.Sequential(
            *[
                ResidualBlock(before[i], width, stride=1 if i == 0 else 2)
                for i, width in enumerate(WIDTHS)
            ]
        )
        self.num_features = WIDTHS[-1]

    def forward(self, images: Tensor) -> Tensor:
        """(B, D) features of (B, 3, S, S) images of any size."""
        return self.blocks(self.stem(to_polar(images, self.places))).mean(dim=(2, 3))


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions with batch norm and a residual connection."""

    def __init__(self, channels_in: int, channels: int, *, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels_in, channels, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(channels)
        self.second = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(channels)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or channels_in != channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels_in, channels, 1, stride, bias=False),
                nn.BatchNorm2d(channels),
            )

    def forward(self, x: Tensor) -> Tensor:
        inner = torch.relu(self.first_norm(self.first(x)))
        return torch.relu(self.second_norm(self.second(inner)) + self.shortcut(x))


def polar_places() -> Tensor:
    """(RINGS, ANGLES + overlap, 2) coordinates of rings and angles, image edges at ±1.

    Radii are linear near the centre and logarithmic outside: r = c sinh(u).
    """
    steps = (torch.arange(RINGS) + 0.5) / RINGS
    radius = _CORE * torch.sinh(steps * math.asinh(_REACH / _CORE))
    angle = 2 * math.pi * torch.arange(ANGLES + _OVERLAP) / ANGLES
    across, down = torch.cos(angle), torch.sin(angle)
    return radius[:, None, None] * torch.stack([across, down], dim=-1)


def to_polar(images: Tensor, places: Tensor) -> Tensor:
    """(B, C, S, S) images at (R, A, 2) places: (B, C, R, A)."""
    grid = places.to(images.dtype).expand(len(images), -1, -1, -1)
    return F.grid_sample(
        images, grid, mode="bilinear", padding_mode="border", align_corners=False
    )
