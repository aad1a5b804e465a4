"""What each adaptation gains on a simulated survey pair, beside constant and oracle.

``python -m tests.benchmarks.adaptation --quick``, or without --quick at the full
demonstration's size; with --check it exits 1 unless the source model on its own survey
beats the constant by 15 % and the default adaptation beats none, with every seed.

The number is the vote-fraction RMSE against the true fractions, over the test half of
the overlap: the mean of the 10 questions, of each over the galaxies asked it with a
probability above 0.5. Every seed fits models of its own; the survey pair stays. The
oracle has the source's network, galaxies, votes and steps, but sees the galaxies as
the target survey does.
"""

import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from data.demo_plan import FULL
from data.demo_simulation import simulate
from data.demo_survey import FULL_OVERLAP, OVERLAP_VOLUNTEERS, half_of
from morph.cutouts import StoreManifest, write_store
from morph.home import cutouts_folder
from morph.run_files import read_json
from morph.runs import create_run
from morph.tree import GZD5
from tests.benchmarks import report
from training.__main__ import main as train
from training.config import AdaptConfig

METHODS = ("none", "adabn", "simulation", "physical", "kmeans")
DIRECT, DEFAULT = "none", AdaptConfig.__dataclass_fields__["method"].default
SURVEY_SEED = 2412
SOURCE_MARGIN = 0.15  # of the constant's error, that the source model must save


@dataclass(frozen=True)
class Size:
    """How much one pass of the benchmark does."""

    galaxies: int
    overlap: int
    fit_epochs: int
    simulation_epochs: int
    kmeans_epochs: int


QUICK = Size(
    galaxies=2500, overlap=1200, fit_epochs=12, simulation_epochs=3, kmeans_epochs=3
)
WHOLE = Size(
    galaxies=FULL.galaxies,
    overlap=FULL_OVERLAP,
    fit_epochs=FULL.fit_epochs,
    simulation_epochs=FULL.simulation_epochs,
    kmeans_epochs=20,
)


def write_surveys(root: Path, size: Size) -> None:
    """The pair: source (as both surveys see it), target without votes, overlap."""
    both = ("decals", "bmz")
    _write(root, "source", both, size.galaxies, SURVEY_SEED, "decals")
    _write(root, "target", ("bmz",), size.galaxies, SURVEY_SEED + 1, "bmz")
    _write(root, "overlap", both, size.overlap, SURVEY_SEED + 2, "overlap")


def _write(
    root: Path,
    name: str,
    surveys: tuple[str, ...],
    galaxies: int,
    seed: int,
    footprint: str,
) -> None:
    judged = footprint == "overlap"
    given = {"volunteers": OVERLAP_VOLUNTEERS} if judged else {}
    made = simulate(galaxies, seed, surveys=surveys, footprint=footprint, **given)
    index = made.index.assign(half=made.index["iauname"].map(half_of))
    for survey in surveys:
        folder = cutouts_folder(root, f"{name}-{survey}")
        pixels = made.pixels[survey]
        manifest = StoreManifest(
            survey, "simulated", name, galaxies, size=pixels.shape[-1]
        )
        votes = _per_label(index, made.votes) if name != "target" else None
        write_store(folder, manifest, index, pixels, votes=votes)
        if judged:
            truth = _per_label(index, made.truth)
            truth.to_parquet(folder / "truth.parquet", index=False)


def _per_label(index: pd.DataFrame, values: np.ndarray) -> pd.DataFrame:
    table = pd.DataFrame(values, columns=list(GZD5.labels))
    table.insert(0, "iauname", index["iauname"].to_numpy())
    return table


def source_config(size: Size, seed: int, survey: str, epochs: int) -> dict[str, Any]:
    """A fit on the source galaxies as ``survey`` sees them, judged on the same."""
    return {
        "kind": "source",
        "stores": [f"source-{survey}"],
        "seed": seed,
        "fit": {"epochs": epochs},
        "evaluate": {"store": f"overlap-{survey}", "half": "test"},
    }


