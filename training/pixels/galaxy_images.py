"""Fluxes of cutout stores, and the model's input made from them.

Row i is always galaxy i; nothing here shuffles.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import psutil
import torch
from torch import Tensor

from morph.errors import MorphError
from morph.home import cutouts_folder
from morph.images import stretch
from morph.images.blanks import BadPixels, bad_pixels, together
from morph.images.store import CutoutStore, open_store
from morph.images.store_manifest import BANDS, PIXSCALE_ARCSEC, lacking_bands
from morph.runs.config_parts import MOST_BLANK, ImageConfig
from training.pixels.crop_and_bin import as_seen, unbinned
from training.pixels.on_disk import MappedPixels, without_blanks
from training.pixels.random_draws import Draws

Keep = Literal["auto", "memory", "disk"]

_PIECE = 512  # galaxies copied at a time

# Mock observations in another survey, from fluxes (B, 3, S, S), the rows of their
# galaxies, and random draws.
MockObserver = Callable[[Tensor, Tensor, Draws], Tensor]


@dataclass(frozen=True)
class Galaxies:
    """Fluxes of N galaxies, and their index."""

    index: pd.DataFrame  # N rows: iauname, ra, dec, ...
    flux: Tensor | MappedPixels  # (N, 3, S, S) float16 nanomaggies
    pixel: float = 1.0  # side of a pixel, in those of the Legacy Surveys if known
    bad: BadPixels | None = None  # bad pixels of the N images, if they were counted
    most_bad: float = MOST_BLANK  # largest fraction of images to learn from

    def __len__(self) -> int:
        return len(self.index)

    @cached_property
    def usable(self) -> np.ndarray:
        """(M,) rows of the galaxies to learn from: without too many bad pixels."""
        if self.bad is None:
            return np.arange(len(self))
        return np.flatnonzero(~self.bad.unusable(self.most_bad))

    @property
    def side(self) -> int:
        """S, the cutouts' pixels per side."""
        return self.flux.shape[-1]


def open_stores(
    root: Path, names: Iterable[str], image: ImageConfig, *, first: int = 0
) -> list[CutoutStore]:
    """Cutout stores of a home by name, or their ``first`` galaxies, as a network sees
    them: cropped and binned.

    MorphError if one has not all of g, r and z, in this order, or cannot be cropped and
    binned like this.
    """
    stores = []
    for name in names:
        store = open_store(cutouts_folder(root, name))
        if problem := lacking_bands(name, store.manifest):
            raise MorphError(problem)
        if store.manifest.bands != BANDS:
            raise MorphError(
                f"the cutout store {name} has the bands "
                f"{', '.join(store.manifest.bands)}; networks expect the order "
                f"{', '.join(BANDS)}. Make the store again in this order"
            )
        stores.append(as_seen(store.first(first), image))
    return stores


def bad_pixels_at(stores: Sequence[CutoutStore], rows: np.ndarray) -> BadPixels:
    """The bad pixels of the cutouts in ``rows`` (M,) of all stores together."""
    ends = np.cumsum([len(store.names) for store in stores])
    which = np.searchsorted(ends, rows, side="right")
    parts = [unbinned(store.pixels) for store in stores]
    starts = ends - [len(part) for part in parts]
    cutouts = (
        parts[part][row - starts[part]]
        for part, row in zip(which.tolist(), rows.tolist(), strict=True)
    )
    none = bad_pixels(parts[0][:0])  # there may be no rows
    return together([none, *(bad_pixels(one[None]) for one in cutouts)])


def read_galaxies(
    stores: Sequence[CutoutStore],
    device: torch.device,
    keep: Keep = "auto",
    *,
    most_bad: float = MOST_BLANK,
) -> Galaxies:
    """All galaxies of ``stores``, for computing on ``device``.

    Pixels are read once and kept on the device ("memory"), or read from disk each time
    ("disk"); "auto" keeps them if they take at most half of the free memory. Bad pixels
    are counted; ``most_bad`` is the largest fraction of images to learn from.
    """
    several = [s.look for s in stores]
    if not all(look.fits(several[0]) for look in several):
        words = "; ".join(sorted({str(look) for look in several}))
        raise MorphError(
            f"the cutout stores have different sizes or pixel scales: {words}; "
            "use stores of one size in one run"
        )
    index = pd.concat([s.index for s in stores], ignore_index=True)
    if index["iauname"].duplicated().any():
        twice = index["iauname"][index["iauname"].duplicated()].iloc[0]
        raise MorphError(
            f"the galaxy {twice} is in two of the cutout stores; use stores that "
            "share no galaxies"
        )
    parts = [s.pixels for s in stores]
    if keep == "disk" or (keep == "auto" and not _fit(parts, device)):
        flux, bad = MappedPixels(parts, device), bad_pixels_of(stores)
    else:
        flux, bad = _held(parts, device)
    return Galaxies(index, flux, pixel_of(stores[0]), bad, most_bad)


def bad_pixels_of(stores: Sequence[CutoutStore]) -> BadPixels:
    """The bad pixels of all cutouts of ``stores``, as far as a network sees them."""
    starts = ((s.pixels, i) for s in stores for i in range(0, len(s.names), _PIECE))
    return together([bad_pixels(unbinned(p[i : i + _PIECE])) for p, i in starts])


def pixel_of(store: CutoutStore) -> float:
    """Side of a pixel, in those of the Legacy Surveys; 1 if the scale is unknown."""
    return (store.manifest.pixscale_arcsec or PIXSCALE_ARCSEC) / PIXSCALE_ARCSEC


def _fit(parts: Sequence[np.ndarray], device: torch.device) -> bool:
    """Whether pixels take at most half of the device's free memory."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
    else:
        free = psutil.virtual_memory().available
    return sum(part.nbytes for part in parts) <= free / 2


def _held(
    parts: Sequence[np.ndarray], device: torch.device
) -> tuple[Tensor, BadPixels]:
    """(N, 3, S, S) float16 on the device, copied in pieces, and their bad pixels."""
    bad, galaxies = [], sum(map(len, parts))
    flux = torch.empty(
        galaxies, *parts[0].shape[1:], dtype=torch.float16, device=device
    )
    start = 0
    for part in parts:
        for first in range(0, len(part), _PIECE):
            some = part[first : first + _PIECE]
            held = np.array(some)
            bad.append(bad_pixels(held if unbinned(some) is some else unbinned(some)))
            piece = without_blanks(torch.from_numpy(held))
            flux[start : start + len(piece)] = piece
            start += len(piece)
    return flux, together(bad)


def network_input(flux: Tensor, recipe: ImageConfig) -> Tensor:
    """The model's float32 input for (B, 3, H, W) fluxes: them, or their pictures.

    The model makes its encoder's input of that (`training.network.input_recipe`).
    """
    if recipe.input == "raw":
        return flux.float()
    return asinh_picture(flux, q=recipe.q)


def asinh_picture(flux: Tensor, *, q: float) -> Tensor:
    """`morph.images.stretch.colour_picture` in torch: (B, 3, H, W), RGB, in [0, 1].

    The same values for finite fluxes, without rounding to 8 bits.
    """
    scales = torch.tensor(stretch.SCALES, device=flux.device).view(3, 1, 1)
    scaled = flux.float() * scales + stretch.OFFSET
    intensity = scaled.clamp(min=0).mean(dim=1, keepdim=True)
    gain = torch.asinh(q * intensity) / (q**0.5 * intensity.clamp(min=1e-9))
    return (scaled * gain).clamp(0, 1).flip(1)
