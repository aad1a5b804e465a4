"""Does an adaptation tell the truth about itself? Six cases with known answers.

``python -m tests.benchmarks.adaptation_cases --check``; --keep FOLDER keeps the stores
and the runs, so that a stopped benchmark resumes. A source model is adapted to its own
survey, to smooth galaxies and to spirals alone (of its own survey, so that there is
nothing to gain), to a survey that the simulation did not make
(`tests.benchmarks.adaptation_skies`), and with a deliberately wrong simulation.

The error is the mean RMSE of vote fractions against the truth, over the questions that
galaxies of the target reach. Coverage is that of 90% intervals of the votes, beside
what an exact model would have. *Too sure* is the factor by which the total
concentrations of a question are too large, by maximum likelihood of the target's votes,
of the question where it is largest, with the lower end of its 95% interval. --check
exits 1 if a verdict is wrong, or a kept model is not calibrated.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import torch
from scipy.special import gammaln
from torch import Tensor

from morph.evaluation.coverage import LEAST_VOTES, interval_coverage
from morph.evaluation.vote_fraction_errors import evaluate_fractions
from morph.posterior.dirichlet import expected_probability
from morph.runs.config_parts import DeviceConfig
from morph.runs.run_files import read_choice
from morph.trees.decision_tree import GZD5
from tests.benchmarks import report
from tests.benchmarks.adaptation_runs import carried_out
from tests.benchmarks.adaptation_skies import write_skies
from training.adapt import joint
from training.apply.forward import concentrations_of
from training.fit.ranks_and_devices import start_fabric
from training.judge import reobserved
from training.network.calibrate import calibrated
from training.network.checkpoints import load_model
from training.pixels.galaxy_images import MockObserver, open_stores, read_galaxies
from training.pixels.random_draws import Draws
from training.pixels.votes import read_counts

MASS = 0.9
MOST_APART, MOST_SURE = 0.02, 1.3  # from an exact model's coverage; times too sure
FEWEST = 100  # galaxies with votes on a question, to say how sure it is
WRONG_GAIN = 4.5  # of g, and of 1 / z
_SOURCE_RUN = "source-fit"
_SURE = np.exp(np.linspace(-2.5, 1.5, 81))  # scales of concentrations that are tried
_BELOW_BEST = 1.92  # nats, of a 95% interval


@dataclass(frozen=True)
class Case:
    """A target, how the model is adapted to it, and what is expected.

    ``goal`` says in words what is wrong with a `Measured`, "" if nothing is.
    """

    name: str
    store: str
    method: str
    wrong: bool = False
    calibrated: bool = False  # whether the goals of the calibration apply

    @property
    def run_id(self) -> str:
        return self.name.replace(" ", "-").replace(",", "").lower()


CASES = (
    Case("same survey", "same", "physical", calibrated=True),
    Case("smooth only, AdaBN", "smooth", "fast"),
    Case("smooth only", "smooth", "physical"),
    Case("spirals only", "spirals", "physical"),
    Case("foreign target", "foreign", "physical", calibrated=True),
    Case("wrong simulation", "foreign", "physical", wrong=True),
)


@dataclass(frozen=True)
class Measured:
    """A model on a target: error, coverage and that of an exact model, sureness."""

    error: float
    coverage: float
    exact: float
    question: str  # the one that is most too sure
    sure: float  # how many times
    sure_low: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status of the benchmark."""
    parser = report.options_parser(__doc__.splitlines()[0])
    parser.add_argument("--keep", type=Path, help="folder for the stores and all runs")
    known = [case.run_id for case in CASES]
    parser.add_argument("--only", nargs="+", choices=known, default=known)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)  # a small network's batches are too small for two
    cases = [case for case in CASES if case.run_id in options.only]
    kept = nullcontext(options.keep)
    if options.keep is None:
        kept = tempfile.TemporaryDirectory(prefix="morph-cases-")
    with kept as folder:
        rows, misses = _carried_out(Path(folder), cases)
    report.print_table(rows, json=options.json)
    for miss in misses:
        sys.stderr.write(f"missed: {miss}\n")
    return 1 if options.check and misses else 0


def _carried_out(
    root: Path, cases: Sequence[Case]
) -> tuple[list[dict[str, object]], list[str]]:
    """A row of each case, and a sentence for each missed goal."""
    write_skies(root)
    carried_out(root, _SOURCE_RUN, source_config())
    rows, misses = [], []
    for case in cases:
        with wrong_simulation() if case.wrong else nullcontext():
            folder = carried_out(root, case.run_id, adapt_config(case))
        choice = read_choice(folder)
        before = measured(root, _SOURCE_RUN, case.store)
        after = measured(root, case.run_id, case.store)
        missed = missed_goals(case, choice["verdict"], before, after)
        rows.append(row(case, choice, before, after, missed))
        misses += [f"{case.name}: {one}" for one in missed]
    return rows, misses


def source_config() -> dict[str, Any]:
    """The fit of the source model."""
    return {
        "kind": "source",
        "stores": ["source"],
        "held_out": 0.1,
        "model": {"encoder": "small"},
        "fit": {"epochs": 12},
        "device": {"accelerator": "cpu"},
    }


