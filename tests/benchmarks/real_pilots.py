"""Two encoders on real galaxies: ``python -m tests.benchmarks.real_pilots``.

Each encoder is fitted to simulated galaxies, and judged on labelled images of SDSS and
DECaLS; then it is fitted further to the images of SDSS, and judged on those of DECaLS.
The small encoder sees 64 pixels, the larger one 128 (of images of 64, resampled, with
--pictures 64, whose simulation takes half of the time). For every question, a row has:

- the balanced accuracy, its interval, and that of guessing;
- the area under the ROC curve (AUC) between its two sides, 0.5 by chance, its interval,
  and that of the galaxy's size, brightness, noise and colour alone;
- what has an interval that includes chance.

A fit that cannot be made has one row with the reason. --keep FOLDER keeps all
stores and runs, so that a benchmark that was stopped goes on. Exit status 3 without the
images (`tests.research.pilots` says more about them). On a CPU, the larger
encoder takes nearly all of the time: --galaxies, --epochs and --frozen limit it.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from data.simulation.stores import VERSION
from morph.errors import MorphError
from morph.trees.decision_tree import GZD5
from tests.benchmarks import report
from tests.research.pilots import framing, scores, simulated, two_sides, workplace
from tests.research.pilots.framing import Frame, plain_measures
from tests.research.pilots.labelled import Labelled, read_picture
from tests.research.pilots.real import DEFAULT_FOLDER, RealGalaxies
from tests.research.pilots.simulated import Simulation, simulated_pictures
from tests.research.pilots.sizes import AUGMENT
from tests.research.pilots.tables import Row, rounded

NOT_HERE, FAILED = 3, 1
SURVEYS = ("sdss", "decals")
SIMULATED, THEN_SDSS = "simulated", "simulated, then SDSS"
LARGE_SIDE = 128
_SCALES = {64: 1.0, 128: 1.5}  # of simulated galaxies, by pixels of their images
_SEED = 1


@dataclass(frozen=True)
class Learner:
    """An encoder, the images it is given, and its two fits."""

    name: str
    side: int
    scale: float  # of simulated galaxies, see `Simulation`
    model: dict[str, Any]
    fit: dict[str, Any]
    transfer: dict[str, Any]
    sdss_fit: dict[str, Any]

    @property
    def frame(self) -> Frame:
        return Frame(side=self.side)

    @property
    def seen(self) -> int:
        """Pixels per side of the encoder's input."""
        return self.model.get("input", {}).get("size", self.side)


def learners(options: argparse.Namespace) -> list[Learner]:
    """The small encoder and the larger one."""
    augment = {"augment": AUGMENT, "batch_size": 32}
    large = {"encoder": options.encoder, "weights": options.weights}
    large["input"] = {"size": LARGE_SIDE} | json.loads(options.input or "{}")
    brief, rate, transfer = options.quick, 2e-3, {"stage_decay": 0.7}
    if options.frozen:
        rate, transfer = 1e-2, {"encoder": "frozen"}
    elif options.weights is not None and options.epochs > 1:
        transfer["head_epochs"] = 1
    return [
        Learner(
            "small",
            64,
            1.0,
            {},
            augment | {"epochs": 2 if brief else 16},
            {},
            augment | {"epochs": 3 if brief else 20, "learning_rate": 1e-3},
        ),
        Learner(
            options.encoder,
            options.pictures,
            _SCALES[options.pictures],
            large,
            augment | {"epochs": options.epochs, "learning_rate": rate},
            transfer,
            augment | {"epochs": 3 if brief else 6, "learning_rate": rate / 2},
        ),
    ]


class Work:
    """The stores and runs of one pass, and the real galaxies."""

    def __init__(
        self, root: Path, real: RealGalaxies, galaxies: int, threads: int
    ) -> None:
        self.root, self.real, self.galaxies = root, real, galaxies
        self.device = {"threads": threads}

    def simulated(self, one: Learner) -> Path:
        """The run of a fit to simulated galaxies."""
        made = Simulation(frame=one.frame, scale=one.scale)
        versions = VERSION, simulated.VERSION, framing.VERSION
        recipe = self.galaxies, _SEED, one.side, one.scale, versions
        store = workplace.write_once(
            self.root,
            f"pilot-simulated-{one.side}-{workplace.fingerprint(recipe)}",
            lambda: simulated_pictures(self.galaxies, _SEED, made)[:2],
        )
        return self._fitted(one, store, one.fit, one.model, one.transfer)

    def then_sdss(self, one: Learner) -> Path:
        """The run of its fit to images of SDSS, the new head first."""
        before = self.simulated(one)
        found = self.real.examples(one.frame)
        labelled = found.where(found.table["set"] == "robust")
        votes = workplace.label_votes(labelled)
        name = f"pilot-sdss-{one.side}"
        store = workplace.write_pictures(self.root, name, labelled.pixels, votes)
        model = one.model | {"weights": str(workplace.encoder_weights(before))}
        transfer = dict(one.transfer)
        if "encoder" not in transfer:
            transfer["head_epochs"] = 1 if one.sdss_fit["epochs"] < 4 else 2
        return self._fitted(one, store, one.sdss_fit, model, transfer)

    def _fitted(
        self,
        one: Learner,
        store: str,
        fit: dict[str, Any],
        model: dict[str, Any],
        transfer: dict[str, Any],
    ) -> Path:
        config = workplace.source_config(store, fit, self.device, _SEED, model=model)
        config |= {"transfer": transfer} if transfer else {}
        return workplace.fitted(self.root, f"{one.name}-{one.side}", config)

    @cache  # noqa: B019 - one pass a process
    def measures(self, survey: str) -> np.ndarray:
        """(n, 4) measures other than shape, of each label of a survey."""
        images = self.real.folder / "examples" / "images"
        names = self.real.of(survey).table["image"]
        own = {name: plain_measures(read_picture(images / name)) for name in set(names)}
        return np.array([own[name] for name in names])


