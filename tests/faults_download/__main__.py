"""Download from a bad service and kill the client: what is lost, what comes twice.

``python -m tests.faults_download --targets 5000``; exits with 1 on any loss.
"""

import argparse
import json
import random
import sys
from collections.abc import Sequence

from tests.faults_download import cutouts


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 1 if something was lost or came twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--targets", type=int, default=5000, help="cutouts to fetch")
    parser.add_argument("--kills", type=int, default=10, help="of the client")
    parser.add_argument("--seed", type=int, help="of faults and kills")
    args = parser.parse_args(arguments)
    seed = (
        args.seed if args.seed is not None else random.SystemRandom().randrange(2**32)
    )
    print(f"seed {seed}; repeat with --seed {seed}", file=sys.stderr, flush=True)
    result = cutouts.tried(args.targets, args.kills, seed)
    print(json.dumps(result.counts, indent=2))
    for loss in result.losses:
        print(f"LOST: {loss}")
    return 1 if result.losses else 0


if __name__ == "__main__":
    sys.exit(main())