def adapt_config(case: Case) -> dict[str, Any]:
    """The adaptation of a case; its model is kept whatever the verdict."""
    return {
        "kind": "adapt",
        "model_run": _SOURCE_RUN,
        "source_stores": ["source"],
        "target_stores": [case.store],
        "method": case.method,
        "simulation": {"fit": {"epochs": 3}},
        "adabn": {"galaxies": 1024},
        "choice": {"galaxies": 600, "harmful": "keep", "unclear": "keep"},
        "device": {"accelerator": "cpu"},
    }


@contextmanager
def wrong_simulation() -> Iterator[None]:
    """Mock observations are too bright in g and too faint in z."""
    gain = torch.tensor([WRONG_GAIN, 1.0, 1 / WRONG_GAIN])[:, None, None]
    make = joint.mock_observer

    def wrong(*looks: Any) -> MockObserver:
        observe = make(*looks)

        def brighter(flux: Tensor, rows: Tensor, drawn: Draws) -> Tensor:
            return observe(flux, rows, drawn) * gain

        return brighter

    with (
        patch.object(joint, "mock_observer", wrong),
        patch.object(reobserved, "mock_observer", wrong),
    ):
        yield


def measured(root: Path, run_id: str, name: str) -> Measured:
    """The model of a run on the galaxies of a store, with their truth and votes."""
    model, card = load_model(root / "runs" / run_id / "checkpoints", GZD5)
    stores = open_stores(root, [name], card.image)
    fabric = start_fabric(DeviceConfig(accelerator="cpu"))
    galaxies = read_galaxies(stores, fabric.device)
    rows = torch.arange(len(galaxies))
    raw = concentrations_of(fabric, model, galaxies, card.image, rows)
    alpha = calibrated(raw, card.calibration, GZD5).double().numpy()
    truth = pd.read_parquet(stores[0].folder / "truth.parquet")
    errors = evaluate_fractions(
        expected_probability(alpha, GZD5),
        truth[list(GZD5.labels)].to_numpy(float),
        GZD5,
        constant=np.array([card.mean_fraction]),
    )
    votes = read_counts(stores, GZD5).numpy()
    held = interval_coverage(alpha, votes, GZD5)
    held = held[(held["mass"] == MASS) & (held["n"] > 0)]
    coverage, exact = (
        np.average(held[name], weights=held["n"]) for name in ("coverage", "exact")
    )
    return Measured(
        float(errors["rmse"].mean()), coverage, exact, *most_sure(alpha, votes)
    )


def most_sure(alpha: np.ndarray, votes: np.ndarray) -> tuple[str, float, float]:
    """The question that is most too sure, how many times, and the lower end of that.

    Of concentrations and votes (N, L), over questions that enough galaxies have at
    least ``LEAST_VOTES`` votes on.
    """
    found = []
    for question in GZD5.questions:
        columns = GZD5.columns(question)
        kept = votes[:, columns].sum(axis=1) >= LEAST_VOTES
        if kept.sum() >= FEWEST:
            pair = alpha[kept][:, columns], votes[kept][:, columns]
            nats = np.array([_nats(scale * pair[0], pair[1]) for scale in _SURE])
            within = _SURE[nats <= nats.min() + _BELOW_BEST]
            best = 1 / _SURE[nats.argmin()]
            found.append((question.name, float(best), float(1 / within.max())))
    return max(found, key=lambda one: one[1])


def _nats(alpha: np.ndarray, votes: np.ndarray) -> float:
    """Negative log-likelihood of votes (N, A), without the multinomial constant."""
    total, number = alpha.sum(axis=1), votes.sum(axis=1)
    answers = (gammaln(votes + alpha) - gammaln(alpha)).sum(axis=1)
    return float((gammaln(total + number) - gammaln(total) - answers).sum())


def missed_goals(
    case: Case, verdict: str, before: Measured, after: Measured
) -> list[str]:
    """What is wrong with a verdict, and with the calibration where it has goals."""
    change = f"{before.error:.4f} -> {after.error:.4f}"
    misses = []
    if verdict == "better" and after.error >= before.error:
        misses.append(f"judged better, and its error rose ({change})")
    if verdict == "worse" and after.error < before.error:
        misses.append(f"judged worse, and its error fell ({change})")
    if case.calibrated and verdict == "better":
        if abs(after.coverage - after.exact) > MOST_APART:
            misses.append(
                f"{MASS:.0%} intervals hold {after.coverage:.1%}, an exact model's "
                f"{after.exact:.1%}"
            )
        if after.sure_low > MOST_SURE:
            misses.append(f"{after.question} is {after.sure:.2f} times too sure")
    return misses


def row(
    case: Case,
    choice: dict[str, Any],
    before: Measured,
    after: Measured,
    missed: Sequence[str],
) -> dict[str, object]:
    """A line of the table."""
    told = "; ".join(
        f"{one['criterion']} {one['low']:+.3f} to {one['high']:+.3f}"
        + (" (not used)" if one["doubt"] else "")
        for one in choice["changes"]
    )
    return {
        "case": case.name,
        "method": case.method,
        "verdict": choice["verdict"],
        "change of criteria": told,
        "error before": f"{before.error:.4f}",
        "after": f"{after.error:.4f}",
        f"{MASS:.0%} holds": f"{after.coverage:.1%}",
        "exact": f"{after.exact:.1%}",
        "most too sure": f"{after.question} {after.sure:.2f} (>= {after.sure_low:.2f})",
        "goal": "missed" if missed else "met",
    }


if __name__ == "__main__":
    sys.exit(main())
