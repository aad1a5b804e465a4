"""python -m data cutouts: its arguments, and what it prints."""

import argparse
import json
import sys
from pathlib import Path

from morph.images.new_stores.defaults import AT_ONCE, MOST_AT_ONCE, MOST_MISSING, SIZE

_SAY_EVERY = 25  # cutouts


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    command.add_argument("targets", help="table of any format, with positions")
    words = "its name, or its TOML file (docs/contributing.md)"
    command.add_argument("--survey", required=True, help=words)
    words = f"pixels per side (default: {SIZE})"
    command.add_argument("--size", type=int, default=SIZE, help=words)
    words = "arcsec per pixel (default: that of the survey)"
    command.add_argument("--pixel-scale", type=float, help=words)
    words = "pixel scale by the half-light radius, as volunteers saw DECaLS galaxies"
    command.add_argument("--by-size", action="store_true", help=words)
    words = "decision tree of the table's votes (default: by its columns)"
    command.add_argument("--tree", help=words)
    words = "name of the store (default: that of the survey)"
    command.add_argument("--out", metavar="NAME", help=words)
    words = f"largest fraction of pixels without data (default: {MOST_MISSING})"
    command.add_argument("--most-missing", type=float, default=MOST_MISSING, help=words)
    words = f"connections, at most {MOST_AT_ONCE} (default: {AT_ONCE})"
    command.add_argument("--connections", type=int, default=AT_ONCE, help=words)
    words = "requests per second (default: that of the survey)"
    command.add_argument("--per-second", type=float, help=words)


def carry_out(root: Path, args: argparse.Namespace) -> int:
    """Download the cutouts and print what came of it."""
    from data.cutouts.table_to_store import fetch  # slow to import

    def progress(done: int, total: int) -> None:
        if done % _SAY_EVERY == 0 or done == total:
            print(f"\r{done:,} of {total:,} requested", end="", file=sys.stderr)
        if done == total:
            print(file=sys.stderr)

    result, lines = fetch(root, args, progress)
    print(json.dumps(result, indent=2) if args.json else "\n".join(lines))
    return 0
