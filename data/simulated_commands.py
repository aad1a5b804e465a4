"""Make simulated galaxies: the demonstration, its models, and random releases."""

import argparse
from pathlib import Path

from data import printing, progress_lines
from data.demo.plan import FULL, SMALL, TRAINED
from data.release_commands import load_published, waiting
from morph.home import cutouts_folder, release_folder

# Slow imports are inside the commands, so that `status` answers at once.


def demo(root: Path, args: argparse.Namespace) -> int:
    """Write simulated surveys, without any model."""
    from data.simulation.stores import write_demo  # loads torch

    line = progress_lines.ChangingLine()

    def report(what: str, done: int, total: int) -> None:
        line.show(f"{what}: {done:,} of {total:,} galaxies", last=done >= total)

    write_demo(root, galaxies=args.galaxies, seed=args.seed, progress=report)
    line.end()
    return 0


def build_demo(root: Path, args: argparse.Namespace) -> int:
    """Build the demonstration: simulate, train, adapt and load."""
    from data.demo.build import run_demo

    scale = TRAINED if args.train else SMALL if args.small else FULL
    return run_demo(root, scale, serve=args.serve, port=args.port)


def check_demo_models(root: Path, args: argparse.Namespace) -> int:
    """Compare the errors of the shipped models with those recorded."""
    from data.demo import check_models, shipped_models

    if args.keep:
        shipped_models.keep(root)
    checks = check_models.record() if args.keep else check_models.check(waiting)
    result = {"mean_rmse": {one.name: one.rmse for one in checks}}
    result["recorded"] = {one.name: one.recorded for one in checks}
    rows = [("mean error (RMSE) of", "now", "recorded")]
    rows += [
        (one.name, f"{one.rmse:.4f}", f"{one.recorded or float('nan'):.4f}")
        for one in checks
    ]
    agree = args.keep or all(one.agrees for one in checks)
    said = "agree" if agree else f"differ by more than {check_models.TOLERANCE}"
    printing.answer(result, [*printing.aligned(rows), f"The errors {said}."], args)
    return 0 if agree else 1


def synthetic(root: Path, args: argparse.Namespace) -> int:
    """Load a release of random posteriors, without images unless asked for."""
    from data.synthetic.release import synthetic_release
    from morph.trees.decision_tree import tree_called

    folder = release_folder(root, args.release)
    manifest = synthetic_release(
        folder,
        galaxies=args.galaxies,
        seed=args.seed,
        release_id=args.release,
        fractions=args.fractions,
        passes=args.passes,
        votes=args.votes,
        projection=args.projection or args.features > 0,
        features=args.features,
        cutouts=(args.release,) if args.pictures else (),
        tree=tree_called(args.tree),
    )
    if args.pictures:
        from data.synthetic.release import write_cutouts

        store = cutouts_folder(root, args.release)
        write_cutouts(store, folder, count=args.pictures, seed=args.seed)
    return load_published(root, manifest, args)
