"""Fluxes of cutout stores -> what the encoder sees, batch by batch on the device.

Row i is galaxy i, always: batches are asked for by row, nothing here shuffles.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import psutil
import torch
from torch import Tensor

from morph.errors import MorphError
from morph.home import cutouts_folder
from morph.images.store import STRETCH_OFFSET, STRETCH_SCALES, CutoutStore, open_store
from morph.runs.config_parts import ImageConfig
from training.pixels.on_disk import MappedPixels
from training.pixels.random_draws import Draws

Keep = Literal["auto", "memory", "disk"]

_PIECE = 4096  # galaxies copied at a time
# The stretched picture's mean and spread over a cutout are both near 0.2; the raw
# fluxes go in as they are (Ye et al. 2025).
_PICTURE_CENTRE = 0.2
_PICTURE_SPREAD = 0.2


# Pictures as another survey would have taken them: from fluxes (B, 3, S, S), the rows
# of their galaxies, and whatever is drawn at random.
Retake = Callable[[Tensor, Tensor, Draws], Tensor]


@dataclass(frozen=True)
class Galaxies:
    """Fluxes of N galaxies, and the table that says which they are."""

    index: pd.DataFrame  # N rows: iauname, ra, dec, ...
    flux: Tensor | MappedPixels  # (N, 3, S, S) float16 nanomaggies

    def __len__(self) -> int:
        return len(self.index)

    @property
    def side(self) -> int:
        """S, the pictures' pixels a side."""
        return self.flux.shape[-1]


def open_stores(root: Path, names: Iterable[str]) -> list[CutoutStore]:
    """The cutout stores of a home by their names."""
    return [open_store(cutouts_folder(root, name)) for name in names]


def read_galaxies(
    stores: Sequence[CutoutStore], device: torch.device, keep: Keep = "auto"
) -> Galaxies:
    """All galaxies of ``stores``, for computing on ``device``.

    Their pixels are read once and kept on the device ("memory"), or left on the disk
    and read again each time ("disk"); "auto" keeps what takes at most half of the
    memory that is free.

    Raises
    ------
    MorphError
        If the stores differ in picture size or pixel scale, or share a galaxy.
    """
    looks = {(s.manifest.size, s.manifest.pixscale_arcsec) for s in stores}
    if len(looks) > 1:
        raise MorphError(
            f"the cutout stores have different sizes or pixel scales: {sorted(looks)}; "
            "use stores of one size in one run"
        )
    index = pd.concat([s.index for s in stores], ignore_index=True)
    if index["iauname"].duplicated().any():
        twice = index["iauname"][index["iauname"].duplicated()].iloc[0]
        raise MorphError(f"{twice} is in two of the cutout stores; name each once")
    parts = [s.pixels for s in stores]
    if keep == "disk" or (keep == "auto" and not _fit(parts, device)):
        return Galaxies(index, MappedPixels(parts, device))
    return Galaxies(index, _held(parts, device))


def _fit(parts: Sequence[np.ndarray], device: torch.device) -> bool:
    """Whether pixels take at most half of the device's free memory."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
    else:
        free = psutil.virtual_memory().available
    return sum(part.nbytes for part in parts) <= free / 2


def _held(parts: Sequence[np.ndarray], device: torch.device) -> Tensor:
    """(N, 3, S, S) float16 on the device, copied there piece by piece."""
    galaxies = sum(map(len, parts))
    flux = torch.empty(
        galaxies, *parts[0].shape[1:], dtype=torch.float16, device=device
    )
    start = 0
    for part in parts:
        for first in range(0, len(part), _PIECE):
            piece = torch.from_numpy(np.array(part[first : first + _PIECE]))
            flux[start : start + len(piece)] = piece
            start += len(piece)
    return flux


def network_input(flux: Tensor, recipe: ImageConfig) -> Tensor:
    """What the encoder sees of (B, 3, H, W) fluxes, float32."""
    if recipe.input == "raw":
        return flux.float()
    picture = asinh_picture(flux, q=recipe.q)
    return (picture - _PICTURE_CENTRE) / _PICTURE_SPREAD


def asinh_picture(flux: Tensor, *, q: float) -> Tensor:
    """`morph.images.store.colour_picture` in torch: (B, 3, H, W), RGB, in [0, 1].

    Equal to it but for the rounding to 8 bits, which training does without.
    """
    scales = torch.tensor(STRETCH_SCALES, device=flux.device).view(3, 1, 1)
    scaled = flux.float() * scales + STRETCH_OFFSET
    intensity = scaled.clamp(min=0).mean(dim=1, keepdim=True)
    gain = torch.asinh(q * intensity) / (q**0.5 * intensity.clamp(min=1e-9))
    return (scaled * gain).clamp(0, 1).flip(1)
