"""Labels of people, and what is learnt of them.

``python -m tests.benchmarks.discovery --quick`` takes fewer seeds and galaxies, and
``--only NAME`` measures one of the parts.
"""

import sys
from collections.abc import Callable, Iterator, Mapping

from tests.benchmarks import crowd, finetuning, report

Part = Callable[..., Iterator[dict[str, object]]]
PARTS: Mapping[str, Part] = {"crowd": crowd.rows, "finetuning": finetuning.rows}


def main() -> int:
    """Measure the parts, print their rows, and tell what was missed."""
    parser = report.options_parser(__doc__ or "")
    parser.add_argument("--quick", action="store_true", help="fewer seeds and galaxies")
    parser.add_argument("--only", choices=PARTS, help="one of the parts")
    options = parser.parse_args()
    parts = [options.only] if options.only else list(PARTS)
    rows = [row for part in parts for row in PARTS[part](quick=options.quick)]
    return report.finish(rows, options)


if __name__ == "__main__":
    sys.exit(main())
