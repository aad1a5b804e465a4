"""A region of the sky in an exported program: coordinates, condition and input file.

A cone needs nothing of this: its condition is a formula of RA and Dec.
"""

import io
from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection

from morph.geometry.sky_regions import CoverageMap, SkyPolygon, SkyRegion
from morph.selection import coverage_maps

_DEPTH = "sin({up}) * sin({north}) + cos({up}) * cos({north}) * cos({east})"
_EAST = "cos({north}) * sin({east})"
_NORTH = "cos({up}) * sin({north}) - sin({up}) * cos({north}) * cos({east})"


def columns(sky: SkyRegion | None, number: Callable[[float], str]) -> Iterator[str]:
    """SQL of the columns ``sky_x`` and ``sky_y``: the gnomonic projection of a polygon.

    ``number`` writes a literal.
    """
    if not isinstance(sky, SkyPolygon):
        return
    ra, dec = sky.centre
    angles = {
        "up": f"radians({number(dec)})",
        "north": 'radians("dec")',
        "east": f'radians("ra" - {number(ra)})',
    }
    depth = _DEPTH.format(**angles)
    for axis, sql in (("x", _EAST), ("y", _NORTH)):
        value = f"({sql.format(**angles)}) / ({depth})"
        yield f"CASE WHEN {depth} > 1e-9 THEN {value} END AS sky_{axis}"


def condition(region: SkyPolygon | CoverageMap) -> str:
    """SQL that a galaxy of the table ``catalogue`` is in the region, or outside it."""
    if isinstance(region, CoverageMap):
        inside = (
            f"EXISTS (SELECT 1 FROM {file_of(region)} "
            'WHERE "_healpix_29" >= first AND "_healpix_29" < stop)'
        )
    else:
        inside = f"inside(sky_x, sky_y, '{region.plane.tolist()}'::DOUBLE[][])"
    if not region.outside:
        return inside
    # On the other half of the sky the coordinates of the plane are NULL.
    outside = f"NOT coalesce({inside}, FALSE)"
    return f'"ra" IS NOT NULL AND "dec" IS NOT NULL AND {outside}'


def file_of(region: CoverageMap) -> str:
    """The name of the map's file, without suffix: columns ``first`` and ``stop``."""
    return f"coverage_map_{region.map_id}"


def files(sky: SkyRegion | None) -> list[str]:
    """Files that a program reads beside those of the release, without suffix."""
    return [file_of(sky)] if isinstance(sky, CoverageMap) else []


def map_parquet(con: DuckDBPyConnection, region: CoverageMap) -> bytes:
    """The file of a map: its ranges of order-29 HEALPix cells, ``stop`` excluded."""
    first, stop = coverage_maps.ranges(con, region.map_id).T
    out = io.BytesIO()
    pq.write_table(pa.table({"first": first, "stop": stop}), out)
    return out.getvalue()
