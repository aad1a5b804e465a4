"""Three pilots on few real galaxies.

``python -m tests.research.pilots``; --quick is a small version. Images are those
of ``../shared/real``; exit status 3 without them. Results are cached in a folder.

A. A model fitted to SDSS examples, on DECaLS examples before and after the default
   adaptation to DECaLS images without labels.
B. A model fitted only to simulated galaxies, on SDSS and DECaLS examples.
C. Ring or not on DECaLS images, five-fold, with few labels and all, from random
   weights, from the model of B, and from that model fitted to SDSS examples or to
   simulated discs with and without a ring. Hyperparameters are chosen within each
   training fold; the goal is for the last start.

If a run of pilot A fails, its row has the reason and the exit status is 1.

``--images FOLDER --labels CSV`` judges a model (--model RUN_FOLDER, else that of B) on
other labelled images, framed alike and without colour, with the columns image,
question, and answers (correct ones joined by "|").
"""

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from morph.errors import MorphError
from morph.trees.decision_tree import GZD5
from tests.benchmarks import report
from tests.research.pilots import pilot_a, pilot_b, pilot_c, workplace
from tests.research.pilots.labelled import read_labelled
from tests.research.pilots.real import DEFAULT_FOLDER, RealGalaxies
from tests.research.pilots.sizes import ABLATION, QUICK, WHOLE, Size
from tests.research.pilots.tables import Row

WRONG, NOT_HERE = 1, 3
Tables = dict[str, list[Row]]


def own_pictures(options: argparse.Namespace, size: Size) -> Tables:
    """The model on the user's labelled images."""
    labelled = read_labelled(options.images, options.labels, GZD5)
    run = options.model or pilot_b.fit_simulated(options.cache, size)
    return {f"{run.name} on {options.labels.name}": pilot_b.judged(run, labelled)}


@dataclass(frozen=True)
class Measured:
    """The tables of all pilots, missed goals, and failed runs."""

    tables: Tables
    misses: list[str]
    failures: list[str]


def pilots(root: Path, real: RealGalaxies, size: Size) -> Measured:
    """All three pilots."""
    simulated = pilot_b.fit_simulated(root, size)
    weights = workplace.encoder_weights(simulated)
    plain = pilot_a.rows(root, real, size)
    pretrained = pilot_a.rows(root, real, size, weights)
    carried = pilot_b.rows(real, simulated)
    rings = pilot_c.rows(real, ring_starts(root, real, size, simulated), size)
    tables = {
        "A: SDSS examples to DECaLS examples": plain,
        "A: the same, the encoder fitted to simulated galaxies before": pretrained,
        "B: simulated galaxies alone to real ones": carried,
        "C: ring or not": rings,
    }
    misses = [*pilot_b.missed(carried), *pilot_c.missed(rings)]
    return Measured(tables, misses, pilot_a.failed([*plain, *pretrained]))


def ring_starts(
    root: Path, real: RealGalaxies, size: Size, simulated: Path
) -> pilot_c.Starts:
    """The pretrained starts of pilot C."""
    starts: pilot_c.Starts = {pilot_c.SCRATCH: None}
    starts["simulated"] = model = workplace.learnt_model(simulated)
    weights = workplace.encoder_weights(simulated)
    with suppress(MorphError):  # pilot A says why
        sdss = pilot_a.fit_sdss(root, real, size, 1, weights)
        starts["simulated, then SDSS"] = workplace.learnt_model(sdss)
    starts[pilot_c.MAIN] = pilot_c.fit_simulated_rings(model, size)
    return starts


def show(tables: Tables, *, as_json: bool) -> None:
    """Print the tables one after another, or as one JSON object."""
    if as_json:
        print(json.dumps(tables, indent=2, allow_nan=False))
        return
    for title, rows in tables.items():
        print(f"\n{title}\n")
        report.print_table(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status of the benchmark."""
    options = _parser().parse_args(arguments)
    if (options.images is None) != (options.labels is None):
        sys.stderr.write("--images and --labels belong together: give both or none\n")
        return WRONG
    size = QUICK if options.quick else WHOLE
    size = replace(size, precision=options.precision)
    try:
        if options.images is not None:
            show(own_pictures(options, size), as_json=options.json)
            return 0
        real = RealGalaxies(options.real)
        if not real.are_here():
            sys.stderr.write(
                f"the real galaxies are not here ({real.folder} lacks their tables), "
                "so nothing was measured; --images and --labels take others\n"
            )
            return NOT_HERE
        if options.ablation:
            title = "B: what each part of the simulation and the frame is worth"
            rows = pilot_b.ablation(
                options.cache, real, replace(ABLATION, precision=options.precision)
            )
            show({title: rows}, as_json=options.json)
            return 0
        found = pilots(options.cache, real, size)
    except MorphError as error:
        sys.stderr.write(f"{error}\n")
        return WRONG
    show(found.tables, as_json=options.json)
    for line in [*found.failures, *(f"missed: {miss}" for miss in found.misses)]:
        sys.stderr.write(f"{line}\n")
    return WRONG if found.failures or (options.check and found.misses) else 0


def _parser() -> argparse.ArgumentParser:
    parser = report.options_parser(__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few galaxies and epochs")
    parser.add_argument(
        "--ablation", action="store_true", help="what each part of B is worth, alone"
    )
    parser.add_argument(
        "--precision",
        choices=("32-true", "bf16-mixed"),
        default="32-true",
        help="bf16-mixed is faster where the processor has it (%(default)s)",
    )
    parser.add_argument("--images", type=Path, help="a folder of JPEG or PNG images")
    parser.add_argument("--labels", type=Path, help="a CSV: image, question, answers")
    parser.add_argument("--model", type=Path, help="a finished run's folder (pilot B)")
    parser.add_argument(
        "--real",
        type=Path,
        default=DEFAULT_FOLDER,
        help="where the real galaxies are (%(default)s)",
    )
    parser.add_argument(
        "--cache",
        type=Path,
        default=workplace.default_folder(),
        help="where stores and runs are kept (%(default)s)",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
