"""Labelled galaxies beside their answers: overlaps, size, brightness, colours."""

from collections.abc import Collection
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from morph.geometry.sphere import unit_vectors
from morph.release.photometry_and_redshifts import PHYSICAL
from morph.similar.near_examples import SKIP_ARCSEC

_KINDS = ("magnitude", "size")
_LEAST_KNOWN = 0.5  # fraction of the galaxies, for a number to be used


def groups(ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    """(n,) a number for each galaxy, equal for those whose images overlap.

    Such galaxies (nearer than `SKIP_ARCSEC`) are one in the folds of a
    cross-validation. ``ra`` and ``dec`` are (n,) in degrees, NaN where unknown.
    """
    found = np.arange(len(ra))
    known = np.flatnonzero(np.isfinite(ra) & np.isfinite(dec))
    if len(known):
        vectors = unit_vectors(ra[known], dec[known])
        chord = 2 * np.sin(np.radians(SKIP_ARCSEC / 3600) / 2)
        pairs = KDTree(vectors).query_pairs(chord, output_type="ndarray")
        ends = known[pairs]
        shape = (len(ra), len(ra))
        joined = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=shape)
        found = connected_components(joined, directed=False)[1]
    return found


def plain_columns(columns: Collection[str]) -> list[str]:
    """Those of the columns that are magnitudes and sizes."""
    return [
        name for name, one in PHYSICAL.items() if one.kind in _KINDS and name in columns
    ]


def plain_numbers(table: pd.DataFrame) -> np.ndarray | None:
    """Magnitudes, logarithms of sizes and colours, (n, P), of mean 0 and variance 1.

    Unknown ones are the median. None where no number is known of half of the galaxies.
    """
    values: dict[str, np.ndarray] = {}
    magnitudes = []
    for name in plain_columns(table.columns):
        numbers = table[name].to_numpy(float, na_value=np.nan)
        if PHYSICAL[name].kind == "size":
            numbers = np.log10(np.where(numbers > 0, numbers, np.nan))
        else:
            magnitudes.append(numbers)
        values[name] = numbers
    found = [*values.values(), *(a - b for a, b in pairwise(magnitudes))]
    used = [one for one in found if np.isfinite(one).mean() >= _LEAST_KNOWN]
    return np.stack([_scaled(one) for one in used], axis=1) if used else None


def _scaled(numbers: np.ndarray) -> np.ndarray:
    filled = np.where(np.isfinite(numbers), numbers, np.nanmedian(numbers))
    spread = filled.std()
    return (filled - filled.mean()) / (spread if spread > 0 else 1)
