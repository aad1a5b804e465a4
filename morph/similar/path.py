"""A walk from galaxies to more or less of an answer, over real galaxies on the way."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from morph.similar.index import VectorIndex, most_similar
from morph.similar.query import CLIP, moved

STEPS = 5


@dataclass(frozen=True)
class Step:
    """The galaxy nearest to one place of the walk.

    ``wanted`` is the vote fraction of the answer that the place stands for.
    """

    row: int
    distance: float  # 1 - cosine, from the place to the galaxy
    wanted: float


def walk(
    index: VectorIndex,
    query: np.ndarray,
    direction: np.ndarray,
    *,
    now: float,
    wanted: float,
    allowed: np.ndarray,
    steps: int = STEPS,
) -> tuple[Step, ...]:
    """Galaxies along the way from a query to another fraction of an answer.

    Places are evenly spaced in the answer's log odds, in which the query moves along a
    straight line (`morph.similar.query.moved`). No galaxy stands at two of them.

    Parameters
    ----------
    query, direction : (D,) arrays
        What to be like, and `morph.similar.query.answer_direction`.
    now, wanted : float
        Vote fractions of the answer at the beginning and at the end.
    allowed : (N,) bool array
        Galaxies that may stand on the way.

    Returns
    -------
    tuple of Step
        Fewer than ``steps`` where fewer galaxies are allowed.
    """
    free = allowed.copy()
    found = []
    for fraction in fractions_between(now, wanted, steps):
        place = moved(query, direction, now=now, wanted=fraction)
        nearest = most_similar(index, place, allowed=free, count=1)
        if not len(nearest.rows):
            break
        row = int(nearest.rows[0])
        free[row] = False
        found.append(Step(row, float(nearest.distance[0]), float(fraction)))
    return tuple(found)


def fractions_between(now: float, wanted: float, steps: int) -> np.ndarray:
    """Vote fractions evenly spaced in log odds, the last one being ``wanted``."""
    ends = logit(np.clip([now, wanted], CLIP, 1 - CLIP))
    return expit(np.linspace(*ends, steps + 1)[1:])
