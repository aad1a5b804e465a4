"""``python -m data stores COMMAND``: check, compact and turn cutout stores."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from data import printing
from data.progress_lines import counted
from morph.home import cutouts_folder
from morph.images.blanks import LARGEST_FLUX
from morph.wording import command, percent

if TYPE_CHECKING:
    from data.cutouts.check_store import BandCheck

_READ = "Read {} of {} cutouts"
_SHOWN = 5  # names of damaged cutouts


def add_arguments(stores: argparse.ArgumentParser) -> None:
    """The arguments of every command of ``python -m data stores``."""
    commands = stores.add_subparsers(dest="what", required=True, metavar="COMMAND")
    words = "read all pixels of a store, and compare them with their checksums"
    check = commands.add_parser("check", help=words, description=words)
    words = "copy a store without damaged and incomplete cutouts"
    compact = commands.add_parser("compact", help=words, description=words)
    words = "correct a store made before 30 November 2026, whose images are upside down"
    turn = commands.add_parser("turn", help=words, description=words)
    for one in (check, compact, turn):
        one.add_argument("store", metavar="NAME", help="name of the cutout store")
        one.add_argument("--json", action="store_true", help="print JSON")
    compact.add_argument("--out", metavar="NEW", required=True, help="name of the copy")
    words = "largest fraction of pixels without data (default: 1)"
    compact.add_argument("--most-missing", type=float, default=1.0, help=words)


def carry_out(root: Path, args: argparse.Namespace) -> int:
    """Check, compact or turn; exit status 1 if a cutout is damaged."""
    return {"check": _check, "compact": _compact, "turn": _turn}[args.what](root, args)


def _check(root: Path, args: argparse.Namespace) -> int:
    from data.cutouts.check_store import check_store
    from morph.images.store import open_store

    folder = cutouts_folder(root, args.store)
    with counted(_READ) as progress:
        found = check_store(folder, progress)
    damaged = open_store(folder).names[found.damaged].tolist()
    lines = [f"{args.store}: {found.galaxies:,} cutouts, {len(damaged):,} damaged."]
    if damaged:
        more = ", ..." if len(damaged) > _SHOWN else ""
        lines.append(f"Damaged: {', '.join(damaged[:_SHOWN])}{more}")
        lines.append(
            "To make a store without them: "
            + command("stores", "compact", args.store, "--out", "NEW")
        )
    lines += map(_band_line, found.bands)
    if found.clipped:
        lines.append(
            f"Cutouts with fluxes clipped to {LARGEST_FLUX:,.0f} nanomaggies: "
            f"{found.clipped:,}."
        )
    if len(found.blank):
        lines.append(f"{len(found.blank):,} cutouts have no data at all.")
    if not found.has_checksums:
        lines.append(
            "It has no checksums, as it was made by an earlier version: only its files "
            "were compared with each other."
        )
    result = {
        "store": args.store,
        "galaxies": found.galaxies,
        "damaged": damaged,
        "blank": len(found.blank),
        "checksums": found.has_checksums,
        "bands": [asdict(band) for band in found.bands],
        "clipped": found.clipped,
    }
    printing.answer(result, lines, args)
    return int(bool(damaged))


def _band_line(one: "BandCheck") -> str:
    """The bad pixels of a band, as a line: not finite, or the whole band 0."""
    line = f"Band {one.band}: {100 * one.fraction:.3g} % of the pixels are bad"
    if one.some:
        line += f", in {one.some:,} cutouts; {one.without:,} have no data in {one.band}"
    return f"{line}."


def _compact(root: Path, args: argparse.Namespace) -> int:
    from data.cutouts.compact_store import compact_store

    source, target = (cutouts_folder(root, name) for name in (args.store, args.out))
    with counted(_READ) as progress:
        done = compact_store(source, target, args.most_missing, progress)
    left_out = done.damaged + done.missing
    lines = [
        f"{args.out}: {done.galaxies:,} cutouts. Left out: {done.damaged:,} damaged, "
        f"{done.missing:,} with more than {percent(args.most_missing)} of the pixels "
        "without data.",
        f"{args.store} was not changed. If nothing needs it any more, delete {source}.",
    ]
    result = {"store": args.out, "galaxies": done.galaxies, "left_out": left_out}
    printing.answer(result, lines, args)
    return 0


def _turn(root: Path, args: argparse.Namespace) -> int:
    from data.cutouts.turn_store import turn_store

    with counted("Turned {} of {} cutouts") as progress:
        turned = turn_store(cutouts_folder(root, args.store), progress)
    lines = [f"{args.store}: {turned:,} images of FITS files were upside down."]
    printing.answer({"store": args.store, "turned": turned}, lines, args)
    return 0
