"""The trainer killed at random moments, and started again."""

import os
import shutil
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from morph.atomic import sha256_of
from morph.errors import DamagedRelease
from morph.release.folder import verify_release
from morph.release.publish import publish_release
from morph.runs.lifecycle import create_run, read_run, start_run
from morph.runs.run_files import read_events
from tests.faults.trials import Fault, Trial
from tests.morph.runs.counting import wait_for
from tests.training.tiny_stores import write_tiny_store

RUN, MODEL = "killed", "model"
LONGEST_S = 240.0  # of a run, on a busy machine

_RELEASE = {"release_id": "tiny", "stores": ["target"], "projection": None}
_FIT = {"epochs": 6, "batch_size": 16}
LONG_FIT = {"kind": "source", "stores": ["source"], "fit": {"epochs": 10_000}}
CONFIGS: dict[str, dict[str, Any]] = {
    "source": {"kind": "source", "stores": ["source"], "fit": _FIT},
    "adapt": {
        "kind": "adapt",
        "model_run": MODEL,
        "source_stores": ["source"],
        "target_stores": ["target"],
        "long_simulation": {"fit": _FIT},
        "choice": {"epoch": "last", "harmful": "keep", "unclear": "keep"},
    },
}


@dataclass(frozen=True)
class Undisturbed:
    """A home with surveys and a model, and what a whole run in it was like."""

    home: Path
    results: dict[str, str]
    starts_s: float  # before its first stage
    works_s: float  # of its stages


def surveys(root: Path) -> Path:
    """A home with a survey with votes, and one without, of tiny images."""
    if not root.exists():
        write_tiny_store(root, "source", galaxies=64, size=32)
        shape = {"size": 32, "survey": "bmz", "votes": False}
        write_tiny_store(root, "target", galaxies=70, seed=1, **shape)
    return root


def finished(folder: Path) -> Path:
    """Start a run and wait until it is finished."""
    start_run(folder)
    wait_for(lambda: not read_run(folder).active, seconds=LONGEST_S)
    state = read_run(folder)
    assert state.state == "finished", (state, (folder / "log.txt").read_text()[-2000:])
    return folder


def with_model(shared: Path) -> Path:
    """A home with surveys and a run that has fitted a model."""
    home = surveys(shared / "surveys")
    if not (home / "runs" / MODEL).exists():
        finished(create_run(home, MODEL, CONFIGS["source"]))
    return home


@cache
def undisturbed(shared: Path, kind: str) -> Undisturbed:
    """A whole run of this kind, carried out once."""
    home = with_model(shared)
    whole = shutil.copytree(home, shared / f"whole-{kind}")
    folder = finished(_new_run(whole, kind))
    times = [datetime.fromisoformat(one["time"]) for one in _stages(folder)]
    began = datetime.fromisoformat(read_events(folder)[0]["time"])
    starts_s = (times[0] - began).total_seconds()
    works_s = (times[-1] - times[0]).total_seconds()
    return Undisturbed(home, results(folder), starts_s, works_s)


def a_run(trial: Trial) -> None:
    """Killed, it ends with the results of the undisturbed run."""
    kind = trial.moments.choice(tuple(CONFIGS))
    trial.say(kind)
    whole = undisturbed(trial.shared, kind)
    root = shutil.copytree(whole.home, trial.root, dirs_exist_ok=True)
    folder = _new_run(root, kind)
    _start_and_kill(folder, trial, whole)
    no_half_release(folder)
    if read_run(folder).state != "finished":
        finished(folder)
    assert results(folder) == whole.results


def _new_run(root: Path, kind: str) -> Path:
    return create_run(root, RUN, CONFIGS[kind] | {"release": _RELEASE})


def _start_and_kill(folder: Path, trial: Trial, whole: Undisturbed) -> None:
    """Kill the run while it starts, or in four of five tries in its stages."""
    done = len(_stages(folder))
    start_run(folder)
    starting = trial.moments.random() < 0.2
    longest = whole.starts_s if starting else whole.works_s
    if not starting:
        wait_for(
            lambda: len(_stages(folder)) > done or not read_run(folder).active,
            seconds=LONGEST_S,
        )
    time.sleep(seconds := trial.moments.uniform(0, longest))
    state = read_run(folder)
    if state.active and state.pid is not None:
        with suppress(ProcessLookupError):  # it has ended by itself meanwhile
            os.killpg(state.pid, signal.SIGKILL)
    wait_for(lambda: not read_run(folder).active, seconds=LONGEST_S)
    trial.say(f"killed after {seconds:.2f} s in {state.stage or 'its start'}")


def _stages(folder: Path) -> list[dict[str, Any]]:
    """The events of stages that began or ended."""
    return [one for one in read_events(folder) if one["event"].startswith("stage_")]


def no_half_release(folder: Path) -> None:
    """The release is whole, or it is none, which can neither be read nor published."""
    if (folder / "release" / "manifest.json").exists():
        verify_release(folder / "release")
    else:
        with pytest.raises(DamagedRelease):
            publish_release(folder, folder.parent / "nowhere")


def results(folder: Path) -> dict[str, str]:
    """SHA-256 of the weights and of the tables of the release."""
    files = [folder / "checkpoints" / "model.safetensors"]
    files += sorted((folder / "release").glob("*.parquet"))
    assert len(files) >= 3
    return {path.name: sha256_of(path) for path in files}


FAULTS = (Fault("a fit, a prediction or a release", a_run),)
