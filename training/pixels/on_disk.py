"""Pixels of a survey larger than memory, read from disk on request.

Row i is galaxy i, as in a tensor. A fit announces its next batches, which threads read
into pinned memory while the network computes. Random access is slow on disks, so an
epoch reads blocks of neighbouring rows.
"""

import time
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from training.pixels.read_ahead import Pace, read_ahead

_CACHED = 2**18  # pixels per band for which a network stays in CPU caches
_ON_GPU = 2**24  # that keep a GPU busy without using up its memory
_AT_LEAST = 8  # images
_BLOCK = 256  # neighbouring rows
_OPEN_BLOCKS = 32  # blocks that batches are drawn from at a time


class MappedPixels:
    """(N, 3, S, S) fluxes of several concatenated arrays on disk.

    ``pixels[rows]`` is a float16 tensor on ``device``.
    """

    dtype = torch.float16

    def __init__(self, parts: Sequence[np.ndarray], device: torch.device) -> None:
        self.device = device
        self._parts = tuple(parts)
        self._ends = np.cumsum([len(part) for part in parts])
        self.shape = torch.Size([int(self._ends[-1]), *parts[0].shape[1:]])
        self._expected: list[Tensor] = []
        self._coming: Iterator[Tensor] | None = None
        self._pace = Pace()

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Tensor) -> Tensor:
        if self._expected and rows is self._expected[0]:
            self._expected.pop(0)
            read = next(self._coming)
        else:
            started = time.monotonic()
            read = self._read(rows.cpu().numpy())
            self._pace.waited_s += time.monotonic() - started
        return read.to(self.device, non_blocking=True)

    def expect(self, batches: Sequence[Tensor], pace: Pace) -> None:
        """Start reading the batches that ``pixels[batch]`` will request, in this order.

        ``pace`` records the waiting time until the next call.
        """
        if self._coming is not None:
            self._coming.close()
        self._expected, self._pace = list(batches), pace
        jobs = [partial(self._read, rows.cpu().numpy()) for rows in batches]
        self._coming = read_ahead(jobs, pace)

    def _read(self, rows: np.ndarray) -> Tensor:
        """(B, 3, S, S) in memory, read in their order on disk."""
        pinned = self.device.type == "cuda"
        read = torch.empty(
            len(rows), *self.shape[1:], dtype=self.dtype, pin_memory=pinned
        )
        into = read.numpy()
        for i in np.argsort(rows):
            part = int(np.searchsorted(self._ends, rows[i], side="right"))
            into[i] = self._parts[part][rows[i] - self._ends[part]]
        return without_blanks(read)


def without_blanks(flux: Tensor) -> Tensor:
    """The same tensor with empty sky, 0, in place of bad pixels: NaN and ±∞."""
    return torch.nan_to_num_(flux, nan=0.0, posinf=0.0, neginf=0.0)


def at_once(side: int, device: torch.device) -> int:
    """Batch size to apply a network to images of ``side`` pixels.

    On CPUs activations should fit in the caches: ConvNeXt-Nano is a third faster with
    batches of 16 images of 128 pixels than of 256.
    """
    pixels = _ON_GPU if device.type == "cuda" else _CACHED
    return max(_AT_LEAST, pixels // side**2)


def each(flux: Tensor | MappedPixels, batches: Sequence[Tensor]) -> Iterator[Tensor]:
    """``flux[batch]`` of each of ``batches``; pixels on disk are read ahead."""
    if isinstance(flux, MappedPixels):
        flux.expect(batches, Pace())
    for rows in batches:
        yield flux[rows]


def shuffled_blocks(rows: np.ndarray, order: np.random.Generator) -> np.ndarray:
    """``rows`` in random order, with neighbours close to each other.

    Galaxies are shuffled within groups of randomly chosen blocks of neighbouring rows.
    """
    blocks = np.split(rows, range(_BLOCK, len(rows), _BLOCK))
    taken = order.permutation(len(blocks))
    together = [
        np.concatenate([blocks[b] for b in taken[first : first + _OPEN_BLOCKS]])
        for first in range(0, len(taken), _OPEN_BLOCKS)
    ]
    return np.concatenate([order.permutation(some) for some in together])
