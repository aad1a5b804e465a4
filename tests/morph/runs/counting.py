"""Runs that count, in processes of their own, and waiting for them."""

import sys
import time
from pathlib import Path

from morph.runs.lifecycle import read_run, start_run

COUNTING = (sys.executable, "-m", "tests.morph.runs.counting_run")
SHORT = {"kind": "count", "stages": ["one", "two"], "steps": 2}
LONG = SHORT | {"steps": 400}


def wait_for(condition, *, seconds: float = 20.0):
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return value


def start(folder: Path) -> None:
    start_run(folder, command=COUNTING)


def wait_for_state(folder: Path, *states: str) -> None:
    wait_for(lambda: read_run(folder).state in states)


def wait_for_stage(folder: Path, stage: str) -> None:
    wait_for(lambda: read_run(folder).stage == stage)


def stages_done(folder: Path) -> list[str]:
    return (folder / "did.txt").read_text().split()
