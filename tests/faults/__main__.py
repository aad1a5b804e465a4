"""Try every fault: ``python -m tests.faults --rounds 20``.

Prints what was done, with seeds and times of kills, then a table: how often each kind
of fault was tried and survived. Exits with 1 if something was lost.
"""

import argparse
import json
import os
import random
import sys
from collections.abc import Sequence

from tests.benchmarks.report import print_table
from tests.faults.table import ROWS
from tests.faults.trials import Result, Row, empty_folder, try_row


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 1 if something was lost."""
    args = _options(arguments)
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # of runs, beside servers
    rows = [row for row in ROWS if args.only in row.kind]
    seed = (
        args.seed if args.seed is not None else random.SystemRandom().randrange(2**32)
    )
    _say(f"seed {seed}; repeat with --seed {seed}")
    with empty_folder() as shared:
        results = [_tried(row, args.rounds, seed, shared) for row in rows]
    _print(results, seed, as_json=args.json)
    return 1 if any(result.losses for result in results) else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=20, help="tries at random moments"
    )
    parser.add_argument("--only", default="", help="only rows with this in their name")
    parser.add_argument("--seed", type=int, help="of the random moments")
    parser.add_argument("--json", action="store_true", help="print JSON, not a table")
    return parser.parse_args(arguments)


def _tried(row: Row, rounds: int, seed: int, shared: object) -> Result:
    _say(f"{row.kind}:")
    return try_row(row, rounds=rounds, seed=seed, shared=shared, say=_say)


def _print(results: Sequence[Result], seed: int, *, as_json: bool) -> None:
    table = [
        {
            "fault": result.row.kind,
            "outcome": result.row.outcome,
            "survived": result.survived,
            "tried": result.tried,
            "skipped": len(result.skipped),
        }
        for result in results
    ]
    if as_json:
        for line, result in zip(table, results, strict=True):
            line |= {"losses": result.losses, "skipped": result.skipped}
        print(json.dumps({"seed": seed, "rows": table}, indent=2))
        return
    print_table(table)
    for result in results:
        for skipped in result.skipped:
            print(f"skipped: {skipped}")
        for loss in result.losses:
            print(f"LOST: {loss}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
