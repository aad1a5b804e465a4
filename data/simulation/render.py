"""The demonstration's galaxies as g, r, z light on a fine grid, before any seeing.

Everything is float32 and batched: one call renders many galaxies of a population
(`data.simulation.population`), each by the painters that it needs, on a grid twice as
fine as the cutout and a little wider.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from data.simulation import artifacts as flaws
from data.simulation import painting
from data.simulation.population import ARTIFACT, DISC, EDGE_ON, SMOOTH
from data.simulation.scene import Grid, Parameters, grid

Painter = Callable[[Parameters, Grid], Tensor]


def render(galaxies: pd.DataFrame, size: int) -> Tensor:
    """(B, 3, N, N) nanomaggies per cell in g, r, z."""
    sky = grid(size)
    scene = torch.zeros(len(galaxies), 3, *sky.x.shape)
    kind = galaxies["kind"].to_numpy()
    layers: tuple[tuple[np.ndarray, Painter], ...] = (
        (kind == SMOOTH, painting.smooth),
        (kind == DISC, painting.disc),
        (kind == EDGE_ON, painting.edge_on),
        (kind == ARTIFACT, flaws.artifact),
        (galaxies["disturbance"].to_numpy() > 0, flaws.tails),
        (galaxies["companion"].to_numpy() > 0, flaws.companion),
        (galaxies["star_flux"].to_numpy() > 0, flaws.foreground_star),
    )
    for chosen, paint in layers:
        rows = np.flatnonzero(chosen)
        if len(rows):
            scene[torch.as_tensor(rows)] += paint(_parameters(galaxies, rows), sky)
    return scene


def _parameters(galaxies: pd.DataFrame, rows: np.ndarray) -> Parameters:
    return {
        name: torch.as_tensor(column.to_numpy(np.float32)[rows, None, None])
        for name, column in galaxies.items()
    }
