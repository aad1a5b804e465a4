"""Compare adaptation methods on pairs of simulated surveys, drawn from a prior.

``python -m tests.benchmarks.adaptation --pairs 4 --seeds 2``; with --quick fewer and
smaller ones. --keep FOLDER keeps the stores and all runs, so that a stopped benchmark
resumes; --check exits 1 if a goal is missed.

The error is the RMSE of the vote fractions over the test half of the test galaxies: the
mean of the 10 questions, each over galaxies that reach it with a probability above 0.5.
The models, not the surveys, differ between seeds. The oracle has the source's network,
galaxies and votes, with images of the target survey, and as many epochs as the source's
fit and an adaptation together. --tune uses another seed and the tune half, and tries
each rival with several weights.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import pandas as pd

from morph.home import run_folder
from tests.benchmarks import adaptation_table as table
from tests.benchmarks import model_choice, report
from tests.benchmarks.adaptation_judged import compared
from tests.benchmarks.adaptation_methods import (
    ADABN,
    CONTROL,
    DEFAULT,
    DIRECT,
    Method,
    methods_called,
    variants,
)
from tests.benchmarks.adaptation_pairs import QUICK, WHOLE, Pair, drawn_pairs
from tests.benchmarks.adaptation_runs import carry_out

_FIRST_SEED, _FIRST_TUNING_SEED = 1, 11


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status of the benchmark."""
    options = _options(arguments)
    first = _FIRST_TUNING_SEED if options.tune else _FIRST_SEED
    seeds = range(first, first + options.seeds)
    half = "tune" if options.tune else "test"
    methods = methods_called(options.methods)
    if options.tune:
        methods = variants(methods)
    pairs, size = drawn_pairs(options.pairs), QUICK if options.quick else WHOLE
    kept = nullcontext(options.keep)
    if options.keep is None:
        kept = tempfile.TemporaryDirectory(prefix="morph-adaptation-")
    with kept as folder:
        root, start = Path(folder), os.times()
        carry_out(root, pairs, size, seeds, methods, half=half, jobs=options.jobs)
        minutes = _minutes(start)
        found = {
            pair.name: compared(pair.folder(root), seeds, methods, half)
            for pair in pairs
        }
        _print(root, pairs, seeds, methods, found, options.json)
    sys.stderr.write(f"{minutes:.0f} processor-minutes for what was not kept\n")
    misses = table.missed(found) if DEFAULT in next(iter(found.values())) else []
    for miss in misses:
        sys.stderr.write(f"missed: {miss}\n")
    return 1 if options.check and misses else 0


def _print(
    root: Path,
    pairs: Sequence[Pair],
    seeds: range,
    methods: Sequence[Method],
    found: table.Pairs,
    as_json: bool,
) -> None:
    """The tables; as JSON the first one only."""
    report.print_table(table.rows(found), json=as_json)
    if as_json:
        return
    tables = {"Pairs": table.pair_rows(found)}
    known = set(next(iter(found.values())))
    if {DEFAULT, CONTROL, ADABN} <= known:
        tables["What the default's gain consists of"] = table.shares(found)
    if {DEFAULT, CONTROL} <= known:
        tables |= {
            "Vote counts within their central 90 % interval (of an exact model), and "
            "the question that is most too sure": table.calibration_rows(found),
            "Verdicts without votes": table.verdict_rows(found),
        }
    measured = _measured(root, pairs, seeds, methods, found)
    if len(measured):
        ranks = model_choice.rows(measured, direct=DIRECT)
        tables["Measures without votes, and how they rank the methods"] = ranks
    for title, rows in tables.items():
        print(f"\n{title}:\n")
        report.print_table(rows)


def _measured(
    root: Path,
    pairs: Sequence[Pair],
    seeds: range,
    methods: Sequence[Method],
    found: table.Pairs,
) -> pd.DataFrame:
    """The runs' measures without votes, with their errors."""
    folders, errors = {}, {}
    for number, pair in enumerate(pairs):
        for method in methods:
            by_seed = found[pair.name][method.name].rmse.mean(axis=1)
            for seed, error in zip(seeds, by_seed, strict=True):
                key = method.name, 100 * number + seed
                home = pair.folder(root)
                folders[key] = run_folder(home, f"{method.slug}-{seed}")
                errors[key] = float(error)
    return model_choice.measured(folders, errors, direct=DIRECT)


def _minutes(start: os.times_result) -> float:
    """Processor time of this process and its children since ``start``."""
    now = os.times()
    return sum(b - a for a, b in zip(start[:4], now[:4], strict=True)) / 60


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = report.options_parser(__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer, smaller pairs")
    parser.add_argument("--pairs", type=int, help="how many (4; with --quick 2)")
    parser.add_argument("--seeds", type=int, help="how many (2; with --quick 1)")
    parser.add_argument("--keep", type=Path, help="folder for the stores and all runs")
    parser.add_argument("--methods", nargs="+", help="only these (slugs) and none")
    parser.add_argument(
        "--jobs",
        type=int,
        default=os.cpu_count() or 1,
        help="runs at a time (as many as processor cores)",
    )
    parser.add_argument("--tune", action="store_true", help="other seeds, tune half")
    options = parser.parse_args(arguments)
    options.pairs = options.pairs or (2 if options.quick else 4)
    options.seeds = options.seeds or (1 if options.quick or options.tune else 2)
    return options


if __name__ == "__main__":
    sys.exit(main())
