"""Random numbers for a batch, the same for any number of processes."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Draws:
    """Numbers drawn for the galaxies of a batch that is split between processes.

    Every process draws for the whole batch from the same generator and keeps the rows
    of its galaxies: ``rank``, ``rank + world_size``, ... So a galaxy gets the same
    augmentation and noise with one process and with many.
    """

    generator: torch.Generator
    rank: int = 0
    world_size: int = 1

    def uniform(self, galaxies: int, *shape: int) -> Tensor:
        """(``galaxies``, *shape) float32 in [0, 1)."""
        return self._own(torch.rand(self._whole(galaxies), *shape, **self._made()))

    def normal(self, galaxies: int, *shape: int) -> Tensor:
        """(``galaxies``, *shape) float32, standard normal."""
        return self._own(torch.randn(self._whole(galaxies), *shape, **self._made()))

    def integers(self, galaxies: int, below: int) -> Tensor:
        """(``galaxies``,) int64 in [0, ``below``)."""
        whole = (self._whole(galaxies),)
        return self._own(torch.randint(below, whole, **self._made()))

    def _whole(self, galaxies: int) -> int:
        return galaxies * self.world_size

    def _made(self) -> dict[str, torch.Generator | torch.device]:
        return {"generator": self.generator, "device": self.generator.device}

    def _own(self, drawn: Tensor) -> Tensor:
        return drawn[self.rank :: self.world_size]
