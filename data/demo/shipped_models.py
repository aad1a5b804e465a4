"""The demonstration's two fitted models in the repository, as runs whose fit is done.

``models/<run>`` holds ``checkpoints`` (weights in float16), the ``config.json`` and
events of the run that fitted them, and its ``choice.json``, if any;
``models/origin.json`` the commit, the software and the evaluations of
`data.demo.check_models`.
"""

import json
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from data.demo.plan import ADAPTED_RUN, SOURCE_RUN
from morph.atomic import new_folder, sha256_of, write_json
from morph.errors import MorphError
from morph.home import run_folder
from morph.runs.run_files import CHOICE, CONFIG, EVENTS, read_events, read_json
from morph.wording import utc_now

MODELS = Path(__file__).parent / "models"
ORIGIN = MODELS / "origin.json"
SHIPPED = (SOURCE_RUN, ADAPTED_RUN)
_LARGEST = float(np.finfo(np.float16).max)
_SOFTWARE = ("torch", "numpy", "safetensors")


def install(root: Path, run_id: str, config: dict[str, Any]) -> None:
    """Create the run with the shipped model, unless it exists; its fit is finished.

    Evaluation and release are those of ``config``, the fit that of the shipped run.
    """
    folder, shipped = run_folder(root, run_id), MODELS / run_id
    if folder.exists():
        return
    with new_folder(folder) as new:
        shutil.copytree(shipped / "checkpoints", new / "checkpoints")
        for name in (EVENTS, CHOICE):
            if (shipped / name).is_file():
                shutil.copyfile(shipped / name, new / name)
        rest = {name: config[name] for name in ("release", "evaluate")}
        write_json(new / CONFIG, read_json(shipped / CONFIG) | rest)


def keep(root: Path) -> None:
    """Take the models that a demonstration in ``root`` fitted into the repository.

    Raises
    ------
    MorphError
        If a run has no finished fit, or a weight is too large for float16.
    """
    command = ["git", "-C", str(ORIGIN.parent), "rev-parse", "HEAD"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    commit, now = done.stdout.strip(), utc_now("seconds")
    origin = f"shipped with morph, fitted with commit {commit[:10]} by {now[:10]}"
    # Of all runs before any model is replaced: one may not be finished.
    events = {r: _events_of_the_fit(run_folder(root, r)) for r in SHIPPED}
    for run_id, fit in events.items():
        source, target = run_folder(root, run_id), MODELS / run_id
        shutil.rmtree(target, ignore_errors=True)
        (target / "checkpoints").mkdir(parents=True)
        _keep_weights(source / "checkpoints", target / "checkpoints", origin)
        for name in (CONFIG, CHOICE):
            if (source / name).is_file():
                shutil.copyfile(source / name, target / name)
        lines = (json.dumps(event, ensure_ascii=False) + "\n" for event in fit)
        (target / EVENTS).write_text("".join(lines), encoding="utf-8")
    software = {name: version(name) for name in _SOFTWARE}
    write_json(ORIGIN, {"commit": commit, "made": now, "software": software})


def _events_of_the_fit(folder: Path) -> list[dict[str, Any]]:
    """The events of a run up to the end of its fit, without process numbers."""
    events = read_events(folder)
    ends = [n for n, e in enumerate(events) if e.get("stage") == "fit"]
    if not ends or events[ends[-1]]["event"] != "stage_finished":
        raise MorphError(
            f"the fit of {folder.name} is not finished; let `make demo-train` end first"
        )
    kept = events[ends[0] : ends[-1] + 1]
    return [{k: v for k, v in event.items() if k != "pid"} for event in kept]


def _keep_weights(source: Path, target: Path, origin: str) -> None:
    """Copy a model with its weights in float16, its description with the origin."""
    weights = load_file(source / "model.safetensors")
    small = {}
    for name, values in weights.items():
        if values.dtype == np.float32:
            if np.abs(values).max(initial=0.0) > _LARGEST:
                raise MorphError(f"{name} has values too large for float16")
            values = values.astype(np.float16)
        small[name] = np.ascontiguousarray(values)
    save_file(small, target / "model.safetensors")
    value = read_json(source / "model.json")
    value["description"] = f"{value['description']} ({origin})"
    digest = sha256_of(target / "model.safetensors")
    write_json(target / "model.json", value | {"sha256": digest})
