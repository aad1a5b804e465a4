"""Interrupt downloads and count what is lost: ``python -m tests.faults_download``.

Each part downloads from a local server and prints what was asked for, what came, what
was lost, and what came twice by the log of the server. Exits with 1 if anything was
lost. A part is a module with ``add_options(parser)`` and ``run(args, say) -> Part``.
"""

import argparse
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import asdict

from tests.benchmarks.report import print_table
from tests.faults_download import cutouts, zenodo_half
from tests.faults_download.part import Part

PARTS = {"zenodo": zenodo_half, "cutouts": cutouts}


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 1 if something was lost."""
    args = _options(arguments)
    if args.seed is None:
        args.seed = random.SystemRandom().randrange(2**32)
    _say(f"seed {args.seed}; repeat with --seed {args.seed}")
    names = [name for name in PARTS if args.only in ("", name)]
    parts = [PARTS[name].run(args, _say) for name in names]
    if args.json:
        print(json.dumps([asdict(part) for part in parts], indent=2))
    else:
        _print(parts)
    return 1 if any(part.losses for part in parts) else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=PARTS, default="", help="one part")
    parser.add_argument("--seed", type=int, help="of the moments of interruptions")
    parser.add_argument("--json", action="store_true", help="print JSON, not tables")
    for part in PARTS.values():
        part.add_options(parser)
    return parser.parse_args(arguments)


def _print(parts: Sequence[Part]) -> None:
    print_table([part.row() for part in parts])
    for part in parts:
        print()
        print_table([{part.what: k, "times": n} for k, n in part.interrupted.items()])
        for loss in part.losses:
            print(f"LOST: {loss}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
