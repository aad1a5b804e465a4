"""Names of galaxies made from positions, and the positions that names give.

The name of a galaxy, ``J112953.88-000427.4``, is its position truncated to 0.01 s of
time and 0.1 arcsec, as recommended by the IAU.
"""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from morph.errors import MorphError

_STEPS_OF_RA = 24_000  # 0.01 s of time, per degree
_STEPS_OF_DEC = 36_000  # 0.1 arcsec, per degree
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
    east = np.floor(ra * _STEPS_OF_RA + _NUDGE).astype(np.int64) % (360 * _STEPS_OF_RA)
    north = np.floor(np.abs(dec) * _STEPS_OF_DEC + _NUDGE).astype(np.int64)
    names = [
        f"J{_sexagesimal(e, 100)}{'-' if south else '+'}{_sexagesimal(n, 10)}"
        for e, n, south in zip(east.tolist(), north.tolist(), dec < 0, strict=True)
    ]
    return np.array(names, dtype=object)


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
    taken, count = set(names), Counter(set(names))
    unique: dict[str, None] = {}  # in order
    for name in names:
        new = name
        while new in unique or (new != name and new in taken):
            count[name] += 1
            new = f"{name}-{count[name]}"
        unique[new] = None
    return np.array(list(unique), dtype=object)


def _sexagesimal(steps: int, per_second: int) -> str:
    seconds, part = divmod(steps, per_second)
    minutes, seconds = divmod(seconds, 60)
    whole, minutes = divmod(minutes, 60)
    digits = len(str(per_second)) - 1
    return f"{whole:02d}{minutes:02d}{seconds:02d}.{part:0{digits}d}"


def _centre_of_cell(whole: str, minutes: str, seconds: str) -> float:
    decimals = len(seconds.partition(".")[2])
    centre = float(seconds) + 0.5 * 10.0**-decimals
    return int(whole) + int(minutes) / 60 + centre / 3600
