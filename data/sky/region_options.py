"""The arguments of a region of the sky: a cone, a polygon, or a coverage map (MOC)."""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from morph.errors import MorphError

if TYPE_CHECKING:
    from morph.geometry.sky_regions import SkyRegion

_CORNERS = "a file with a corner per line, or POLYGON ra dec ra dec ra dec in degrees"


@dataclass(frozen=True)
class GivenRegion:
    """A region of the sky; a coverage map with its (R, 2) ranges of order-29 cells."""

    region: "SkyRegion"
    ranges: np.ndarray | None = None

    @property
    def words(self) -> str:
        """The region in words, to follow "galaxies"."""
        from morph.geometry.sky_regions import region_words

        return region_words(self.region)

    def selects(self, ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
        """Which of N ICRS positions, in degrees, it selects; an unknown one never."""
        from morph.geometry.sky_regions import Cone, in_polygon, on_side
        from morph.geometry.sphere import separation_deg
        from morph.sky.coverage_map import contains

        one = self.region
        if self.ranges is not None:
            inside = contains(self.ranges, ra, dec)
        elif isinstance(one, Cone):
            inside = separation_deg(ra, dec, one.ra, one.dec) <= one.radius_deg
        else:
            inside = in_polygon(one, ra, dec)
        return on_side(one, inside, ra, dec)


def add_arguments(command: argparse.ArgumentParser, *, required: bool) -> None:
    """``--cone``, ``--polygon`` or ``--moc``, and ``--outside``."""
    one = command.add_mutually_exclusive_group(required=required)
    words = "in this cone: its centre and its radius, ICRS degrees"
    names = ("RA", "DEC", "RADIUS")
    one.add_argument("--cone", type=float, nargs=3, metavar=names, help=words)
    words = f"in this polygon: {_CORNERS}"
    one.add_argument("--polygon", metavar="CORNERS", help=words)
    words = "in this coverage map (MOC): a file in FITS, JSON or ASCII, in ICRS"
    one.add_argument("--moc", metavar="FILE", help=words)
    words = "galaxies outside of the region, not those inside"
    command.add_argument("--outside", action="store_true", help=words)


def given_region(args: argparse.Namespace) -> GivenRegion | None:
    """The region of the arguments; None without one.

    MorphError if it is no region, or ``--outside`` is given without one.
    """
    found = _region(args)
    if found is None:
        if args.outside:
            raise MorphError(
                "--outside needs a region; give --cone, --polygon or --moc too"
            )
        return None
    return replace(found, region=replace(found.region, outside=args.outside))


def _region(args: argparse.Namespace) -> GivenRegion | None:
    # Slow imports are here, so that other commands answer at once.
    if args.cone:
        from morph.geometry.sky_regions import Cone

        return GivenRegion(Cone(*args.cone))
    if args.polygon:
        from morph.geometry.typed_polygon import typed_polygon

        path = Path(args.polygon)
        text = _text(path) if path.is_file() else args.polygon
        return GivenRegion(typed_polygon(text))
    if args.moc:
        from morph.geometry.sky_regions import CoverageMap
        from morph.selection.coverage_maps import map_id
        from morph.sky.uploaded_map import read_map

        path = Path(args.moc)
        if not path.is_file():
            raise MorphError(f"{path} is not a file; expected a coverage map (MOC)")
        ranges = read_map(path.read_bytes(), path.name)
        return GivenRegion(CoverageMap(map_id(ranges), path.stem), ranges)
    return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise MorphError(f"{path} is not a text; expected {_CORNERS}") from error
