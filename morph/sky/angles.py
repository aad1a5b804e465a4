"""The places that a text of two coordinates may mean.

Every way to divide the text into an RA and a Dec is tried. A text is understood if all
that fit give one place: a sky position is never guessed.
"""

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

from morph.errors import MorphError

_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?"
_DEGREE, _HOUR, _RADIAN = (
    r"d(?:eg(?:rees?)?)?\b|°",
    r"h(?:(?:ou)?rs?)?\b",
    r"rad(?:ians?)?\b",
)
_PLAIN = re.compile(rf"([+-]?) ?({_NUMBER}) ?({_DEGREE}|{_HOUR}|{_RADIAN})?")
_WHOLE = r"([+-]?) ?(\d{1,3}) ?(:|h(?:rs?)?|d(?:eg)?|°| )"
_MINUTES = r" ?(\d{1,2}(?:\.\d*)?) ?(?::|m(?:in)?|'| |$)"
_SECONDS = r" ?(?:(\d{1,2}(?:\.\d*)?) ?(s(?:ec)?|\")?)?"
_SEXAGESIMAL = re.compile(_WHOLE + _MINUTES + _SECONDS)
_BETWEEN = re.compile(r" ?[,;/|&] ?| |(?=[+-])|(?<=[s\"°])(?=[\d.])")
_SIX_BY_COMMAS = re.compile(r"([+-]?\d+(?:\.\d+)?, ?){5}\d+(?:\.\d+)?")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
_FORTRAN = re.compile(r"(\.\d*)d([+-]\d\d)(?![\d.])")


class Angle(NamedTuple):
    """A coordinate as it was written."""

    value: float  # in the unit, signed
    unit: str  # d, h or r; "" where none was written
    parts: int  # 1 for a plain number, 2 with minutes, 3 with seconds
    text: str

    @property
    def sexagesimal(self) -> bool:
        return self.parts > 1


class Reading(NamedTuple):
    """One place that a text may mean, and how it was read."""

    ra: float  # degrees, 0 to 360
    dec: float
    how: str


def angle(text: str) -> Angle | None:
    """One coordinate; None if the text is none."""
    if found := _PLAIN.fullmatch(text):
        sign, number, unit = found.groups()
        unit = (unit or "")[:1].replace("°", "d")
        value = float(number) * (-1 if sign == "-" else 1)
        return Angle(value, unit, 1, text)
    if not (found := _SEXAGESIMAL.fullmatch(text)):
        return None
    sign, whole, mark, minutes, seconds, end = found.groups()
    if seconds and not minutes.isdigit():
        return None  # only the last part has decimals
    if (end or "").startswith("s") and mark in ": ":
        return None  # "42 S11" may be south
    value = int(whole) + float(minutes) / 60 + float(seconds or 0) / 3600
    if float(minutes) >= 60 or float(seconds or 0) >= 60:
        return None
    unit = mark[0].replace("°", "d") if mark[0] in "hd°" else ""
    parts = 3 if seconds else 2
    return Angle(-value if sign == "-" else value, unit, parts, text)


def with_unit(text: str, unit: str) -> str:
    """The text of a coordinate with a unit, d, h or r, unless it has one."""
    found = angle(text)
    if found is None or found.unit:
        return text
    if found.sexagesimal:  # "12d18:42"
        return re.sub(r"(?<=\d)[: ]", unit, text, count=1)
    return f"{text} {'rad' if unit == 'r' else unit}"


def on_sky(ra: float, dec: float) -> bool:
    """Whether degrees are a place; RA may be -180 to 180, and 360."""
    return -180 <= ra <= 360 and abs(dec) <= 90


def wrapped(ra: float) -> float:
    """An RA of -180 to 360 degrees from 0 to below 360."""
    return 0.0 if ra % 360 == 360 else ra % 360 + 0.0


def place(text: str) -> Reading:
    """The only place that the text may mean; MorphError if there is none or another.

    ``text`` is plain, in lower case, and has only coordinates.
    """
    if (alone := angle(text)) and alone.sexagesimal and alone.unit:
        raise MorphError(f"{text[:80]!r} is not a position")  # "12h18m 42", no Dec
    found: dict[tuple[int, int], Reading] = {}
    off_sky = ""
    for east, north in _divided(text):
        for ra, how in _right_ascensions(east, north):
            dec = _declination(east, north)
            if dec is None:
                continue
            if not on_sky(ra, dec):
                off_sky = off_sky or f"RA {ra:g}, Dec {dec:g} ({how}) is out of range"
                continue
            reading = Reading(wrapped(ra), dec, how)
            key = round(reading.ra * 1e7), round(dec * 1e7)
            found.setdefault(key, reading)
    if not found:
        expected = "expected RA from 0 to 360 and Dec from -90 to 90 degrees"
        raise MorphError(f"{off_sky}; {expected}" if off_sky else _reason(text))
    if len(found) > 1:
        readings = list(found.values())
        raise MorphError(_both(text, readings[0], readings[-1]))
    return next(iter(found.values()))


def _both(text: str, first: Reading, second: Reading) -> str:
    one, other = (f"RA {r.ra:.5f}, Dec {r.dec:+.5f} ({r.how})" for r in (first, second))
    return (
        f"{text[:80]!r} may be {one} or {other}; write the units, as in 12h18m42s "
        "+11d43m54s or 184.675d 11.7318d"
    )


def _reason(text: str) -> str:
    if not text:
        return "enter a position"
    east = next((east for east, _ in _divided(text)), None)
    problem = f"{text[:80]!r} is not a position"
    if east and east.sexagesimal and not east.unit and east.value > 24:
        return f"{problem}: RA {east.text} is above 24 hours; degrees need a d or °"
    return problem


def _divided(text: str) -> Iterator[tuple[Angle, Angle]]:
    """Every way to divide the text in two coordinates; a comma may be a decimal one."""
    if _SIX_BY_COMMAS.fullmatch(text):
        text = text.replace(",", " ").replace("  ", " ")
    versions = [text]
    if "." not in text and "," in text:
        versions.append(_DECIMAL_COMMA.sub(".", text))
    if _FORTRAN.search(text):
        versions.append(_FORTRAN.sub(r"\1e\2", text))
    for version in versions:
        for between in _BETWEEN.finditer(version):
            east = angle(version[: between.start()].strip())
            north = angle(version[between.end() :].strip())
            if east and north:
                yield east, north


def _right_ascensions(east: Angle, north: Angle) -> Iterator[tuple[float, str]]:
    """The RAs in degrees that a coordinate may mean, beside a Dec."""
    value, unit, _, text = east
    sexagesimal = east.sexagesimal
    if unit == "r":
        if north.unit == "r":
            yield math.degrees(value), "radians"
    elif unit == "d" or (not unit and not sexagesimal):
        yield value, "sexagesimal" if sexagesimal else "decimal degrees"
    hours = unit == "h" or (not unit and (sexagesimal or north.sexagesimal))
    if hours and 0 <= value <= 24 and not text.startswith("-"):
        yield 15 * value, "sexagesimal" if sexagesimal else "hours"


def _declination(east: Angle, north: Angle) -> float | None:
    if north.unit == "h" or (north.unit == "r") != (east.unit == "r"):
        return None
    return math.degrees(north.value) if north.unit == "r" else north.value
