"""Random numbers of a batch's galaxies, the same however many processes share it."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Draws:
    """Numbers drawn for the galaxies of a batch that ``of`` processes share.

    Every process draws for the whole batch from the same generator and keeps what
    belongs to its own galaxies: ``share``, ``share + of``, ... So a galaxy is turned,
    moved and given noise alike in one process and in many.
    """

    generator: torch.Generator
    share: int = 0
    of: int = 1

    def uniform(self, galaxies: int, *shape: int) -> Tensor:
        """(``galaxies``, *shape) float32 in [0, 1)."""
        return self._own(torch.rand(galaxies * self.of, *shape, **self._made()))

    def normal(self, galaxies: int, *shape: int) -> Tensor:
        """(``galaxies``, *shape) float32 of mean 0 and spread 1."""
        return self._own(torch.randn(galaxies * self.of, *shape, **self._made()))

    def integers(self, galaxies: int, below: int) -> Tensor:
        """(``galaxies``,) int64 in [0, ``below``)."""
        return self._own(torch.randint(below, (galaxies * self.of,), **self._made()))

    def _made(self) -> dict[str, torch.Generator | torch.device]:
        return {"generator": self.generator, "device": self.generator.device}

    def _own(self, drawn: Tensor) -> Tensor:
        return drawn[self.share :: self.of]
