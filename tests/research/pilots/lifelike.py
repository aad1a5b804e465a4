"""Make a simulated population more realistic.

The demonstration's galaxies are idealised: arms have high contrast, bars are thin,
discs are face-on or edge-on, edge-on discs have no dust, and artifacts are extreme.
`lifelike` weakens the features of such a population, the columns of
`data.simulation.population.PLAIN`.
"""

import numpy as np
import pandas as pd

from data.simulation.population import DISC, STAR

ARMLESS, STARS = 0.3, 0.5  # fractions of discs and of artifacts


def lifelike(population: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """A population with features as weak as those of real galaxies."""
    n = len(population)

    def factor(low: float, high: float) -> np.ndarray:
        return np.exp(rng.uniform(np.log(low), np.log(high), n))

    def sometimes(fraction: float, low: float, high: float) -> np.ndarray:
        return np.where(rng.random(n) < fraction, rng.uniform(low, high, n), 0)

    return _at_all_angles(population, rng).assign(
        arm_shown=factor(0.45, 1),
        arm_narrow=factor(1.5, 5),
        arm_wander=factor(0.15, 0.6),
        clumps=sometimes(0.4, 0.1, 0.6),
        bar_light=factor(0.7, 1.3),
        bar_length=factor(0.6, 1.15),
        bar_width=factor(1, 2),
        ring_place=rng.uniform(0.9, 2.4, n),
        ring_width=factor(0.15, 0.35),
        dust=sometimes(0.4, 0.2, 0.7),
        tail_light=factor(0.03, 0.6),
        spikes=sometimes(0.4, 0.1, 1),
    )


def _at_all_angles(population: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Discs at all inclinations, some without arms; most artifacts are stars."""
    n = len(population)
    disc = (population["kind"] == DISC).to_numpy()
    armless = rng.random(n) < ARMLESS
    star = rng.random(n) < STARS
    faint = np.exp(rng.uniform(np.log(0.01), 0, n))
    return population.assign(
        axis_ratio=np.where(disc, rng.uniform(0.38, 1, n), population["axis_ratio"]),
        arm_contrast=np.where(
            armless, rng.uniform(0, 0.08, n), population["arm_contrast"]
        ),
        flaw=np.where(star, STAR, population["flaw"]),
        flaw_strength=np.where(star, faint, population["flaw_strength"]),
    )
