"""The demonstration's build killed at random, again and again, ends as if never."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from data.demo import plan
from morph.catalogue.connection import connect
from morph.catalogue.release_table import releases
from morph.home import catalogue_path, run_folder
from morph.runs.demo_status import demo_folder, read_demo
from morph.runs.lifecycle import read_run
from morph.runs.run_files import read_events
from tests.data.demo.tiny_demo import TINY

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.slow


def start_build(root: Path) -> subprocess.Popen:
    with (root / "build.txt").open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.data.demo.tiny_demo", str(root)],
            cwd=ROOT,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def wait_for_event(folder: Path, build: subprocess.Popen, **wanted: str) -> None:
    end = time.monotonic() + 180
    while not any(wanted.items() <= event.items() for event in read_events(folder)):
        assert build.poll() is None, "the build ended before it could be killed"
        assert time.monotonic() < end, f"waited in vain for {wanted}"
        time.sleep(0.005)


def wait_until_building(root: Path, build: subprocess.Popen) -> None:
    """Until then the last build's end stands in the status."""
    end = time.monotonic() + 180
    while (state := read_demo(root)) is None or state.state != "building":
        assert build.poll() is None, "the build ended before it could be killed"
        assert time.monotonic() < end, "waited in vain for the build to begin"
        time.sleep(0.005)


def kill_build(build: subprocess.Popen) -> None:
    if build.poll() is None:  # not waited for, so its number is nobody else's yet
        os.killpg(build.pid, signal.SIGKILL)
    build.wait()


def kill_runs(root: Path) -> int:
    """Kill every run that lives; how many did."""
    killed = 0
    for run_id in plan.configs(TINY):
        run = read_run(run_folder(root, run_id))
        if run.active and run.pid is not None:
            with suppress(ProcessLookupError):  # it has ended by itself meanwhile
                os.killpg(run.pid, signal.SIGKILL)
                killed += 1
    return killed


def kill_a_run(root: Path, build: subprocess.Popen) -> None:
    """Kill the run that lives, or else the next: between two of them there is none."""
    while not kill_runs(root):
        assert build.poll() is None, "the build ended before a run could be killed"
        time.sleep(0.005)


def finish(root: Path) -> None:
    build = start_build(root)
    assert build.wait(timeout=300) == 0, (root / "build.txt").read_text()


def assert_nothing_was_done_twice(root: Path) -> None:
    """Once finished, no step and no stage is ever begun again."""
    logs = [(demo_folder(root), "step")]
    logs += [(run_folder(root, run_id), "stage") for run_id in plan.configs(TINY)]
    for folder, kind in logs:
        finished = []
        for event in read_events(folder):
            if event["event"] == f"{kind}_started":
                assert event[kind] not in finished
            elif event["event"] == f"{kind}_finished":
                finished.append(event[kind])
        assert finished and max(Counter(finished).values()) == 1


def assert_each_galaxy_is_there_once(root: Path) -> None:
    with connect(catalogue_path(root)) as con:
        loaded = releases(con)
        assert sorted(found.release_id for found in loaded) == sorted(
            plan.releases(TINY)
        )
        for found in loaded:
            names = con.table(found.table).df()["iauname"]
            assert (
                names.is_unique
                and len(names) == found.manifest.galaxies == TINY.galaxies
            )


@pytest.fixture(scope="module")
def moments() -> random.Random:
    seed = random.SystemRandom().randrange(2**32)
    print(f"kills drawn with seed {seed}")  # shown where a test fails
    return random.Random(seed)


@pytest.fixture(scope="module")
def built_through_kills(tmp_path_factory, moments) -> Path:
    """A demonstration whose training was killed three times: all of it, the build
    alone (its run lives on), the run alone (the build ends with an error)."""
    root = tmp_path_factory.mktemp("killed")
    victims = moments.sample(["everything", "build", "run"], k=3)
    stages = [
        ("demo-source", "fit"),
        ("demo-source", "predict"),
        ("demo-adapted", "fit"),
    ]
    for victim, (run_id, stage) in zip(victims, stages, strict=True):
        build = start_build(root)
        wait_until_building(root, build)
        wait_for_event(
            run_folder(root, run_id), build, event="stage_started", stage=stage
        )
        time.sleep(moments.uniform(0, 0.4))
        if victim != "run":
            kill_build(build)
            assert read_demo(root).state == "interrupted"
        if victim == "everything":
            kill_runs(root)
        if victim == "run":
            kill_a_run(root, build)
            build.wait(timeout=300)
    finish(root)
    return root


def test_killed_three_times_in_training_it_ends_well(built_through_kills):
    assert read_demo(built_through_kills).state == "finished"
    assert_nothing_was_done_twice(built_through_kills)
    assert_each_galaxy_is_there_once(built_through_kills)


def test_built_already_it_only_says_so(built_through_kills):
    folder = demo_folder(built_through_kills)
    before = (folder / "events.jsonl").read_bytes()
    finish(built_through_kills)
    assert (folder / "events.jsonl").read_bytes() == before


def test_killed_three_times_in_loading_it_ends_well(
    tmp_path, built_through_kills, moments
):
    root = tmp_path / "home"
    shutil.copytree(built_through_kills, root)
    catalogue_path(root).unlink()
    seconds = forget_step(root, "load")
    kills = 0
    while kills < 3:
        build = start_build(root)
        before = len(read_events(demo_folder(root)))
        wait_for_new_start(root, build, before)
        time.sleep(moments.uniform(0, seconds))
        if build.poll() is None and not is_loaded(root):
            kills += 1
        kill_build(build)
        if is_loaded(root):
            forget_step(root, "load")
            catalogue_path(root).unlink()
    finish(root)
    assert_each_galaxy_is_there_once(root)
    assert_nothing_was_done_twice(root)


def is_loaded(root: Path) -> bool:
    events = read_events(demo_folder(root))
    return any(e["event"] == "step_finished" and e["step"] == "load" for e in events)


def wait_for_new_start(root: Path, build: subprocess.Popen, before: int) -> None:
    end = time.monotonic() + 120
    while len(read_events(demo_folder(root))) <= before:
        assert build.poll() is None and time.monotonic() < end
        time.sleep(0.002)


def forget_step(root: Path, step: str) -> float:
    """Take a step's end out of the event log; return the seconds it took."""
    path = demo_folder(root) / "events.jsonl"
    events = read_events(path.parent)
    last = next(
        e for e in events if e["event"] == "step_finished" and e["step"] == step
    )
    events.remove(last)
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return last["seconds"]
