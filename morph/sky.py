"""Positions on the sky: names from coordinates, parsing, cones, external links.

All positions are ICRS degrees. The name of a galaxy, ``J112953.88-000427.4``, is its
position truncated to 0.01 s of time and 0.1 arcsec, as recommended by the IAU.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlsplit

import astropy.units as u
import cdshealpix.nested
import numpy as np
from astropy.coordinates import Latitude, Longitude, SkyCoord, angular_separation

from morph.errors import MorphError

HEALPIX_ORDER = 29

_STEPS_OF_RA = 24_000  # 0.01 s of time, per degree
_STEPS_OF_DEC = 36_000  # 0.1 arcsec, per degree
_NUDGE = 1e-6  # of a step, against rounding errors of positions with full digits

_NAME = re.compile(
    r"J(\d\d)(\d\d)(\d\d(?:\.\d+)?)([+-])(\d\d)(\d\d)(\d\d(?:\.\d+)?)(-\d+)?"
)
_IAUNAME = re.compile(r"J\d{6}\.\d{2}[+-]\d{6}\.\d(-\d+)?")
_NUMBER = r"[+-]?(?:\d{1,4}(?:\.\d*)?|\.\d+)"
_DEGREES = re.compile(rf"({_NUMBER})\s*(?:d|deg|°)?[\s,;]+({_NUMBER})\s*(?:d|deg|°)?")
_WORDS = re.compile(r"\b(?:icrs|j2000|sdss|decals|nsa|ra|dec|decl)\b\.?\s*[:=]?", re.I)
_PLAIN = str.maketrans({"−": "-", "–": "-", "′": "'", "’": "'", "″": '"', "”": '"'})
_EXAMPLES = (
    "184.675 11.7318, 12:18:42.0 +11:43:54, J121842.00+114354.4, or a link to the "
    "Legacy Surveys viewer or ESASky"
)


@dataclass(frozen=True)
class Position:
    """A parsed position, and a sentence on how it was understood."""

    ra: float  # degrees
    dec: float  # degrees
    understood: str
    iauname: str | None = None  # if the text was the full name of a galaxy


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


def parse_position(text: str) -> Position:
    """Parse a position on the sky: degrees, sexagesimal, a J name or a link."""
    text = text.strip().translate(_PLAIN)
    if ("?" in text or "#" in text) and ("//" in text or "=" in text):
        return _from_link(text)
    name = _WORDS.sub(" ", text).replace(" ", "").upper()
    if _NAME.fullmatch(name):
        ra, dec = position_from_iauname(name)
        iauname = name if _IAUNAME.fullmatch(name) else None
        return _position(ra, dec, f"the name {name}", iauname)
    plain = _WORDS.sub(" ", text).strip()
    if degrees := _DEGREES.fullmatch(plain):
        ra, dec = (float(number) for number in degrees.groups())
        return _position(ra, dec, "decimal degrees")
    return _from_sexagesimal(plain, text)


def separation_arcsec(
    ra: np.ndarray, dec: np.ndarray, *, from_ra: float, from_dec: float
) -> np.ndarray:
    """(N,) great-circle distances in arcsec of positions in degrees from another."""
    angles = np.radians(ra), np.radians(dec), np.radians(from_ra), np.radians(from_dec)
    return np.degrees(angular_separation(*angles)) * 3600


def cone_ranges(ra: float, dec: float, radius_arcsec: float) -> list[tuple[int, int]]:
    """Ranges [start, stop) of order-29 HEALPix indices that cover a cone.

    They cover all of the cone and slightly more: select with them first, then with
    `separation_arcsec`.
    """
    if not (0 <= ra < 360 and abs(dec) <= 90 and 0 < radius_arcsec <= 648_000):
        raise MorphError(
            f"RA {ra}, Dec {dec} with radius {radius_arcsec} arcsec is not a cone on "
            "the sky; expected degrees, and a radius above 0 and up to 648,000 arcsec"
        )
    radius = radius_arcsec / 3600
    depth = int(np.clip(np.log2(58.6 / radius) + 3, 0, HEALPIX_ORDER))  # 8 cells wide
    cells, depths, _ = cdshealpix.nested.cone_search(
        Longitude(ra, u.deg), Latitude(dec, u.deg), radius * u.deg, depth
    )
    ranges: list[tuple[int, int]] = []
    shifts = 2 * (HEALPIX_ORDER - depths.astype(int))
    for start, stop in sorted(
        (int(cell) << int(shift), (int(cell) + 1) << int(shift))
        for cell, shift in zip(cells, shifts, strict=True)
    ):
        if ranges and ranges[-1][1] == start:
            start = ranges.pop()[0]
        ranges.append((start, stop))
    return ranges


def external_links(ra: float, dec: float, layer: str) -> list[tuple[str, str]]:
    """Names and URLs of external services at a position; ``layer`` of the viewer."""
    pair = quote(f"{ra:.6f} {dec:+.6f}")
    viewer = f"https://www.legacysurvey.org/viewer?ra={ra:.6f}&dec={dec:.6f}&zoom=16"
    return [
        ("Legacy Surveys viewer", f"{viewer}&layer={layer}&mark={ra:.6f},{dec:.6f}"),
        ("DESI spectra", f"{viewer}&layer={layer}&desi-spec-dr1"),
        (
            "SIMBAD",
            f"https://simbad.cds.unistra.fr/simbad/sim-coo?Coord={pair}"
            "&CooFrame=ICRS&Radius=30&Radius.unit=arcsec",
        ),
        (
            "NED",
            "https://ned.ipac.caltech.edu/conesearch?search_type=Near%20Position%20Search"
            f"&in_csys=Equatorial&in_equinox=J2000&ra={ra:.6f}d&dec={dec:.6f}d&radius=0.5",
        ),
        (
            "VizieR",
            f"https://vizier.cds.unistra.fr/viz-bin/VizieR-4?-c={pair}&-c.rs=10",
        ),
        ("ESASky", f"https://sky.esa.int/?target={pair}&fov=0.05"),
        (
            "Aladin Lite",
            f"https://aladin.cds.unistra.fr/AladinLite/?target={pair}&fov=0.05",
        ),
    ]


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


def _position(ra: float, dec: float, how: str, iauname: str | None = None) -> Position:
    if not (0 <= ra < 360 and abs(dec) <= 90):
        raise MorphError(
            f"RA {ra:g}, Dec {dec:g} ({how}) is not on the sky; expected RA from 0 to "
            "360 and Dec from -90 to 90 degrees"
        )
    return Position(ra, dec, f"RA {ra:.5f}, Dec {dec:+.5f} ({how})", iauname)


def _from_link(text: str) -> Position:
    try:
        link = urlsplit(text if "//" in text else f"//{text}")
    except ValueError as error:
        raise MorphError(f"{text[:80]!r} is not a link; paste it again") from error
    query = parse_qs(link.query or link.fragment.lstrip("?"))
    if query.get("cooframe", [""])[0].upper().startswith("GAL"):
        raise MorphError("the link has Galactic coordinates; change it to J2000 first")
    if "ra" in query and "dec" in query:
        target = f"{query['ra'][0]} {query['dec'][0]}"
    elif "target" in query:
        target = query["target"][0]
    else:
        raise MorphError("the link has no position (ra= and dec=, or target=)")
    if "?" in target or "#" in target:
        raise MorphError(f"{target!r} in the link is not a position")
    position = parse_position(target)
    host = link.hostname or "a page"
    return _position(position.ra, position.dec, f"link to {host}", position.iauname)


def _from_sexagesimal(plain: str, text: str) -> Position:
    problem = f"{text[:80]!r} is not a position" if text else "enter a position"
    refused = MorphError(f"{problem}; try {_EXAMPLES}")
    if plain.startswith("-"):
        raise refused
    try:
        spaced = re.sub(r"[,;]", " ", plain)
        position = SkyCoord(spaced, unit=(u.hourangle, u.deg))
    except ValueError as error:
        raise refused from error
    return _position(float(position.ra.deg), float(position.dec.deg), "sexagesimal")


def healpix_29(ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    """Nested HEALPix index at order 29 of ICRS positions in degrees; -1 for NaN."""
    index = np.full(len(ra), -1, dtype=np.int64)
    known = np.isfinite(ra) & np.isfinite(dec)
    index[known] = cdshealpix.nested.lonlat_to_healpix(
        Longitude(ra[known], u.deg), Latitude(dec[known], u.deg), HEALPIX_ORDER
    ).astype(np.int64)
    return index
