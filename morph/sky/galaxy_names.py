"""Names of galaxies made from positions, and the positions that names give.

The name of a galaxy, ``J112953.88-000427.4``, is its position truncated to 0.01 s of
time and 0.1 arcsec, as recommended by the IAU.
"""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from morph.errors import MorphError

_STEPS_OF_RA = 24_000  # 0.01 s of time, per degree
_STEPS_OF_DEC = 36_000  # 0.1 arcsec, per degree
_BLOCK = 100_000  # positions that are named at once
_NUDGE = 1e-6  # of a step, against rounding errors of positions with full digits

_NAME = re.compile(
    r"J(\d\d)(\d\d)(\d\d(?:\.\d+)?)([+-])(\d\d)(\d\d)(\d\d(?:\.\d+)?)(-\d+)?"
)


def iauname_from_position(ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    """Names of positions, truncated to 0.01 s of time in RA and 0.1 arcsec in Dec.

    They are an object array of ``JHHMMSS.ss±DDMMSS.s``; MorphError if an RA is not in
    [0, 360) or a Dec not in [-90, 90].

    Published names can differ from the published positions: of 7,828 galaxies of a
    Galaxy Zoo DECaLS table, 30% have exactly this name and 9% the rounded one; most
    others differ in a last digit, since they come from another position.
    """
    ra, dec = np.atleast_1d(ra).astype(float), np.atleast_1d(dec).astype(float)
    bad = ~((ra >= 0) & (ra < 360) & (np.abs(dec) <= 90))
    if bad.any():
        raise MorphError(
            f"{bad.sum():,} positions are invalid (first: RA {ra[bad][0]}, Dec "
            f"{dec[bad][0]}); expected degrees, RA 0 to 360 and Dec -90 to 90"
        )
    names = np.empty(len(ra), dtype=object)
    for start in range(0, len(ra), _BLOCK):
        block = slice(start, start + _BLOCK)
        names[block] = _names(ra[block], dec[block])
    return names


def position_from_iauname(iauname: str) -> tuple[float, float]:
    """RA and Dec, in degrees, of the centre of the cell with this name.

    The cell is one unit of the last digit wide: a full name is within 0.075 arcsec in
    RA and 0.05 in Dec of the position, and the centre has the same name. A suffix for a
    second galaxy of the same name is allowed. MorphError if the text is not
    ``JHHMMSS±DDMMSS``, with or without decimals.
    """
    match = _NAME.fullmatch(iauname)
    if not match:
        raise MorphError(f"{iauname!r} is not a name such as J112953.88-000427.4")
    hours, minutes, seconds, sign, degrees, arcminutes, arcseconds, _ = match.groups()
    ra = 15 * _centre_of_cell(hours, minutes, seconds)
    dec = min(_centre_of_cell(degrees, arcminutes, arcseconds), 90)
    sixtieths = (minutes, seconds, arcminutes, arcseconds)
    if int(hours) > 23 or int(degrees) > 90 or max(map(float, sixtieths)) >= 60:
        raise MorphError(f"{iauname!r} is not a position on the sky; check its digits")
    return ra, -dec if sign == "-" else dec


def unique_names(names: Sequence[str]) -> np.ndarray:
    """Make names unique by a suffix: ``-2`` for the second galaxy, and so on."""
    given = pd.Index(np.asarray(names, dtype=object), dtype=object)
    unique, made, count = given.to_numpy(copy=True), set(), Counter()
    for row in np.flatnonzero(given.duplicated()):
        name = new = given[row]
        while new in given or new in made:
            count[name] += 1
            new = f"{name}-{count[name] + 1}"
        unique[row] = new
        made.add(new)
    return unique


def _names(ra: np.ndarray, dec: np.ndarray) -> list[str]:
    """Names of positions, written as digits of all names at once."""
    east = np.floor(ra * _STEPS_OF_RA + _NUDGE).astype(np.int64) % (360 * _STEPS_OF_RA)
    north = np.floor(np.abs(dec) * _STEPS_OF_DEC + _NUDGE).astype(np.int64)
    sign = np.where(dec < 0, ord("-"), ord("+"))
    letters = [np.full(len(ra), ord("J")), *_sexagesimal(east, 100), sign]
    letters += _sexagesimal(north, 10)
    text = np.stack(letters, axis=1).astype(np.uint8).tobytes().decode("ascii")
    length = len(letters)
    return [text[at : at + length] for at in range(0, len(text), length)]


def _sexagesimal(steps: np.ndarray, per_second: int) -> list[np.ndarray]:
    """Codes of the characters of HHMMSS.ss or DDMMSS.s, an array for each place."""
    seconds, part = np.divmod(steps, per_second)
    minutes, seconds = np.divmod(seconds, 60)
    whole, minutes = np.divmod(minutes, 60)
    digits = [one for n in (whole, minutes, seconds) for one in (n // 10, n % 10)]
    codes = [digit + ord("0") for digit in digits]
    codes.append(np.full(len(steps), ord(".")))
    tenths = [part // 10, part % 10] if per_second == 100 else [part]
    return codes + [digit + ord("0") for digit in tenths]


def _centre_of_cell(whole: str, minutes: str, seconds: str) -> float:
    decimals = len(seconds.partition(".")[2])
    centre = float(seconds) + 0.5 * 10.0**-decimals
    return int(whole) + int(minutes) / 60 + centre / 3600
