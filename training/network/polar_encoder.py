"""Our own small encoder: it looks at a galaxy in polar coordinates.

A cutout has its galaxy in the middle. Around that middle, turning the galaxy is a shift
along the angle, which convolutions do not mind; a bar is two humps, an edge-on disc two
stripes, and a logarithmic spiral a straight line whose slope is its pitch and whose
number is the arm count. On simulated galaxies of 64 pixels it learns in the same time
what a network on the square picture of like size does not (bars, edge-on bulges).
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

RINGS, ANGLES = 32, 64
_OVERLAP = 16  # angles seen twice, so that nothing is cut at the seam
_REACH = 1.1  # outermost radius, in half sides of the picture
_CORE = 0.16  # radius, in half sides, from which on rings grow wider

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
        """(B, D) features of (B, 3, S, S) pictures of any size."""
        return self.blocks(self.stem(to_polar(images, self.places))).mean(dim=(2, 3))


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions with batch norm, added to what went in."""

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
    """(RINGS, ANGLES + overlap, 2) where rings and angles lie, the picture being ±1.

    Radii are evenly spaced near the middle and in ratio outside: r = c sinh(u).
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
