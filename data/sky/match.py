"""``python -m data match A B``: cross-match releases and tables by position."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from data.progress_lines import counted
from morph.atomic import replacing
from morph.errors import MorphError

if TYPE_CHECKING:
    from morph.sky.matched_table import Matched

FORMATS = {".parquet": "parquet", ".fits": "fits", ".csv": "csv", ".vot": "votable"}


def add_arguments(match: argparse.ArgumentParser) -> None:
    """The arguments of ``python -m data match``."""
    words = "release, or table of any format, whose rows are matched"
    match.add_argument("first", metavar="A", help=words)
    match.add_argument("second", metavar="B", help="release or table to match with")
    match.add_argument("--radius", type=float, default=1.0, metavar="ARCSEC")
    words = "write all pairs within the radius, not only the nearest"
    match.add_argument("--all", action="store_true", help=words)
    words = "ambiguous if the second is at most so many times as far as the nearest"
    match.add_argument("--ratio", type=float, default=3.0, help=f"{words} (default: 3)")
    words = f"file to write: {', '.join(FORMATS)} (default: A_B.parquet)"
    match.add_argument("--output", metavar="FILE", help=words)


def carry_out(root: Path, args: argparse.Namespace) -> int:
    """Match, write the table, print what was found."""
    from data.sky.lists import sky_list  # slow imports
    from morph.sky.matched_table import match_lists

    stems = (Path(one).name.split(".")[0] for one in (args.first, args.second))
    target = Path(args.output or f"{'_'.join(stems)}.parquet")
    check_target(target)
    a, b = (sky_list(root, one) for one in (args.first, args.second))
    options = {"all_pairs": args.all, "ratio": args.ratio}
    with counted("Searched {} of {} positions") as progress:
        matched = match_lists(a, b, args.radius, **options, progress=progress)
    found = len(matched.pairs.a)
    if found:
        _write(matched, target)
    east, north = matched.offset_arcsec
    result = {
        **matched.counts(),
        "radius_arcsec": args.radius,
        "median_offset_arcsec": None if east != east else [east, north],
        "notes": [*a.notes, *b.notes],
        "file": str(target) if found else None,
    }
    for note in result["notes"]:
        print(note, file=sys.stderr)
    if args.json:
        print(json.dumps(result, indent=2))
    else:
        wrote = f"Wrote {found:,} rows: {target}" if found else "Nothing was written."
        print(f"{matched.sentence}.\n{wrote}")
    return 0


def check_target(target: Path) -> None:
    """Raise MorphError for a file that exists, or of a form that is not written."""
    if target.suffix not in FORMATS:
        raise MorphError(
            f"{target} has the suffix {target.suffix!r}; expected one of: "
            f"{', '.join(FORMATS)}"
        )
    if target.exists():
        raise MorphError(f"{target} already exists; choose another name with --output")


def _write(matched: "Matched", target: Path) -> None:
    from morph.export.described_table import DescribedTable
    from morph.export.file_formats import FORMATS as WRITERS
    from morph.sky.matched_table import MEANINGS

    table = DescribedTable(target.stem, matched.table(), MEANINGS, matched.facts())
    data = WRITERS[FORMATS[target.suffix]].write(table)
    with replacing(target) as temporary:
        temporary.write_bytes(data)
