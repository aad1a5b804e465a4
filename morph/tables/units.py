"""Convert columns from the units and the sky frame that a table declares.

A table that declares nothing has degrees and ICRS positions, as published catalogues
of galaxies have.
"""

import re
import warnings
from collections.abc import Callable

import astropy.units as u
import numpy as np
from astropy.coordinates import (
    FK4,
    FK5,
    ICRS,
    BarycentricMeanEcliptic,
    FK4NoETerms,
    Galactic,
    SkyCoord,
    Supergalactic,
)
from astropy.coordinates.baseframe import BaseCoordinateFrame
from astropy.time import Time

from morph.errors import UnreadableTable

_NO_UNIT = {"", "-", "--", "---", "none", "null", "unitless", "dimensionless", "1"}
# Spellings that astropy does not know, or knows as something else (d is a day).
_ANGLES = {
    **dict.fromkeys(("d", "degs", "degr", "degree", "degrees", "°", "º"), u.deg),
    **dict.fromkeys(("d:m:s", "dms", "dd:mm:ss", "ddmmss", "decimal degrees"), u.deg),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "ha"), u.hourangle),
    **dict.fromkeys(("hourangle", "h:m:s", "hms", "hh:mm:ss", "hhmmss"), u.hourangle),
    **dict.fromkeys(("rads", "radian", "radians"), u.rad),
    **dict.fromkeys(("'", "′", "amin", "arcmins", "arcminutes"), u.arcmin),
    **dict.fromkeys(('"', "″", "''", "asec", "arcsecs", "arcseconds"), u.arcsec),
}
_OTHERS = {
    **dict.fromkeys(("abmag", "mag(ab)", "ab mag", "mag ab", "mags"), u.mag),
    **dict.fromkeys(("magnitude", "magnitudes", "[mag]"), u.mag),
}
_SHORT_NAMES = {u.hourangle: "hours", u.rad: "radians", u.deg: "degrees"}
_EPOCH = re.compile(r"[JB]?\s*(\d{4}(?:\.\d*)?)")


def unit_of(text: str) -> u.UnitBase | None:
    """The unit that a table states, None if it states none.

    UnreadableTable if no standard knows it.
    """
    plain = " ".join(text.strip().strip("[]").split())
    if len(plain) > 2 and plain[0] == plain[-1] == '"':
        plain = plain[1:-1]  # VizieR writes "h:m:s" so
    if plain.lower() in _NO_UNIT:
        return None
    for known in (_ANGLES, _OTHERS):
        if plain.lower().rstrip(".") in known:
            return known[plain.lower().rstrip(".")]
    with warnings.catch_warnings(action="ignore"):
        for format in (None, "cds", "vounit", "fits"):
            for written in (plain, plain.lower()):
                try:
                    return u.Unit(written, format=format)
                except (ValueError, TypeError):
                    continue
    raise UnreadableTable(
        f"the unit {text.strip()[:40]!r} is not known; write it as in the VOUnits "
        "standard (deg, rad, arcsec, mag), or leave it out"
    )


def to_degrees(values: np.ndarray, unit: str) -> np.ndarray:
    """Angles in the stated unit as degrees; without a unit they are degrees already.

    Hours are hours of right ascension. UnreadableTable if it is no unit of an angle.
    """
    return to_unit(values, unit, "deg")


def from_degrees(values: np.ndarray, unit: str) -> np.ndarray:
    """Degrees in the stated unit of an angle: the inverse of `to_degrees`."""
    return values / to_degrees(np.ones(1), unit)[0]


def to_unit(values: np.ndarray, unit: str, wanted: str) -> np.ndarray:
    """Values in the stated unit as ``wanted``; without a unit they are so already.

    UnreadableTable if the unit is unknown or measures something else.
    """
    stated, target = unit_of(unit), u.Unit(wanted)
    if stated is None or stated == target:
        return values
    if getattr(stated, "physical_unit", None) == u.AB:
        stated = u.mag
    try:
        return stated.to(target, values)
    except u.UnitConversionError as error:
        raise UnreadableTable(
            f"the unit {unit.strip()[:40]!r} is not one of {_measured(target)}; "
            f"convert the values to {wanted or 'plain numbers'} and correct the unit"
        ) from error


