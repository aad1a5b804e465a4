"""Find rows that are at the place of another row, without comparing all with all."""

from collections.abc import Callable
from functools import partial

import numpy as np

_SLACK = 1.05  # for rounding errors: a row too many is compared exactly afterwards
_BLOCK = 500_000  # rows that are compared at once
_STRIP_DEG = 1000.0  # more than the right ascensions of a strip


def may_have_twins(ra: np.ndarray, dec: np.ndarray, arcsec: float) -> np.ndarray:
    """(N,) whether another row may be within ``arcsec``; False is certain.

    ``ra`` and ``dec`` are degrees, both NaN where unknown. Rows are sorted by right
    ascension within strips of declination twice as high as the distance. Two rows so
    near are in one strip of these or of others that begin half a strip later, and then
    each has a neighbour in its strip whose right ascension is near enough.
    """
    known = np.flatnonzero(~(np.isnan(ra) | np.isnan(dec)))
    near = np.zeros(len(ra), dtype=bool)
    apart = _SLACK * arcsec / 3600
    rows, east = _past_the_end(ra, dec, known, apart)
    north = dec[rows]
    for shift in (0.0, 0.5):
        places = _by_block(partial(_places, shift=shift, apart=apart), north, east)
        ordered = np.sort(places)
        are_close = partial(_are_close, shift=shift, apart=apart)
        close = _by_block(are_close, ordered[:-1], ordered[1:])
        if close.any():
            some = np.append(close, False) | np.insert(close, 0, False)
            near[rows[np.isin(places, ordered[some])]] = True
    return near


def _by_block(function: Callable[..., np.ndarray], *arrays: np.ndarray) -> np.ndarray:
    """A function of whole arrays, of some rows at a time: it needs little memory."""
    starts = range(0, max(1, len(arrays[0])), _BLOCK)
    blocks = (slice(start, start + _BLOCK) for start in starts)
    return np.concatenate([function(*(one[b] for one in arrays)) for b in blocks])


def _places(
    north: np.ndarray, east: np.ndarray, *, shift: float, apart: float
) -> np.ndarray:
    """Numbers in the order of the strips, and in each of the right ascension."""
    return np.floor((north + 90) / (2 * apart) + shift) * _STRIP_DEG + east


def _past_the_end(
    ra: np.ndarray, dec: np.ndarray, known: np.ndarray, apart: float
) -> tuple[np.ndarray, np.ndarray]:
    """Rows and their right ascensions, with those just above 0 again above 360."""
    east = ra[known]

    def begin(east: np.ndarray, dec: np.ndarray) -> np.ndarray:
        nearest_to_pole = np.cos(np.radians(dec)) - np.radians(apart)
        return east * nearest_to_pole <= apart * np.pi / 2

    begins = _by_block(begin, east, dec[known])
    again = known[begins & (east < 180)]
    return np.append(known, again), np.append(east, ra[again] + 360)


def _are_close(
    one: np.ndarray, following: np.ndarray, *, shift: float, apart: float
) -> np.ndarray:
    """Whether the right ascensions of two places that follow one another are near.

    They may differ by at most 180 degrees, and those of different strips differ by
    more.
    """
    strips = np.floor(following / _STRIP_DEG)
    farthest = np.abs((strips - shift + 0.5) * 2 * apart - 90) + apart
    smallest = np.cos(np.radians(np.minimum(farthest, 90)))
    sine = np.sin(np.radians(apart / 2)) / smallest
    return following - one <= 2 * np.degrees(np.arcsin(np.minimum(sine, 1)))