def rows(work: Work, one: Learner) -> Iterator[Row]:
    """All rows of one encoder."""
    for learnt, make, surveys in (
        (SIMULATED, work.simulated, SURVEYS),
        (THEN_SDSS, work.then_sdss, SURVEYS[1:]),
    ):
        said = {"encoder": f"{one.name}, {one.seen} px", "learnt from": learnt}
        try:
            run = make(one)
        except MorphError as error:
            yield said | {"pictures": "", "question": f"not measured: {error}"}
            continue
        for survey in surveys:
            labelled = work.real.of(survey, one.frame)
            for row in judged(run, labelled, work.measures(survey)):
                yield said | {"pictures": survey} | row


def judged(run: Path, labelled: Labelled, measures: np.ndarray) -> Iterator[Row]:
    """A row of each question with two sides."""
    fractions, _ = workplace.looked_at(run, labelled.pixels)
    usual = workplace.usual_fractions(run)
    table = labelled.table.reset_index(drop=True)
    right = scores.right_answers(table, fractions, usual, GZD5)
    for question in two_sides.NO:
        own = (table["question"] == question).to_numpy()
        sides = two_sides.sides(table, question)
        if sides.yes.all() or not sides.yes.any():
            continue
        picture = table["picture"].to_numpy()[sides.rows]
        score = two_sides.score(fractions, question, GZD5)[picture]
        plain = two_sides.plain_score(measures[sides.rows], sides.yes)
        yield _row(question, (table[own], right[own]), (score, plain, sides.yes))


def _row(question: str, right: tuple, ranked: tuple) -> Row:
    score, plain, yes = ranked
    low, high = scores.balanced_interval([right])
    guess = scores.chance(right[0], GZD5)
    ends = two_sides.intervals(score, plain, yes)
    unsure = [
        name
        for name, start, level in (
            ("accuracy", low, guess),
            ("AUC", ends["auc"][0], 0.5),
        )
        if start <= level
    ]
    return {
        "question": question,
        "labels": len(right[0]),
        "accuracy": rounded(scores.balanced_accuracy(*right)),
        "interval": _range(low, high),
        "chance": rounded(guess),
        "yes / no": f"{yes.sum()} / {(~yes).sum()}",
        "AUC": rounded(two_sides.auc(score, yes)),
        "its interval": _range(*ends["auc"]),
        "plain AUC": rounded(two_sides.auc(plain, yes)),
        "its interval ": _range(*ends["plain"]),
        "difference": _range(*ends["gain"]),
        "includes chance": " and ".join(unsure) or "no",
    }


def _range(low: float, high: float) -> str:
    return f"{low:.3f} to {high:.3f}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status of the benchmark."""
    options = _options(arguments)
    real = RealGalaxies(options.real)
    if not real.are_here():
        sys.stderr.write(
            f"the real galaxies are not here ({real.folder} lacks their tables), so "
            "nothing was measured\n"
        )
        return NOT_HERE
    kept = nullcontext(options.keep)
    if options.keep is None:
        kept = tempfile.TemporaryDirectory(prefix="morph-real-pilots-")
    with kept as folder:
        work = Work(Path(folder), real, options.galaxies, options.threads)
        both = dict(zip(("small", "larger"), learners(options), strict=True))
        chosen = [options.only] if options.only else both
        found = []
        for name in chosen:
            for row in rows(work, both[name]):
                sys.stderr.write(f"{json.dumps(row)}\n")  # a long benchmark may stop
                found.append(row)
    whole = sorted(found, key=lambda row: "labels" not in row)
    report.print_table(whole, json=options.json)
    return FAILED if options.check and "labels" not in whole[-1] else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = report.options_parser(__doc__.splitlines()[0])
    add = parser.add_argument
    add("--quick", action="store_true", help="few galaxies and epochs")
    add("--only", choices=("small", "larger"), help="one encoder; default: both")
    add("--keep", type=Path, help="folder for stores and runs, to go on with")
    add("--galaxies", type=int, default=1500, help="simulated ones (%(default)s)")
    add("--epochs", type=int, default=5, help="of the larger encoder (%(default)s)")
    add("--encoder", default="convnext_nano", help="the larger one (%(default)s)")
    add("--weights", default="timm", help="of the larger one; random: (%(default)s)")
    add("--frozen", action="store_true", help="fit only the head of the larger one")
    add("--pictures", type=int, choices=_SCALES, default=128, help="pixels per side")
    add("--input", help="model.input of the larger one, as JSON")
    add("--threads", type=int, default=1, help="of torch (%(default)s)")
    add("--real", type=Path, default=DEFAULT_FOLDER, help="the images (%(default)s)")
    options = parser.parse_args(arguments)
    if options.weights == "random":
        options.weights = None
    if options.quick:
        options.galaxies, options.epochs = min(options.galaxies, 200), 1
    return options


if __name__ == "__main__":
    sys.exit(main())
