"""A small table of posteriors in the format of published ones."""

import numpy as np
import pandas as pd

from morph.sky import iauname_from_position
from morph.trees.decision_tree import GZD5


def concentrations_as_published() -> pd.DataFrame:
    """Twelve galaxies with names, positions and 34 concentrations, hyphenated."""
    rng = np.random.default_rng(5)
    ra, dec = rng.uniform(0, 360, 12), rng.uniform(-60, 60, 12)
    table = pd.DataFrame(
        {"iauname": iauname_from_position(ra, dec), "ra": ra, "dec": dec}
    )
    alpha = 1 + 100 * rng.random((12, 34))
    columns = [f"{label}_concentration" for label in GZD5.labels]
    return pd.concat([table, pd.DataFrame(alpha, columns=columns)], axis=1)
