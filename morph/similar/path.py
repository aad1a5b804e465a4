"""Galaxies along a path from the query to a different vote fraction of an answer."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from morph.similar.index import VectorIndex, most_similar
from morph.similar.query import CLIP, moved

STEPS = 5


@dataclass(frozen=True)
class PathStop:
    """The galaxy nearest to one point of the path."""

    row: int
    distance: float  # 1 - cosine, from the point to the galaxy
    wanted: float  # vote fraction of the answer at the point


def walk(
    index: VectorIndex,
    query: np.ndarray,
    direction: np.ndarray,
    *,
    now: float,
    wanted: float,
    allowed: np.ndarray,
    steps: int = STEPS,
) -> tuple[PathStop, ...]:
    """Galaxies along the path from a query to another vote fraction of an answer.

    Points are evenly spaced in the log odds of the answer, in which the path is a
    straight line (`morph.similar.query.moved`). Each galaxy occurs once, so there are
    fewer than ``steps`` where fewer are allowed.

    Parameters
    ----------
    query, direction : (D,) arrays
        The query, and `morph.similar.query.answer_direction`.
    now, wanted : float
        Vote fractions of the answer at the start and the end.
    allowed : (N,) bool array
        Candidates.
    """
    free = allowed.copy()
    stops = []
    for fraction in fractions_between(now, wanted, steps):
        point = moved(query, direction, now=now, wanted=fraction)
        nearest = most_similar(index, point, allowed=free, count=1)
        if not len(nearest.rows):
            break
        row = int(nearest.rows[0])
        free[row] = False
        stops.append(PathStop(row, float(nearest.distance[0]), float(fraction)))
    return tuple(stops)


def fractions_between(now: float, wanted: float, steps: int) -> np.ndarray:
    """Vote fractions evenly spaced in log odds, the last one being ``wanted``."""
    ends = logit(np.clip([now, wanted], CLIP, 1 - CLIP))
    return expit(np.linspace(*ends, steps + 1)[1:])
