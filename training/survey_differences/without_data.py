"""Pixels without data: not finite, or exactly 0, as masked pixels of stores are read.

Real sky is 0 to the last bit so rarely that its pixels may be left out.
"""

import torch
from torch import Tensor


def has_data(flux: Tensor) -> Tensor:
    """Where (..., S, S) fluxes have data."""
    return torch.isfinite(flux) & (flux != 0)


def marked(flux: Tensor) -> Tensor:
    """The same fluxes in float32, NaN where they have no data."""
    return flux.float().masked_fill(~has_data(flux), torch.nan)


def filled(flux: Tensor) -> tuple[Tensor, Tensor]:
    """(B, 3, S, S) float32 fluxes with data everywhere, and where (B, 3, S, S) not even
    the fill has data.

    A pixel without data gets the flux of the pixel opposite the centre, since galaxies
    look similar turned by 180°, and 0 if that has no data either.
    """
    there = has_data(flux)
    known = flux.float().masked_fill(~there, 0)
    if there.all():
        return known, ~there
    opposite, also = known.flip(-2, -1), there.flip(-2, -1)
    return torch.where(there, known, opposite), ~(there | also)
