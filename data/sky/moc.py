"""``python -m data moc RELEASE``: the coverage map (MOC) of a release or a table."""

import argparse
import json
from pathlib import Path

from morph.atomic import replacing
from morph.errors import MorphError

_FORMS = {".fits": "fits", ".json": "json"}
ORDER = 9


def add_arguments(moc: argparse.ArgumentParser) -> None:
    """The arguments of ``python -m data moc``."""
    moc.add_argument("what", metavar="RELEASE", help="release, or table of any format")
    words = f"HEALPix order: cells of 58.6° / 2^order (default: {ORDER}, 6.9 arcmin)"
    moc.add_argument("--order", type=int, default=ORDER, help=words)
    words = "file to write: .fits or .json (default: RELEASE_moc.fits)"
    moc.add_argument("--output", metavar="FILE", help=words)


def carry_out(root: Path, args: argparse.Namespace) -> int:
    """Write the map of the cells that hold a galaxy; print its area."""
    from data.sky.lists import sky_list  # slow imports
    from morph.sky import healpix_29
    from morph.sky.coverage_map import as_file, of_cells, sky_deg2

    stem = Path(args.what).name.split(".")[0]
    target = Path(args.output or f"{stem}_moc.fits")
    if target.suffix not in _FORMS:
        raise MorphError(
            f"{target} has the suffix {target.suffix!r}; expected .fits or .json"
        )
    if target.exists():
        raise MorphError(f"{target} already exists; choose another name with --output")
    one = sky_list(root, args.what)
    ranges = of_cells(healpix_29(one.ra, one.dec), args.order)
    if not len(ranges):
        raise MorphError(f"{one.title} has no positions, so it covers nothing")
    about = f"cells with a galaxy of {one.title}"
    data = as_file(ranges, args.order, form=_FORMS[target.suffix], about=about)
    with replacing(target) as temporary:
        temporary.write_bytes(data)
    area = sky_deg2(ranges)
    result = {"file": str(target), "order": args.order, "square_degrees": area}
    lines = f"Cells with a galaxy cover {area:,.2f} square degrees. Wrote {target}"
    print(json.dumps(result, indent=2) if args.json else lines)
    return 0
