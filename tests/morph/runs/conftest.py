"""Runs that a test leaves behind."""

import os
import signal

import pytest

from morph.runs.lifecycle import read_run


@pytest.fixture
def kill_left_over():
    """Whatever a test leaves running is killed by the id its folder names."""
    folders = []
    yield folders.append
    for folder in folders:
        state = read_run(folder)
        if state.active and state.pid is not None:
            os.killpg(state.pid, signal.SIGKILL)
