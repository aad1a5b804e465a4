"""Compare adaptation methods on a pair of simulated surveys.

``python -m tests.benchmarks.adaptation --seeds 3``; with --quick a smaller pair, with
--gpu a larger one (only on a GPU). --keep FOLDER keeps the pair and all runs, so that a
stopped benchmark resumes; --check exits 1 if a goal is missed.

The error is the RMSE of the vote fractions over the test half of the overlap: the mean
of the 10 questions, each over galaxies that reach it with a probability above 0.5. The
models, not the survey pair, differ between seeds. The oracle has the source's network,
galaxies and votes, with images of the target survey, and as many epochs as the source's
fit and the longest adaptation together. --tune uses other seeds and the tune half.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

import pandas as pd
import torch

from morph.errors import MorphError
from morph.home import run_folder
from tests.benchmarks import adaptation_table as table
from tests.benchmarks import model_choice, report
from tests.benchmarks.adaptation_methods import DEFAULT, DIRECT, METHODS, Method
from tests.benchmarks.adaptation_pair import GPU, QUICK, WHOLE, Size, write_surveys
from tests.benchmarks.adaptation_runs import compared

_FIRST_SEED, _FIRST_TUNING_SEED = 1, 11


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status of the benchmark."""
    options = _options(arguments)
    first = _FIRST_TUNING_SEED if options.tune else _FIRST_SEED
    seeds = range(first, first + options.seeds)
    half = "tune" if options.tune else "test"
    kept = nullcontext(options.keep)
    if options.keep is None:
        kept = tempfile.TemporaryDirectory(prefix="morph-adaptation-")
    with kept as folder:
        root, size = Path(folder), _size(options)
        write_surveys(root, size)
        methods = _methods(options.methods)
        found = compared(root, size, seeds, methods, half, options.jobs)
        measured = _measured(root, found, methods, seeds)
    report.print_table(table.rows(found), json=options.json)
    if not options.json and DEFAULT in found:
        print("\nAccuracy on galaxies with confident volunteers:\n")
        report.print_table(table.confident_rows(found))
        print("\nVote counts within their central 90 % interval:\n")
        report.print_table(table.coverage_rows(found))
        print("\nMeasures without votes, and how they rank the methods:\n")
        report.print_table(model_choice.rows(measured, direct=DIRECT))
    misses = table.missed(found) if DEFAULT in found else []
    for miss in misses:
        sys.stderr.write(f"missed: {miss}\n")
    return 1 if options.check and misses else 0


def _measured(
    root: Path, found: table.Predictions, methods: Sequence[Method], seeds: range
) -> pd.DataFrame:
    """The runs' measures without votes, with their errors."""
    folders, errors = {}, {}
    for method in methods:
        by_seed = found[method.name].rmse.mean(axis=1)
        for seed, error in zip(seeds, by_seed, strict=True):
            folders[method.name, seed] = run_folder(root, f"{method.slug}-{seed}")
            errors[method.name, seed] = float(error)
    return model_choice.measured(folders, errors, direct=DIRECT)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = report.options_parser(__doc__.splitlines()[0])
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--quick", action="store_true", help="a smaller pair")
    sizes.add_argument("--gpu", action="store_true", help="a larger pair, on a GPU")
    parser.add_argument("--seeds", type=int, default=3, help="how many (3)")
    parser.add_argument("--keep", type=Path, help="folder for the pair and all runs")
    parser.add_argument("--methods", nargs="+", help="only these (slugs) and none")
    parser.add_argument(
        "--jobs",
        type=int,
        default=0,
        help="runs at a time (as many as processor cores; on a GPU one)",
    )
    parser.add_argument("--tune", action="store_true", help="other seeds, tune half")
    options = parser.parse_args(arguments)
    options.jobs = options.jobs or (1 if options.gpu else os.cpu_count() or 1)
    return options


def _size(options: argparse.Namespace) -> Size:
    if options.gpu and not torch.cuda.is_available():
        raise MorphError("--gpu needs a GPU, and torch finds none here; leave it out")
    if options.gpu:
        return GPU
    return QUICK if options.quick else WHOLE


def _methods(slugs: Sequence[str] | None) -> list[Method]:
    """The requested methods, in the table's order, and the unadapted model."""
    known = [method.slug for method in METHODS]
    unknown = [slug for slug in slugs or () if slug not in known]
    if unknown:
        raise MorphError(f"unknown: {', '.join(unknown)}; known: {', '.join(known)}")
    return [m for m in METHODS if not slugs or m.slug in slugs or m.name == DIRECT]


if __name__ == "__main__":
    sys.exit(main())