def column_to_unit(
    table: str, column: str, values: np.ndarray, *, unit: str, wanted: str
) -> np.ndarray:
    """As `to_unit` of a column, whose name the UnreadableTable begins with."""
    try:
        return to_unit(values, unit, wanted)
    except UnreadableTable as error:
        raise UnreadableTable(f"{table}, column {column!r}: {error}") from error


def is_angle(unit: str) -> bool:
    """Whether a text is a unit of an angle."""
    try:
        return unit_of(unit) is not None and bool(to_degrees(np.ones(1), unit)[0])
    except UnreadableTable:
        return False


def unit_name(unit: str) -> str:
    """The unit in a word for a sentence: "radians"."""
    stated = unit_of(unit)
    return "" if stated is None else _SHORT_NAMES.get(stated, stated.to_string())


def to_icrs(
    ra: np.ndarray, dec: np.ndarray, frame: str
) -> tuple[np.ndarray, np.ndarray]:
    """ICRS degrees of longitudes and latitudes in degrees in the stated frame.

    NaN stays NaN. UnreadableTable if the frame is unknown, or a latitude is impossible.
    """
    stated = _frame(frame)
    if isinstance(stated, ICRS):
        return ra, dec
    known = np.isfinite(ra) & np.isfinite(dec)
    if (np.abs(dec[known]) > 90).any():
        raise UnreadableTable(
            f"a latitude is {dec[known][np.argmax(np.abs(dec[known]))]:g}; expected "
            f"degrees from -90 to 90 in the frame {frame}"
        )
    icrs = np.full((2, len(ra)), np.nan)
    place = SkyCoord(ra[known] * u.deg, dec[known] * u.deg, frame=stated).icrs
    icrs[:, known] = place.ra.deg, place.dec.deg
    return icrs[0], icrs[1]


def is_icrs(frame: str) -> bool:
    """Whether positions in the stated frame are ICRS as they are."""
    return isinstance(_frame(frame), ICRS)


def _frame(text: str) -> BaseCoordinateFrame:
    """The astropy frame of a name such as FK4 B1950, or of VOTable's eq_FK5."""
    words = " ".join(text.upper().split()).replace("ECL_", "ECL-").removeprefix("EQ_")
    name, _, rest = words.partition(" ")
    known: dict[str, Callable[[Time | None], BaseCoordinateFrame]] = {
        **dict.fromkeys(("", "ICRS", "ICRF"), lambda _: ICRS()),
        "FK5": lambda e: FK5(equinox=e or "J2000"),
        "FK4": lambda e: FK4(equinox=e or "B1950"),
        "FK4-NO-E": lambda e: FK4NoETerms(equinox=e or "B1950"),
        **dict.fromkeys(("GALACTIC", "GAL"), lambda _: Galactic()),
        **dict.fromkeys(("SUPERGALACTIC", "SUPER"), lambda _: Supergalactic()),
        **dict.fromkeys(
            ("ECLIPTIC", "ECL", "ECL-FK5"),
            lambda e: BarycentricMeanEcliptic(equinox=e or "J2000"),
        ),
    }
    years = _EPOCH.fullmatch(rest.strip())
    if rest and not years:
        name = ""  # "ICRS or galactic" says nothing
    if name in ("J2000", "J2000.0"):
        name, years = "FK5", None
    if name in ("B1950", "B1950.0"):
        name, years = "FK4", None
    if name not in known or (rest and not name):
        raise UnreadableTable(
            f"positions in {text[:60]!r} cannot be converted; expected ICRS, FK5, FK4, "
            "galactic, supergalactic or ecliptic coordinates"
        )
    year = float(years[1]) if years else None
    of_bessel = name.startswith("FK4")
    epoch = Time(year, format="byear" if of_bessel else "jyear") if year else None
    return known[name](epoch)


def _measured(target: u.UnitBase) -> str:
    kinds = {u.deg: "angles", u.arcsec: "angles", u.mag: "magnitudes"}
    return kinds.get(target, "plain numbers")
