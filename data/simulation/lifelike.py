"""Galaxies more as nature shows them than as a textbook does.

The demonstration's galaxies are drawn for teaching: arms stand clear of their disc,
bars are thin, discs are seen face-on or from their edge, edge-on discs have no dust,
artifacts are spectacular. `lifelike` takes such a population nearer to real pictures;
its columns that the plain one has too then say what the galaxies are.

===========  ======  ===============================================================
column       plain   meaning
===========  ======  ===============================================================
arm_shown    1       share of `arm_contrast` that stands out of the even disc
arm_narrow   3       how narrow arms are, the s of exp(s (cos φ - 1))
arm_wander   0.15    how far arms wander off the logarithmic spiral, radians
clumps       0       how patchy a disc's light is
bar_light    1       the bar's light, in units of the plain one's
bar_length   1       its length, likewise
bar_width    1       its width, likewise
ring_place   1.6     radius of a ring in scale lengths of the disc
ring_width   0.22    its width, likewise
dust         0       share of an edge-on disc's light that a lane of dust takes away
tail_light   1       light of tidal tails, in units of the plain ones'
spikes       1       how bright the spikes of a bright star are, likewise
===========  ======  ===============================================================
"""

import numpy as np
import pandas as pd

from data.simulation.population import DISC, STAR

ARMLESS, STARS = 0.3, 0.5  # shares of discs and of artifacts


def lifelike(population: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """A population with features as weak as those of real galaxies."""
    n = len(population)

    def factor(low: float, high: float) -> np.ndarray:
        return np.exp(rng.uniform(np.log(low), np.log(high), n))

    def sometimes(share: float, low: float, high: float) -> np.ndarray:
        return np.where(rng.random(n) < share, rng.uniform(low, high, n), 0)

    return _seen_anyhow(population, rng).assign(
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


def _seen_anyhow(population: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Discs at all angles, some of them without arms; most artifacts are stars."""
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
