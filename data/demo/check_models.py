"""Compare the shipped models' errors on freshly simulated galaxies with the recorded.

The galaxies are the first of the overlap of both surveys, which no model has seen. A
change of the simulation, of the weights or of the evaluation changes the errors.
"""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from data.demo import shipped_models
from data.demo.plan import ADAPTED_RUN, FULL, SOURCE_RUN, configs
from morph.atomic import write_json
from morph.errors import RunError
from morph.runs.evaluation_file import EVALUATION
from morph.runs.lifecycle import create_run, read_run, start_run
from morph.runs.run_files import read_json

GALAXIES = 1000
TOLERANCE = 0.002  # of an RMSE; rounding on other processors changes it by less
_POLL_S = 0.3

# What is evaluated: name -> model and images.
CHECKS = {
    "source model on DECaLS": (SOURCE_RUN, "decals"),
    "source model on BASS+MzLS": (SOURCE_RUN, "bmz"),
    "adapted model on BASS+MzLS": (ADAPTED_RUN, "bmz"),
}


@dataclass(frozen=True)
class Check:
    """Mean error of a model over the questions: now, and as recorded."""

    name: str
    rmse: float
    recorded: float | None

    @property
    def agrees(self) -> bool:
        return self.recorded is not None and (
            abs(self.rmse - self.recorded) <= TOLERANCE
        )


def check(tell: Callable[[str], None] = lambda _: None) -> list[Check]:
    """Evaluate both models in a temporary home.

    Raises
    ------
    RunError
        If an evaluation fails.
    """
    recorded = read_json(shipped_models.ORIGIN).get("mean_rmse", {})
    with tempfile.TemporaryDirectory(prefix="morph-check-") as folder:
        errors = _errors(Path(folder), tell)
    return [Check(name, error, recorded.get(name)) for name, error in errors.items()]


def record() -> list[Check]:
    """Record the present errors as those of the shipped models."""
    found = check()
    errors = {one.name: round(one.rmse, 5) for one in found}
    origin = read_json(shipped_models.ORIGIN)
    write_json(shipped_models.ORIGIN, origin | {"mean_rmse": errors})
    return [replace(one, recorded=errors[one.name]) for one in found]


def _errors(root: Path, tell: Callable[[str], None]) -> dict[str, float]:
    from data.simulation.stores import write_overlap  # loads torch

    tell(f"simulating {GALAXIES:,} galaxies")
    write_overlap(root, GALAXIES, galaxies=FULL.galaxies, seed=FULL.seed)
    for run_id in shipped_models.SHIPPED:
        shipped_models.install(root, run_id, configs(FULL)[run_id])
    errors = {}
    for number, (name, (model_run, survey)) in enumerate(CHECKS.items()):
        tell(name)
        store = f"demo-overlap-{survey}"
        config = {
            "kind": "predict",
            "model_run": model_run,
            "evaluate": {"store": store, "half": "test"},
            "release": {"release_id": "checked", "stores": [store]},
        }
        folder = create_run(root, f"check-{number}", config | {"seed": FULL.seed})
        errors[name] = _mean_rmse(folder)
    return errors


def _mean_rmse(folder: Path) -> float:
    start_run(folder)
    while (run := read_run(folder)).active:
        time.sleep(_POLL_S)
    if run.state != "finished":
        raise RunError(f"the state of the evaluation is: {run.state}; {run.error}")
    return read_json(folder / EVALUATION)["mean_rmse"]
