"""Cutouts: making stores, reading and feeding them, pictures and positions.

``python -m tests.benchmarks.cutouts [--only PART] [--rows GALAXIES]`` measures each
part beside a named alternative; with --check it exits 1 if a goal is missed. To add a
part, write a module beside this one with a function that returns `Row`s, and its line
in `PARTS`.
"""

import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as of runs; before torch

from tests.benchmarks import report
from tests.benchmarks.cutouts import (
    bricks,
    crossmatch,
    feeding,
    store_formats,
    thumbnails,
)
from tests.benchmarks.cutouts.row import Part, Row

PARTS: dict[str, Part] = {
    "bricks": bricks.rows,
    "formats": store_formats.rows,
    "feeding": feeding.rows,
    "thumbnails": thumbnails.rows,
    "crossmatch": crossmatch.rows,
}


def measured(parts: list[str], galaxies: int | None) -> list[Row]:
    """The rows of the named parts, each in a folder that is removed afterwards."""
    rows = []
    for name in parts:
        with tempfile.TemporaryDirectory(prefix="morph-cutouts-") as folder:
            rows += PARTS[name](Path(folder), galaxies)
    return rows


def main() -> int:
    parser = report.options_parser(__doc__.splitlines()[0])
    parser.add_argument("--only", choices=PARTS, action="append", help="this part")
    parser.add_argument("--rows", type=int, help="galaxies (default: by part)")
    options = parser.parse_args()
    rows = measured(options.only or list(PARTS), options.rows)
    report.print_table([row.as_dict() for row in rows], json=options.json)
    missed = [row.what for row in rows if row.met is False]
    if missed and not options.json:
        print(f"missed: {', '.join(missed)}")
    return int(options.check and bool(missed))


if __name__ == "__main__":
    sys.exit(main())
