"""Where on the sky a survey has images: limits on positions, or a map (MOC)."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from morph.errors import MorphError
from morph.sky.coverage_map import contains, read_moc

# Images reach up to this far beyond the nominal limits: DECaLS galaxies with votes lie
# at Dec 35.1°, lens candidates of BASS/MzLS at a Galactic latitude of 13.5°.
MARGIN_DEG = 3.0

Range = tuple[float, float]


@dataclass(frozen=True)
class Footprint:
    """Nominal limits of the images of a survey, in degrees (ICRS and Galactic).

    ``north`` and ``south`` are the declinations imaged in the north (b > 0) and in the
    south Galactic cap, None where there are no images. ``least_latitude`` is the
    smallest |b|, ``north_ra`` the right ascensions in the north cap. In place of these,
    ``boxes`` are exact ranges of right ascension and declination, or ``moc`` is the
    file of a multi-order coverage map; both without a margin.
    """

    north: Range | None = None
    south: Range | None = None
    least_latitude: float = 0.0
    north_ra: Range = (0.0, 360.0)
    boxes: tuple[tuple[float, float, float, float], ...] = ()  # RA, RA, Dec, Dec
    moc: str = ""

    def __post_init__(self) -> None:
        given = (bool(self.north or self.south), bool(self.boxes), bool(self.moc))
        if sum(given) != 1:
            raise MorphError(
                "its footprint needs exactly one of these: north and south; boxes; moc"
            )

    @property
    def words(self) -> str:
        """The limits in one line."""
        if self.moc:
            return f"the map {Path(self.moc).name}"
        if self.boxes:
            each = [f"RA {_range(b[:2])}, Dec {_range(b[2:])}" for b in self.boxes]
            return "; ".join(each)
        caps = {"north": self.north, "south": self.south}
        each = [
            f"{_range(d)} in the {cap} Galactic cap" for cap, d in caps.items() if d
        ]
        if self.north and self.north == self.south:
            each = [_range(self.north)]
        parts = [f"Dec {' and '.join(each)}"]
        if self.north_ra != (0.0, 360.0):
            parts.append(f"RA {_range(self.north_ra)}")
        if self.least_latitude:
            parts.append(f"|b| ≥ {self.least_latitude:g}°")
        return ", ".join(parts)

    def dec_range(self) -> Range:
        """Declinations outside which there are no images, with the margin."""
        if self.moc:
            return -90.0, 90.0
        if self.boxes:
            return min(b[2] for b in self.boxes), max(b[3] for b in self.boxes)
        limits = [one for one in (self.north, self.south) if one]
        return (
            max(min(low for low, _ in limits) - MARGIN_DEG, -90.0),
            min(max(high for _, high in limits) + MARGIN_DEG, 90.0),
        )

    def contains(self, ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
        """Which positions, two (N,) arrays in degrees, are inside, with the margin.

        An unknown position, NaN, is not.
        """
        if self.moc:
            return contains(read_moc(Path(self.moc)), ra, dec)
        if self.boxes:
            return np.any([_in_box(ra, dec, box) for box in self.boxes], axis=0)
        latitude = galactic_latitude(ra, dec)
        north = (ra >= self.north_ra[0] - MARGIN_DEG) & (
            ra <= self.north_ra[1] + MARGIN_DEG
        )
        north &= (latitude > 0) & _within(dec, self.north)
        south = (latitude <= 0) & _within(dec, self.south)
        return (north | south) & (np.abs(latitude) >= self.least_latitude - MARGIN_DEG)


def galactic_latitude(ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    """Galactic latitude b of ICRS positions, (N,) degrees; NaN for unknown ones."""
    pole_ra, pole_dec = np.radians(_galactic_pole())
    ra, dec = np.radians(ra), np.radians(dec)
    sine = np.sin(dec) * np.sin(pole_dec)
    sine += np.cos(dec) * np.cos(pole_dec) * np.cos(ra - pole_ra)
    return np.degrees(np.arcsin(np.clip(sine, -1, 1)))


@cache
def _galactic_pole() -> tuple[float, float]:
    """ICRS degrees of the north Galactic pole.

    With it a latitude takes 0.05 µs; a transformation by astropy takes ten times that.
    """
    from astropy.coordinates import SkyCoord  # slow to import

    pole = SkyCoord(0, 90, unit="deg", frame="galactic").icrs
    return float(pole.ra.deg), float(pole.dec.deg)


def _in_box(
    ra: np.ndarray, dec: np.ndarray, box: tuple[float, float, float, float]
) -> np.ndarray:
    """Whether positions are in a box; its right ascensions may pass through 0."""
    first, last, low, high = box
    after, before = ra >= first, ra <= last
    within = after & before if first <= last else after | before
    return within & (dec >= low) & (dec <= high)


def _within(dec: np.ndarray, limits: Range | None) -> np.ndarray:
    if limits is None:
        return np.zeros(len(dec), dtype=bool)
    return (dec >= limits[0] - MARGIN_DEG) & (dec <= limits[1] + MARGIN_DEG)


def _range(limits: Range) -> str:
    low, high = (f"{end:g}°".replace("-", "−") for end in limits)
    return f"{low} to {high}"
