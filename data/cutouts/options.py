"""python -m data cutouts: its arguments, and what it prints."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from data.progress_lines import ChangingLine
from data.sky import region_options
from morph.images.new_stores.defaults import AT_ONCE, MOST_AT_ONCE, MOST_MISSING, SIZE
from morph.wording import duration

_SAY_EVERY_S = 0.5


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The arguments of the command."""
    command.add_argument("targets", help="table with positions, or name of a release")
    words = "its name, or its TOML file (docs/contributing.md)"
    command.add_argument("--survey", required=True, help=words)
    words = (
        "cut from the coadd bricks in this folder, legacysurvey-*-image-*.fits.fz with "
        "invvar and maskbits, in place of the survey's cutout service"
    )
    command.add_argument("--bricks", metavar="FOLDER", help=words)
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
    words = "only declinations from A up to B, degrees"
    command.add_argument("--dec", type=float, nargs=2, metavar=("A", "B"), help=words)
    region_options.add_arguments(command, required=False)
    words = f"largest fraction of pixels without data (default: {MOST_MISSING})"
    command.add_argument("--most-missing", type=float, default=MOST_MISSING, help=words)
    words = "processes that cut from bricks (default: one per core, at most 4)"
    command.add_argument("--workers", type=int, metavar="N", help=words)
    words = f"connections to the service, at most {MOST_AT_ONCE} (default: {AT_ONCE})"
    command.add_argument("--connections", type=int, default=AT_ONCE, help=words)
    words = "requests to the service per second (default: that of the survey)"
    command.add_argument("--per-second", type=float, help=words)


def carry_out(root: Path, args: argparse.Namespace) -> int:
    """Download the cutouts and print what came of it."""
    from data.cutouts.table_to_store import fetch  # slow to import

    with _progress("cut" if args.bricks else "requested") as progress:
        result, lines = fetch(root, args, progress, _say)
    print(json.dumps(result, indent=2) if args.json else "\n".join(lines))
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def _progress(verb: str) -> Iterator[Callable[[int, int], None]]:
    """Shows what is done now and then, with the rate and the time left."""
    line, started, said = ChangingLine(), time.monotonic(), -_SAY_EVERY_S

    def progress(done: int, total: int) -> None:
        nonlocal said
        passed = time.monotonic() - started
        if passed - said < _SAY_EVERY_S and done < total:
            return
        said = passed
        rate = done / max(passed, 1e-3)
        left = f", {duration((total - done) / rate)} left" if 0 < done < total else ""
        speed = f", {rate:.3g} per second" if done else ""
        words = f"{done:,} of {total:,} {verb}{speed}{left}"
        line.show(words, last=done >= total)

    try:
        yield progress
    finally:
        line.end()
