"""``python -m data select WHAT``: the galaxies in a region of the sky, as a table."""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from data.sky import region_options
from data.sky.match import FORMATS, check_target
from data.sky.region_options import GivenRegion
from morph.atomic import replacing
from morph.errors import MorphError

if TYPE_CHECKING:
    from morph.sky.matched_table import SkyList

_MEANINGS = {
    "row": ("", "row in the release or table, from 1"),
    "iauname": ("", "name"),
    "ra": ("deg", "right ascension, ICRS"),
    "dec": ("deg", "declination, ICRS"),
}


def add_arguments(select: argparse.ArgumentParser) -> None:
    """The arguments of ``python -m data select``."""
    words = "release, or table of any format"
    select.add_argument("what", metavar="RELEASE", help=words)
    region_options.add_arguments(select, required=True)
    words = f"file to write: {', '.join(FORMATS)} (default: RELEASE_selected.parquet)"
    select.add_argument("--output", metavar="FILE", help=words)
    words = "save a coverage map in the workspace, for the pages, and print its address"
    select.add_argument("--keep", action="store_true", help=words)


def carry_out(root: Path, args: argparse.Namespace) -> int:
    """Write the names and positions of the selected galaxies; print how many."""
    from data.sky.lists import sky_list  # slow imports
    from morph.geometry.sky_regions import region_text

    stem = Path(args.what).name.split(".")[0]
    target = Path(args.output or f"{stem}_selected.parquet")
    check_target(target)
    given = region_options.given_region(args)
    if given is None:  # argparse requires one, but "" is taken for one
        raise MorphError("the region is empty; give --cone, --polygon or --moc")
    if args.keep and given.ranges is None:
        raise MorphError("--keep is for coverage maps; an address has other regions")
    one = sky_list(root, args.what)
    rows = np.flatnonzero(given.selects(one.ra, one.dec))
    if len(rows):
        _write(one, given, rows, target)
    if args.keep:
        _keep(root, given)
    address = "" if given.ranges is not None and not args.keep else "sky="
    address += region_text(given.region) if address else ""
    result = {
        "galaxies": len(rows),
        "of": len(one.ra),
        "without_position": one.without_position,
        "region": given.words,
        "address": address or None,
        "file": str(target) if len(rows) else None,
    }
    print(
        json.dumps(result, indent=2, ensure_ascii=False) if args.json else _told(result)
    )
    return 0


def _told(result: dict[str, object]) -> str:
    unplaced = result["without_position"]
    lines = [
        f"{result['galaxies']:,} of {result['of']:,} galaxies are {result['region']}"
        + (f"; {unplaced:,} have no position." if unplaced else "."),
        f"Wrote {result['file']}" if result["file"] else "Nothing was written.",
    ]
    if result["address"]:
        lines.append(f"In an address of the pages: {result['address']}")
    return "\n".join(lines)


def _write(one: "SkyList", given: GivenRegion, rows: np.ndarray, target: Path) -> None:
    import pyarrow as pa

    from morph.export.described_table import DescribedTable
    from morph.export.file_formats import FORMATS as WRITERS

    columns = [rows + 1, one.names.take(pa.array(rows)), one.ra[rows], one.dec[rows]]
    facts = {
        "source": one.title,
        "selection": given.words,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    table = pa.table(dict(zip(_MEANINGS, columns, strict=True)))
    described = DescribedTable(target.stem, table, _MEANINGS, facts)
    data = WRITERS[FORMATS[target.suffix]].write(described)
    with replacing(target) as temporary:
        temporary.write_bytes(data)


def _keep(root: Path, given: GivenRegion) -> None:
    """Save the map for the pages; MorphError while a dashboard has the workspace."""
    import duckdb

    from morph.catalogue.workspace import attach
    from morph.errors import CatalogueHeld
    from morph.home import make_home, workspace_path
    from morph.selection import coverage_maps

    make_home(root)
    try:
        with duckdb.connect() as con:
            attach(con, workspace_path(root))
            coverage_maps.keep(con, given.ranges, given.region.name)
    except CatalogueHeld as held:
        raise MorphError(
            f"the workspace is open in {held.holder}; upload the map on its page, "
            "under Region of the sky, or leave out --keep"
        ) from held
