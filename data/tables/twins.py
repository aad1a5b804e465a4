"""Find rows that are at the place of another row, without comparing all with all."""

import numpy as np

_SLACK = 1.05  # for rounding errors: a row too many is compared exactly afterwards
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
        strips = np.floor((north + 90) / (2 * apart) + shift)
        places = strips * _STRIP_DEG + east
        ordered = np.sort(places)
        close = np.diff(ordered) <= _apart_in_ra(ordered, shift, apart)
        if close.any():
            some = np.append(close, False) | np.insert(close, 0, False)
            near[rows[np.isin(places, ordered[some])]] = True
    return near


def _past_the_end(
    ra: np.ndarray, dec: np.ndarray, known: np.ndarray, apart: float
) -> tuple[np.ndarray, np.ndarray]:
    """Rows and their right ascensions, with those just above 0 again above 360."""
    east = ra[known]
    nearest_to_pole = np.cos(np.radians(dec[known])) - np.radians(apart)
    begins = east * nearest_to_pole <= apart * np.pi / 2
    again = known[begins & (east < 180)]
    return np.append(known, again), np.append(east, ra[again] + 360)


def _apart_in_ra(ordered: np.ndarray, shift: float, apart: float) -> np.ndarray:
    """(N - 1,) how far two rows of a strip may differ in right ascension, degrees.

    At most 180, and ``ordered`` rows of different strips differ by more.
    """
    strips = np.floor(ordered[1:] / _STRIP_DEG)
    farthest = np.abs((strips - shift + 0.5) * 2 * apart - 90) + apart
    smallest = np.cos(np.radians(np.minimum(farthest, 90)))
    sine = np.sin(np.radians(apart / 2)) / smallest
    return 2 * np.degrees(np.arcsin(np.minimum(sine, 1)))
