"""Names that give a position, as catalogues and papers write them.

``SDSS J121842.00+114354.4``, ``2MASX J12184200+1143543``, ``J121842+114354``,
``J1218+1143``, ``PSO J184.6750+11.7318``: whatever precedes the J, the digits are a
place, truncated or rounded.
"""

import re
from typing import NamedTuple

import numpy as np

from morph.errors import MorphError

_DESIGNATION = re.compile(
    r"(?:[A-Z0-9\[][A-Z0-9._/\[\] -]{0,30}?)?J ?"
    r"(\d{1,8})(\.\d+)? ?([+-]) ?(\d{1,7})(\.\d+)?(-\d{1,3})?"
)
_WITHOUT_J = re.compile(
    r"(?:(?:SDSS|2MAS[SX]|WISEA?|DESI?|LS|GAMA|DECALS) ?)?"
    r"(\d{6})(\.\d+)? ?([+-]) ?(\d{6})(\.\d+)?(-\d{1,3})?"
)
_DIVIDED = re.compile(
    r"(.*J) ?(\d\d)[:H ] ?(\d\d)[:M ] ?(\d\d(?:\.\d+)?)S? ?([+-]) ?"
    r"(\d\d)[:D° ] ?(\d\d)[:M' ] ?(\d\d(?:\.\d+)?)[S\"]?"
)
_LONGEST = 100  # characters; the patterns take the square of them
_OF_1950 = re.compile(
    r"(?:[A-Z0-9][A-Z0-9._/ -]{0,30}?[ ])?B ?\d{4,6}(\.\d+)?[+-]\d{2,}.*"
)


class NamedPlace(NamedTuple):
    """The place that a name's digits give: a cell of the sky."""

    ra: float  # of the cell's centre, ICRS degrees
    dec: float
    ra_step: float  # the cell's size, degrees of RA and Dec
    dec_step: float
    name: str  # without what precedes the J

    @property
    def iauname(self) -> str | None:
        """The name, if it has all digits of a galaxy's name in a release."""
        full = (
            np.isclose(self.ra_step, 1 / 24_000),
            np.isclose(self.dec_step, 1 / 36_000),
        )
        return self.name if all(full) else None

    @property
    def within_arcsec(self) -> float:
        """The largest distance from the centre of a place that has this name."""
        east = self.ra_step * np.cos(np.radians(self.dec))
        return float(np.hypot(east, self.dec_step)) * 3600

    def fits(self, ra: np.ndarray, dec: np.ndarray, slack_arcsec: float) -> np.ndarray:
        """(N,) whether places have this name, truncated or rounded, but for a slack.

        The digits of a truncated place are up to one unit below it, and those of a
        rounded one up to half a unit above.
        """
        cos = np.maximum(np.cos(np.radians(self.dec)), 1e-6)
        east = ((ra - self.ra + 180) % 360 - 180) / self.ra_step
        side = np.where(np.less(self.dec, 0), -1, 1)
        north = side * (dec - self.dec) / self.dec_step
        slack = slack_arcsec / 3600
        return _in_cell(east, slack / cos / self.ra_step) & _in_cell(
            north, slack / self.dec_step
        )


def _in_cell(from_centre: np.ndarray, slack: float) -> np.ndarray:
    return (from_centre >= -1 - slack) & (from_centre <= 0.5 + slack)


def named_place(text: str) -> NamedPlace | None:
    """The place that a name gives; None if the text is not a name of this kind.

    ``text`` is plain (`morph.sky.plain_text`). MorphError if its digits are no place,
    or are of 1950.
    """
    if len(text) > _LONGEST:
        return None
    upper = text.upper()
    if _OF_1950.fullmatch(upper):
        raise MorphError(
            f"{text[:80]!r} is a name derived from B1950 coordinates, whose digits "
            "are not a J2000 position; enter the J name or the J2000 position"
        )
    upper = _DIVIDED.sub(r"\1\2\3\4\5\6\7\8", upper)
    found = _DESIGNATION.fullmatch(upper) or _WITHOUT_J.fullmatch(upper)
    if found is None:
        return None
    ra, ra_part, sign, dec, dec_part, suffix = (part or "" for part in found.groups())
    if len(ra) > 6 and len(dec) > 5 and not ra_part + dec_part:  # as 2MASS, 6dF write
        ra, ra_part = ra[:6], f".{ra[6:]}"
        dec, dec_part = dec[:6], f".{dec[6:]}" if dec[6:] else ""
    name = f"J{ra}{ra_part}{sign}{dec}{dec_part}{suffix}"
    if len(ra) <= 3 and len(dec) <= 2 and ra_part and dec_part:
        east, north = _decimal(ra, ra_part), _decimal(dec, dec_part)
    else:
        east, north = _sexagesimal(ra, ra_part, 15), _sexagesimal(dec, dec_part, 1)
    if east is None or north is None:
        return None
    if not (0 <= east[0] < 360 and north[0] <= 90 + north[1]):
        raise MorphError(
            f"{text[:80]!r} is not a position on the sky; check its digits"
        )
    latitude = min(north[0], 90) * (-1 if sign == "-" else 1)
    return NamedPlace(east[0], latitude, east[1], north[1], name)


def _decimal(whole: str, part: str) -> tuple[float, float]:
    step = 10.0 ** (1 - len(part))
    return float(whole + part) + step / 2, step


def _sexagesimal(digits: str, part: str, degrees: int) -> tuple[float, float] | None:
    """The centre and size, in degrees, of the cell of ``HHMM.m`` or ``HHMMSS.s``.

    A Dec may also have degrees alone.
    """
    if (len(digits), degrees, part) == (2, 1, ""):
        return int(digits) + 0.5, 1.0
    if len(digits) not in (4, 6):
        return None
    whole, minutes = int(digits[:2]), digits[2:4]
    last = digits[-2:] + part
    size = 10.0 ** -max(len(part) - 1, 0)
    unit = 60 if len(digits) == 4 else 3600
    between = 0 if len(digits) == 4 else int(minutes) / 60
    if int(minutes) > 59 or float(last) >= 60:
        raise MorphError(
            f"{digits}{part} in the name has {last if float(last) >= 60 else minutes} "
            "minutes or seconds; expected less than 60. Check its digits"
        )
    centre = whole + between + (float(last) + size / 2) / unit
    return degrees * centre, degrees * size / unit
