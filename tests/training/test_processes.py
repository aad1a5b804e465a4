"""Two processes carry out the run that one would."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from morph.home import run_folder
from morph.run_files import read_json
from morph.runs import create_run
from training.processes import follows

ROOT = Path(__file__).parents[2]
WITHOUT_BATCH_NORM = {"encoder": "convnext_atto", "dropout": 0.0}
WITH_BATCH_NORM = {"encoder": "small", "dropout": 0.0}


@pytest.mark.parametrize(
    ("environment", "following"),
    [
        ({}, False),
        ({"LOCAL_RANK": "0"}, False),
        ({"LOCAL_RANK": "1"}, True),
        ({"RANK": "3", "LOCAL_RANK": "0"}, True),  # the first of a second machine
        ({"SLURM_PROCID": "2", "LOCAL_RANK": "0"}, True),
        ({"RANK": "0", "SLURM_PROCID": "2"}, False),
    ],
)
def test_only_the_first_process_of_all_leads(environment, following):
    assert follows(environment) is following


def carry_out(root: Path, run_id: str, model: dict, *, devices: int, **fit) -> Path:
    """Fit to the votes of the store ``few`` in so many processes; the run's folder."""
    config = {
        "kind": "source",
        "stores": ["few"],
        "model": model,
        "fit": {"epochs": 2, "batch_size": 16, "learning_rate": 1e-3} | fit,
        "held_out": 0.2,
        "device": {"accelerator": "cpu", "devices": devices, "threads": 1},
        "release": {"release_id": run_id, "stores": ["few"], "projection": None},
    }
    create_run(root, run_id, config)
    folder = run_folder(root, run_id)
    command = [sys.executable, "-m", "training", str(folder)]
    environment = os.environ | {"MORPH_HOME": str(root)}
    subprocess.run(command, cwd=ROOT, env=environment, check=False, timeout=300)
    return folder


def epochs(folder: Path) -> list[dict]:
    lines = (folder / "events.jsonl").read_text().splitlines()
    return [e for e in map(json.loads, lines) if e["event"] == "epoch"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "fit"),
    [
        (WITHOUT_BATCH_NORM, {"average": 0.9}),
        (WITH_BATCH_NORM, {"batch_norm": "frozen"}),
    ],
    ids=["without batch norm", "batch norm frozen"],
)
def test_two_processes_learn_as_one_does(tmp_path, make_store, model, fit):
    make_store("few", size=32)
    one = carry_out(tmp_path, "one", model, devices=1, **fit)
    two = carry_out(tmp_path, "two", model, devices=2, **fit)
    assert read_json(two / "status.json")["state"] == "finished"
    for key in ("loss", "held_out_loss"):
        alone, shared = ([e[key] for e in epochs(f)] for f in (one, two))
        assert len(alone) == 2
        assert shared == pytest.approx(alone, rel=1e-4)
    assert (two / "release" / "manifest.json").is_file()


@pytest.mark.slow
def test_cpu_processes_refuse_to_learn_a_batch_norm_each(tmp_path, make_store):
    make_store("few", size=32)
    folder = carry_out(tmp_path, "two", WITH_BATCH_NORM, devices=2)
    status = read_json(folder / "status.json")
    assert status["state"] == "failed"
    assert "cannot share a batch norm" in status["error"]
