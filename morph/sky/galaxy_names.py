"""Names of galaxies made from positions, and the positions that names give.

The name of a galaxy, ``J112953.88-000427.4``, is its position truncated to 0.01 s of
time and 0.1 arcsec, as recommended by the IAU.
"""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from morph.errors import MorphError

_STEPS_OF_RA = 24_000  # 0.01 s of time, per degree
_STEPS_OF_DEC = 36_000  # 0.1 arcsec, per degree
_LETTERS = 19  # of a name
_BLOCK = 100_000  # positions that are named at once
_NUDGE = 1e-6  # of a step, against rounding errors of positions with full digits

_NAME = re.compile(
    r"J(\d\d)(\d\d)(\d\d(?:\.\d+)?)([+-])(\d\d)(\d\d)(\d\d(?:\.\d+)?)(-\d+)?"
)


def iauname_from_position(ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    """Names of positions, truncated to 0.01 s of time in RA and 0.1 arcsec in Dec.

    They are an object array of ``JHHMMSS.ss±DDMMSS.s``; MorphError if an RA is not in
    [0, 360) or a Dec not in [-90, 90]. `names_of_positions` takes less memory.

    Published names can differ from the published positions: of 7,828 galaxies of a
    Galaxy Zoo DECaLS table, 30% have exactly this name and 9% the rounded one; most
    others differ in a last digit, since they come from another position.
    """
    return names_of_positions(ra, dec).to_numpy(object)


def names_of_positions(ra: np.ndarray, dec: np.ndarray) -> pd.Series:
    """As `iauname_from_position`, without a Python object for each name."""
    ra, dec = np.atleast_1d(ra).astype(float), np.atleast_1d(dec).astype(float)
    bad = ~((ra >= 0) & (ra < 360) & (np.abs(dec) <= 90))
    if bad.any():
        raise MorphError(
            f"{bad.sum():,} positions are invalid (first: RA {ra[bad][0]}, Dec "
            f"{dec[bad][0]}); expected degrees, RA 0 to 360 and Dec -90 to 90"
        )
    letters = np.empty((len(ra), _LETTERS), dtype=np.uint8)
    for start in range(0, len(ra), _BLOCK):
        block = slice(start, start + _BLOCK)
        for place, codes in enumerate(_codes(ra[block], dec[block])):
            letters[block, place] = codes
    ends = np.arange(0, letters.size + 1, _LETTERS, dtype=np.int64)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(letters)]
    names = pa.Array.from_buffers(pa.large_string(), len(ra), buffers)
    return pd.Series(pd.array(names, dtype="str"))


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
    given = pd.Series(names, dtype="str")
    unique = given.to_numpy(object).copy()
    for row, name in new_names(given).items():
        unique[row] = name
    return unique


def new_names(names: pd.Series) -> dict[int, str]:
    """Row -> new name of every row whose name an earlier row has."""
    rows = np.flatnonzero(repeated(names))
    if not len(rows):
        return {}
    twice = names.iloc[rows]
    # A new name is one of these, a hyphen and digits: only such may be taken already.
    longer = names[names.str.len() >= twice.str.len().min() + len("-2")]
    stems = longer.str.replace(r"-[0-9]+$", "", regex=True)
    taken = {*twice, *longer[stems.isin(twice) & (stems != longer)]}
    made: dict[int, str] = {}
    count: Counter[str] = Counter()
    for row, name in zip(rows.tolist(), twice, strict=True):
        new = name
        while new in taken:
            count[name] += 1
            new = f"{name}-{count[name] + 1}"
        made[row] = new
        taken.add(new)
    return made


def repeated(texts: pd.Series) -> np.ndarray:
    """(N,) whether an earlier row has the same text, which is not missing.

    Millions of texts are compared by their hashes; those with equal ones, as they are.
    """
    if not len(texts):
        return np.zeros(0, dtype=bool)
    import duckdb  # slow to import

    with duckdb.connect() as con:
        con.register("texts", pa.table({"text": pa.array(texts, pa.large_string())}))
        hashes = con.sql("SELECT hash(text) AS hash FROM texts").to_arrow_table()
    hashes = hashes["hash"].to_numpy()
    ordered = np.sort(hashes)
    again = np.zeros(len(texts), dtype=bool)
    several = ordered[1:][ordered[1:] == ordered[:-1]]
    if len(several):
        rows = np.flatnonzero(np.isin(hashes, several))
        again[rows] = texts.iloc[rows].duplicated()
    return again


def _codes(ra: np.ndarray, dec: np.ndarray) -> list[np.ndarray]:
    """Codes of the characters of names of positions, an array for each place."""
    east = np.floor(ra * _STEPS_OF_RA + _NUDGE).astype(np.int64) % (360 * _STEPS_OF_RA)
    north = np.floor(np.abs(dec) * _STEPS_OF_DEC + _NUDGE).astype(np.int64)
    sign = np.where(dec < 0, ord("-"), ord("+"))
    begin = np.full(len(ra), ord("J"))
    return [begin, *_sexagesimal(east, 100), sign, *_sexagesimal(north, 10)]


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
