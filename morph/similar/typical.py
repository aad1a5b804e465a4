"""The most typical galaxies of a set: those nearest to its middle among features."""

import numpy as np

from morph.similar.index import VectorIndex, most_similar, unit_vectors

MIDDLE_OF = 1000  # galaxies, drawn at random, whose mean is the middle


def most_typical(
    index: VectorIndex,
    rows: np.ndarray,
    *,
    count: int,
    middle_of: int = MIDDLE_OF,
    seed: int = 0,
) -> np.ndarray:
    """The ``count`` galaxies of ``rows`` nearest to their mean direction, in order.

    Where none of them has a vector, the first ones.

    Parameters
    ----------
    rows : (K,) int array
        The set.
    middle_of : int
        Of a larger set, the mean is that of so many, drawn at random.

    Returns
    -------
    (at most ``count``,) int array
        Rows; those without a vector are not among them.
    """
    known = rows[index.known[rows]]
    if not len(known):
        return rows[:count]
    if len(known) > middle_of:
        rng = np.random.default_rng(seed)
        known = rng.choice(known, middle_of, replace=False)
    middle = unit_vectors(index.vectors[np.sort(known)])[0].mean(axis=0)
    allowed = np.zeros(len(index.known), dtype=bool)
    allowed[rows] = True
    return most_similar(index, middle, allowed=allowed, count=count).rows
