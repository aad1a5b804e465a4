"""Speed of training and prediction, compared with zoobot on CPUs, and on a GPU.

``python -m tests.benchmarks.training`` measures training and prediction on this
machine's CPUs with morph and zoobot 2.9, and on a GPU, if there is one, both named
encoders at 128 and 224 pixels. With --check it exits 1 unless all goals are met.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: for both sides

from tests.benchmarks import figures, report, throughput_cpu, throughput_gpu

ROUNDS = 5


def main() -> int:
    parser = report.options_parser(__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--quick", action="store_true", help="few images, 2 rounds")
    parser.add_argument(
        "--environment", type=Path, help="folder to keep zoobot's environment in"
    )
    options = parser.parse_args()
    cases = throughput_cpu.QUICK if options.quick else throughput_cpu.CASES
    rounds = 2 if options.quick else options.rounds
    beside = throughput_cpu.rows(cases, rounds=rounds, environment=options.environment)
    on_gpu = throughput_gpu.rows()
    if options.json:
        report.print_table([*beside, *on_gpu], json=True)
    else:
        report.print_table(beside)
        print()
        report.print_table(on_gpu)
    failed = figures.missed([*beside, *on_gpu])
    if failed and not options.json:
        print("\n".join(["missed:", *failed]))
    return 1 if options.check and failed else 0


if __name__ == "__main__":
    sys.exit(main())
