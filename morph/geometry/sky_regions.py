"""Regions of the sky: a cone, a polygon, a coverage map, or all outside one of them.

Positions are ICRS degrees, of ten digits. The texts are those of IVOA's DALI 1.1
(sections 3.3.6 and 3.3.7): ``CIRCLE ra dec radius`` and ``POLYGON ra dec ra dec ra dec
...``, all in degrees. A coverage map (MOC) does not fit into a text: ``MOC id`` is its
id in the workspace. ``NOT`` before one of them is all of the sky outside it.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from morph.errors import MorphError
from morph.geometry.regions import inside
from morph.geometry.sphere import (
    check_sides,
    gnomonic,
    mean_direction,
    separation_deg,
)

MOST_CORNERS = 100
MOST_RADIUS_DEG = 90.0
# A polygon is drawn on a plane that touches the sky at its centre, where great circles
# are straight lines. At 90° from the centre the plane is at infinity.
FARTHEST_DEG = 85.0
_SAME_CORNER_DEG = 1e-9
_NOT = re.compile(r"\s*not\s+", re.IGNORECASE)
_MAP_ID = re.compile(r"[a-z2-7]{10}")
_EXAMPLES = (
    "expected CIRCLE ra dec radius, or POLYGON ra dec ra dec ra dec, in degrees, or "
    "NOT and one of them"
)


@dataclass(frozen=True)
class Cone:
    """Positions at most ``radius_deg`` from a centre, its edge included; or others."""

    ra: float
    dec: float
    radius_deg: float
    outside: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        ra, dec = _position(self.ra, self.dec)
        object.__setattr__(self, "ra", ra)
        object.__setattr__(self, "dec", dec)
        object.__setattr__(self, "radius_deg", _rounded(self.radius_deg))
        if not 0 < self.radius_deg <= MOST_RADIUS_DEG:
            raise MorphError(
                f"the radius of the cone is {self.radius_deg:g}°; expected more than 0 "
                f"and at most {MOST_RADIUS_DEG:g}°"
            )


@dataclass(frozen=True)
class SkyPolygon:
    """Positions within great circles between corners, (ra, dec) in degrees.

    The interior is the side that is smaller than a hemisphere, whatever the order of
    the corners. MorphError if the sides cross, or the polygon is too large.
    """

    corners: tuple[tuple[float, float], ...]
    outside: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        corners = [_position(ra, dec) for ra, dec in self.corners]
        object.__setattr__(self, "corners", _without_repeats(corners))
        if not 3 <= len(self.corners) <= MOST_CORNERS:
            raise MorphError(
                f"the polygon has {len(self.corners)} different corners; expected 3 to "
                f"{MOST_CORNERS}"
            )
        if self.radius_deg > FARTHEST_DEG:
            raise MorphError(
                f"the polygon reaches {self.radius_deg:.0f}° from its centre; at most "
                f"{FARTHEST_DEG:g}° are allowed, as a polygon larger than a hemisphere "
                "has no definite inside. Divide it, or load a coverage map (MOC)"
            )
        check_sides(self.plane)

    @property
    def centre(self) -> tuple[float, float]:
        """RA and Dec of the mean direction of the corners."""
        return mean_direction(*np.transpose(self.corners))

    @property
    def radius_deg(self) -> float:
        """The distance of the farthest corner from the centre."""
        ra, dec = np.transpose(self.corners)
        return float(separation_deg(ra, dec, *self.centre).max())

    @property
    def plane(self) -> np.ndarray:
        """(C, 2) corners on the plane of the `gnomonic` projection at the centre."""
        return np.column_stack(gnomonic(*np.transpose(self.corners), *self.centre))


@dataclass(frozen=True)
class CoverageMap:
    """A multi-order coverage map of the workspace; the name is only for words."""

    map_id: str
    name: str = field(default="", compare=False)
    outside: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        if not _MAP_ID.fullmatch(self.map_id):
            raise MorphError(
                f"{self.map_id[:40]!r} is not the id of a coverage map; expected ten "
                "letters and digits"
            )


SkyRegion = Cone | SkyPolygon | CoverageMap


def region_text(region: SkyRegion) -> str:
    """The text that `region_from_text` reads as the same region."""
    if region.outside:
        return f"NOT {region_text(replace(region, outside=False))}"
    if isinstance(region, CoverageMap):
        return f"MOC {region.map_id}"
    if isinstance(region, Cone):
        numbers, word = (region.ra, region.dec, region.radius_deg), "CIRCLE"
    else:
        numbers, word = [x for corner in region.corners for x in corner], "POLYGON"
    return " ".join([word, *(f"{number:.10g}" for number in numbers)])


def region_from_text(text: str) -> SkyRegion:
    """The region of a text as in DALI, or of ``MOC id``; MorphError if it is none."""
    if found := _NOT.match(text):
        return replace(_from_text(text[found.end() :]), outside=True)
    return _from_text(text)


def _from_text(text: str) -> SkyRegion:
    word, *parts = text.split()[: 2 * MOST_CORNERS + 3] or [""]
    word = word.upper()
    if word == "MOC" and len(parts) == 1:
        return CoverageMap(parts[0])
    try:
        numbers = [float(part) for part in parts]
    except ValueError as error:
        raise MorphError(f"{text[:60]!r} is not a region; {_EXAMPLES}") from error
    if word == "CIRCLE" and len(numbers) == 3:
        return Cone(*numbers)
    if word == "POLYGON" and len(numbers) >= 6 and len(numbers) % 2 == 0:
        pairs = zip(numbers[::2], numbers[1::2], strict=True)
        return SkyPolygon(tuple(pairs))
    raise MorphError(f"{text[:60]!r} is not a region; {_EXAMPLES}")


def region_words(region: SkyRegion) -> str:
    """The region in words, to follow "galaxies"."""
    where = "outside" if region.outside else "in"
    if isinstance(region, CoverageMap):
        return f"{where} the coverage map “{region.name or region.map_id}”"
    if isinstance(region, Cone):
        radius = angle_words(region.radius_deg)
        where = "more than" if region.outside else "within"
        of = "from" if region.outside else "of"
        return f"{where} {radius} {of} {_place(region.ra, region.dec)}"
    number, centre = len(region.corners), _place(*region.centre)
    return f"{where} a polygon of {number} corners around {centre}"


def angle_words(degrees: float) -> str:
    """An angle in arcsec, arcmin or degrees: the largest unit that it has one of."""
    if degrees < 1 / 60:
        return f"{degrees * 3600:.6g} arcsec"
    return f"{degrees * 60:.6g} arcmin" if degrees < 1 else f"{degrees:.6g}°"


def dec_range(region: Cone | SkyPolygon) -> tuple[float, float]:
    """Declinations that contain the region, slightly widened."""
    dec = region.dec if isinstance(region, Cone) else region.centre[1]
    reach = region.radius_deg + 1e-7
    return max(dec - reach, -90.0), min(dec + reach, 90.0)


def ra_half_width(cone: Cone) -> float:
    """How far its right ascensions reach from its centre; 180° around a pole."""
    reach = cone.radius_deg + 1e-7
    if abs(cone.dec) + reach >= 90:
        return 180.0
    widest = math.sin(math.radians(reach)) / math.cos(math.radians(cone.dec))
    return min(math.degrees(math.asin(min(widest, 1.0))) + 1e-7, 180.0)


def in_polygon(polygon: SkyPolygon, ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    """Which of N positions are in a polygon, (N,) bool; NaN is not."""
    return inside(*gnomonic(ra, dec, *polygon.centre), polygon.plane.tolist())


def on_side(
    region: SkyRegion, inside: np.ndarray, ra: np.ndarray, dec: np.ndarray
) -> np.ndarray:
    """Those of N positions that a region selects, of those ``inside`` its edge.

    Both are (N,) bool. An unknown position, NaN, is on neither side of the edge.
    """
    known = np.isfinite(ra) & np.isfinite(dec)
    return known & (inside != region.outside)


def _rounded(number: float) -> float:
    """The number as a text of ten digits has it; -0.0 is 0."""
    return float(f"{number:.10g}") + 0.0


def _position(ra: float, dec: float) -> tuple[float, float]:
    """A position on the sky in ten digits, 0.4 milliarcsec; RA 360 is 0."""
    if not (0 <= ra <= 360 and abs(dec) <= 90):
        raise MorphError(
            f"RA {ra:g}, Dec {dec:g} is not on the sky; expected RA from 0 to 360 and "
            "Dec from -90 to 90, in degrees"
        )
    return _rounded(ra) % 360, _rounded(dec)


def _without_repeats(
    corners: Sequence[tuple[float, float]],
) -> tuple[tuple[float, float], ...]:
    """The corners without those that are at the place of the one before."""
    kept: list[tuple[float, float]] = []
    for ra, dec in corners:
        corner = ra, dec
        if not kept or _apart(kept[-1], corner) > _SAME_CORNER_DEG:
            kept.append(corner)
    while len(kept) > 1 and _apart(kept[0], kept[-1]) <= _SAME_CORNER_DEG:
        kept.pop()
    return tuple(kept)


def _apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    return float(separation_deg(*one, *other))


def _place(ra: float, dec: float) -> str:
    return f"RA {ra:.5f}, Dec {dec:+.5f}"
