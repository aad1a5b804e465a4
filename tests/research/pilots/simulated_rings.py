"""Simulated discs without arms, half of them with a ring, for pretraining.

All other properties (bars, bulges, clumps, tails, companions) have the same
distribution with and without a ring.
"""

import numpy as np
import pandas as pd

from data.simulation.population import DISC, draw_population
from tests.research.pilots.lifelike import lifelike
from tests.research.pilots.simulated import DEFAULT, framed_pictures

VERSION = 1  # of what a seed means; raise it whenever pictures change
_DISC_SHARE = 0.4  # fewer than the population's, so that enough are drawn
_LIGHT = (0.08, 0.5)  # of the disc, in its ring
_PLACE = (0.9, 3.0)  # radius of the ring in scale lengths of the disc


def simulated_rings(galaxies: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Framed images (N, S, S, 3) uint8, and whether each shows a ring (N,) bool."""
    population = ring_population(galaxies, seed)
    rng = np.random.default_rng([seed, 6])
    return framed_pictures(population, DEFAULT, rng), (
        population["ring"] > 0
    ).to_numpy()


def ring_population(galaxies: int, seed: int) -> pd.DataFrame:
    """Discs at all inclinations; columns as in `data.simulation.population`."""
    drawn = draw_population(
        int(galaxies / _DISC_SHARE) + 50, np.random.default_rng([seed, 4])
    )
    rng = np.random.default_rng([seed, 5])
    found = lifelike(drawn, rng)
    discs = found[found["kind"] == DISC][:galaxies].reset_index(drop=True)
    ring = np.arange(galaxies) % 2 == 0
    broken = discs["arm_disorder"] > 0.5  # irregular, and no spiral
    return discs.assign(
        arm_contrast=np.where(
            broken, discs["arm_contrast"], rng.uniform(0, 0.08, galaxies)
        ),
        ring=np.where(ring, np.exp(rng.uniform(*np.log(_LIGHT), galaxies)), 0),
        ring_place=rng.uniform(*_PLACE, galaxies),
    )
