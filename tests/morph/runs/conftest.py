"""Runs that a test leaves behind, and runs on a Slurm that is played."""

import os
import signal
from pathlib import Path

import pytest

from morph.runs.lifecycle import create_run, read_run, start_run
from morph.runs.slurm.job import use_slurm
from tests.morph.runs.counting import COUNTING, LONG
from tests.morph.runs.fake_slurm import CPU, ON_CPU, FakeSlurm, slurm_on_path


@pytest.fixture
def kill_left_over():
    """Whatever a test leaves running is killed by the id its folder names."""
    folders = []
    yield folders.append
    for folder in folders:
        state = read_run(folder)
        if state.active and state.pid is not None:
            os.killpg(state.pid, signal.SIGKILL)


@pytest.fixture
def slurm(tmp_path_factory, monkeypatch) -> FakeSlurm:
    """Slurm's commands on PATH, asked at every look; no other Slurm is reached."""
    return slurm_on_path(tmp_path_factory.mktemp("slurm"), monkeypatch)


@pytest.fixture
def submitted(tmp_path, slurm) -> Path:
    """A run that is job 12, not yet begun."""
    folder = create_run(tmp_path, "counting", LONG | CPU)
    use_slurm(folder, ON_CPU)
    slurm.answers("sbatch", "12\n")
    start_run(folder, command=COUNTING)
    slurm.queue("12|morph-counting|PENDING|Resources||gpu")
    return folder
