"""A run in two processes equals that in one."""

import json
import os
import socket
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from subprocess import Popen

import pandas as pd
import pytest

from morph.home import run_folder
from morph.runs.lifecycle import create_run
from morph.runs.run_files import read_json
from training.__main__ import main
from training.fit.ranks_and_devices import follows

ROOT = Path(__file__).parents[3]
WITHOUT_BATCH_NORM = {"encoder": "test_convnext", "dropout": 0.0}
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
    """Fit to the votes of the store ``few`` in so many processes; the run's folder.

    One process is that of the test, which has loaded torch.
    """
    folder = describe(root, run_id, model, devices=devices, **fit)
    if devices == 1:
        assert main([str(folder)]) == 0
    else:
        start(root, folder).wait(timeout=300)
    return folder


def start(root: Path, folder: Path, said: Mapping[str, str] | None = None) -> Popen:
    """A process that executes the run, with additional environment variables."""
    environment = os.environ | {"MORPH_HOME": str(root)} | dict(said or {})
    command = [sys.executable, "-m", "training", str(folder)]
    return Popen(command, cwd=ROOT, env=environment)


def describe(root: Path, run_id: str, model: dict, *, devices: int, **fit) -> Path:
    """The folder of a run not yet executed."""
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
    return run_folder(root, run_id)


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
    alone, shared = (
        pd.read_parquet(folder / "release" / "posteriors.parquet")
        for folder in (one, two)
    )
    pd.testing.assert_frame_equal(shared, alone, rtol=1e-3)


@pytest.mark.slow
def test_two_processes_are_taught_by_the_votes_of_one_teacher(tmp_path, make_store):
    make_store("few", size=32)
    make_store("target", survey="bmz", size=32, votes=False)
    carry_out(tmp_path, "source", WITHOUT_BATCH_NORM, devices=1, epochs=1)
    fit = {"epochs": 2, "batch_size": 16, "learning_rate": 1e-3}
    found = []
    for devices in (1, 2):
        config = {
            "kind": "adapt",
            "model_run": "source",
            "source_stores": ["few"],
            "target_stores": ["target"],
            "method": "joint",
            "joint": {"fit": fit, "retake": False, "teacher_weight": 1.0},
            "choice": {"harmful": "keep", "unclear": "keep"},
            "device": {"accelerator": "cpu", "devices": devices, "threads": 1},
        }
        create_run(tmp_path, f"of-{devices}", config)
        folder = run_folder(tmp_path, f"of-{devices}")
        if devices == 1:
            assert main([str(folder)]) == 0
        else:
            start(tmp_path, folder).wait(timeout=300)
        assert read_json(folder / "status.json")["state"] == "finished"
        found.append([e["conditional"] for e in epochs(folder)])
    assert len(found[0]) == 2
    assert found[1] == pytest.approx(found[0], rel=1e-4)


def as_slurm_starts_it(task: int, tasks: int, port: int) -> dict[str, str]:
    """The environment of srun for one of ``tasks`` tasks on one machine."""
    said = {
        "SLURM_JOB_ID": "4217",
        "SLURM_JOB_NAME": "morph",
        "SLURM_NTASKS": tasks,
        "SLURM_NTASKS_PER_NODE": tasks,
        "SLURM_NNODES": 1,
        "SLURM_NODELIST": "localhost",
        "SLURM_NODEID": 0,
        "SLURM_PROCID": task,
        "SLURM_LOCALID": task,
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": port,
    }
    return {name: str(value) for name, value in said.items()}


@pytest.mark.slow
def test_the_tasks_of_a_slurm_job_share_a_run(tmp_path, make_store):
    make_store("few", size=32)
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    folder = describe(tmp_path, "job", WITHOUT_BATCH_NORM, devices=2)
    tasks = [
        start(tmp_path, folder, as_slurm_starts_it(task, 2, port)) for task in range(2)
    ]
    assert [task.wait(timeout=300) for task in tasks] == [0, 0]
    assert read_json(folder / "status.json")["state"] == "finished"
    assert [epoch["epoch"] for epoch in epochs(folder)] == [1, 2]  # told by one alone
    assert (folder / "release" / "manifest.json").is_file()


@pytest.mark.slow
def test_a_slurm_job_of_another_size_is_an_error(tmp_path, make_store):
    make_store("few", size=32)
    folder = describe(tmp_path, "job", WITHOUT_BATCH_NORM, devices=2)
    task = start(tmp_path, folder, as_slurm_starts_it(0, 4, 12910))
    assert task.wait(timeout=300) == 1
    error = read_json(folder / "status.json")["error"]
    assert "Slurm job does not match" in error
    assert "ntasks-per-node=4" in error


@pytest.mark.slow
def test_cpu_processes_refuse_to_learn_a_batch_norm_each(tmp_path, make_store):
    make_store("few", size=32)
    folder = carry_out(tmp_path, "two", WITH_BATCH_NORM, devices=2)
    status = read_json(folder / "status.json")
    assert status["state"] == "failed"
    assert "cannot synchronise batch norm" in status["error"]
