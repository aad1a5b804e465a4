"""Tiny cutout stores and runs, made in a temporary MORPH_HOME."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch

from morph.runs.active_run import ActiveRun
from morph.runs.lifecycle import create_run
from tests.training.tiny_stores import write_tiny_store


@pytest.fixture(autouse=True)
def one_thread():
    """Tiny tensors are not faster with more threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def make_store(tmp_path: Path) -> Callable[..., Path]:
    """``make_store(name, survey=..., galaxies=..., ...)`` writes one cutout store."""
    return partial(write_tiny_store, tmp_path)


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[..., ActiveRun]:
    """``make_run(config)`` creates a run and opens it like its process."""

    def make(config: dict, run_id: str = "run") -> ActiveRun:
        return ActiveRun(create_run(tmp_path, run_id, config))

    return make
