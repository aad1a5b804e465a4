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
        whole = (galaxies * self.world_size, *shape)
        return self.of_rank(torch.rand(whole, **self._source))

    def normal(self, galaxies: int, *shape: int) -> Tensor:
        """(``galaxies``, *shape) float32, standard normal."""
        whole = (galaxies * self.world_size, *shape)
        return self.of_rank(torch.randn(whole, **self._source))

    def integers(self, galaxies: int, below: int) -> Tensor:
        """(``galaxies``,) int64 in [0, ``below``)."""
        whole = (galaxies * self.world_size,)
        return self.of_rank(torch.randint(below, whole, **self._source))

    @property
    def _source(self) -> dict[str, torch.Generator | torch.device]:
        return {"generator": self.generator, "device": self.generator.device}

    def of_rank(self, whole: Tensor) -> Tensor:
        """The rows of this process, of the whole batch."""
        return whole[self.rank :: self.world_size]