def adapt_config(size: Size, seed: int, method: str) -> dict[str, Any]:
    """The source model carried over by ``method``, judged on the target."""
    return {
        "kind": "adapt",
        "model_run": f"source-{seed}",
        "source_stores": ["source-decals"],
        "target_stores": ["target-bmz"],
        "method": method,
        "seed": seed,
        "simulation": {"fit": {"epochs": size.simulation_epochs}},
        "kmeans": {"fit": {"epochs": size.kmeans_epochs}},
        "evaluate": {"store": "overlap-bmz", "half": "test"},
    }


def errors(root: Path, size: Size, seed: int) -> dict[str, float]:
    """RMSE of everything compared, with models of one seed."""
    fit, more = size.fit_epochs, size.simulation_epochs
    source = _judged(root, f"source-{seed}", source_config(size, seed, "decals", fit))
    found = {
        "constant": source["mean_constant_rmse"],
        "source on source": source["mean_rmse"],
    }
    for method in METHODS:
        run_id = f"{method.replace('+', '-')}-{seed}"
        judged = _judged(root, run_id, adapt_config(size, seed, method))
        found[_row_name(method)] = judged["mean_rmse"]
    oracle = source_config(size, seed, "bmz", fit + more)
    found["oracle"] = _judged(root, f"oracle-{seed}", oracle)["mean_rmse"]
    return found


def _row_name(method: str) -> str:
    if method == DIRECT:
        return "direct (source on target)"
    return f"{method} (default)" if method == DEFAULT else method


def _judged(root: Path, run_id: str, config: dict[str, Any]) -> dict[str, Any]:
    """Carry a run out in this process; its evaluation."""
    folder = create_run(root, run_id, config)
    if train([str(folder)]) != 0:
        raise RuntimeError(f"{folder} did not finish; its log.txt says why")
    return read_json(folder / "evaluation.json")


def rows(by_seed: Sequence[Mapping[str, float]]) -> list[dict[str, object]]:
    """Mean, spread and every seed's RMSE; the share of direct -> oracle closed."""
    table = []
    direct = statistics.mean(e[_row_name(DIRECT)] for e in by_seed)
    oracle = statistics.mean(e["oracle"] for e in by_seed)
    for name in by_seed[0]:
        each = [e[name] for e in by_seed]
        mean = statistics.mean(each)
        table.append(
            {
                "prediction": name,
                "RMSE": round(mean, 4),
                "spread": round(statistics.stdev(each), 4) if len(each) > 1 else "-",
                "gap closed": f"{(direct - mean) / (direct - oracle):.0%}",
                **{f"seed {i + 1}": round(e, 4) for i, e in enumerate(each)},
            }
        )
    return table


def missed(by_seed: Sequence[Mapping[str, float]]) -> list[str]:
    """The goals that a seed misses, in words."""
    goals = []
    for i, found in enumerate(by_seed, start=1):
        if found["source on source"] > (1 - SOURCE_MARGIN) * found["constant"]:
            goals.append(f"seed {i}: source on source does not beat the constant")
        if found[_row_name(DEFAULT)] >= found[_row_name(DIRECT)]:
            goals.append(f"seed {i}: {DEFAULT} does not beat direct")
    return goals


def main(arguments: Sequence[str] | None = None) -> int:
    """The benchmark's exit status."""
    parser = report.options_parser(__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a smaller pair")
    parser.add_argument("--seeds", type=int, default=3, help="how many (3)")
    options = parser.parse_args(arguments)
    size = QUICK if options.quick else WHOLE
    with tempfile.TemporaryDirectory(prefix="morph-adaptation-") as folder:
        write_surveys(Path(folder), size)
        by_seed = [errors(Path(folder), size, s) for s in range(1, options.seeds + 1)]
    report.print_table(rows(by_seed), json=options.json)
    misses = missed(by_seed)
    for miss in misses:
        sys.stderr.write(f"missed: {miss}\n")
    return 1 if options.check and misses else 0


if __name__ == "__main__":
    sys.exit(main())
