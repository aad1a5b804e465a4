"""A full disk, a disk that became read-only, and too little memory."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from morph.catalogue import loading, sync
from morph.catalogue.connection import forget
from morph.catalogue.release_table import release
from morph.errors import MorphError
from morph.home import catalogue_path, release_folder, run_folder
from morph.release.publish import publish_release
from morph.runs.lifecycle import create_run, read_run, start_run
from morph.selection.selection import Selection
from morph.subsets import saved
from pages.common.server import database
from tests.faults.homes import (
    FIRST,
    SECOND,
    add_release,
    everything,
    loaded,
    small_home,
    subsets,
)
from tests.faults.processes import ROOT, Worker
from tests.faults.rows.killed_trainer import CONFIGS, finished, surveys
from tests.faults.trials import Fault, Skipped, Trial
from tests.morph.runs import counting

MEGABYTES = 64
RUN = "made-here"


@dataclass(frozen=True)
class Action:
    """Something that writes to a home; ``prepare`` is done while all is well."""

    do: Callable[[Path], object]
    prepare: Callable[[Path], object] = lambda home: None


def _load(home: Path) -> None:
    database.load_new_releases(home)
    if database.health.problem:
        raise MorphError(database.health.problem)


def _save(home: Path) -> None:
    with database.cursor(home) as con:
        first, number = release(con, FIRST), len(saved.subsets(con))
        for one in range(20):  # a database has some space of its own
            saved.save_selection(con, first, Selection(), name=f"{number} {one}")


def _unload(home: Path) -> None:
    with database.cursor(home) as con:
        loading.unload_release(con, FIRST)
        loading.load_release(con, release_folder(home, FIRST))


def _load_by_command(home: Path) -> None:
    """`python -m data load`; its message, as an error, where it is refused."""
    done = subprocess.run(
        [sys.executable, "-m", "data", "load-run", RUN],
        cwd=ROOT,
        env=os.environ | {"MORPH_HOME": str(home)},
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in done.stderr, done.stderr
    if done.returncode:
        raise MorphError(done.stderr)


def _finished_run(home: Path) -> None:
    (home / "runs" / RUN).mkdir(parents=True)
    add_release(home, SECOND).rename(home / "runs" / RUN / "release")


ACTIONS = {
    "load a release": Action(
        _load, lambda home: add_release(home, SECOND, galaxies=9000)
    ),
    "save subsets": Action(_save),
    "unload and restore": Action(_unload),
    "publish a release": Action(
        lambda home: publish_release(run_folder(home, RUN), home / "releases"),
        _finished_run,
    ),
    "load by a command": Action(_load_by_command, _finished_run),
    "create a run": Action(lambda home: create_run(home, RUN, counting.SHORT)),
    "start a run": Action(
        lambda home: counting.start(run_folder(home, RUN)),
        lambda home: create_run(home, RUN, counting.SHORT),
    ),
    "make the catalogue": Action(
        lambda home: sync.rebuild(catalogue_path(home), home / "releases"),
        lambda home: forget(catalogue_path(home)),
    ),
}


@contextmanager
def small_disk(root: Path) -> Iterator[Path]:
    """A disk of a few megabytes, mounted on a folder."""
    disk = root / "disk"
    disk.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(disk)]
    mounted = subprocess.run(["mount", *options], capture_output=True, text=True)
    if mounted.returncode:
        raise Skipped(f"no small disk can be mounted ({mounted.stderr.strip()})")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(disk: Path) -> Path:
    """Fill the disk to its last byte with a file, which is returned."""
    path = disk / "filling"
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            return path


def full_disk(trial: Trial, action: Action) -> None:
    with small_disk(trial.root) as disk:
        home, before = _home(disk, action)
        filling = fill(disk)
        _told(trial, action, home, "is full")
        filling.unlink()
        _works_again(action, home, before)


def read_only(trial: Trial, action: Action) -> None:
    with small_disk(trial.root) as disk:
        home, before = _home(disk, action)
        remount = ["mount", "-o", "remount,{}", str(disk)]
        subprocess.run([one.format("ro") for one in remount], check=True)
        _told(trial, action, home, "cannot be written")
        subprocess.run([one.format("rw") for one in remount], check=True)
        _works_again(action, home, before)


def _home(disk: Path, action: Action) -> tuple[Path, tuple]:
    home = small_home(disk / "home")
    before = everything(home)
    action.prepare(home)
    return home, before


def _told(trial: Trial, action: Action, home: Path, words: str) -> None:
    """The action is refused with a sentence that has these words."""
    try:
        action.do(home)
    except MorphError as error:
        trial.say(f"told: {error}")
        assert words in str(error), error
    else:
        raise AssertionError("it was not refused")
    finally:
        database.close(home)


def _works_again(action: Action, home: Path, before: tuple) -> None:
    """Nothing that was loaded or saved has changed, and the action has its effect."""
    releases, kept = before
    if catalogue_path(home).exists():
        found = loaded(home)
        assert found in (releases, {}), found
    assert kept.items() <= subsets(home).items()
    action.do(home)
    database.close(home)
    assert releases.items() <= loaded(home).items()
    assert kept.items() <= subsets(home).items()


def full_disk_in_a_run(trial: Trial) -> None:
    """The run fails with a sentence, and goes on once there is room."""
    with small_disk(trial.root) as disk:
        home = surveys(disk / "home")
        config = CONFIGS["source"] | {"fit": {"epochs": 15, "batch_size": 16}}
        folder = create_run(home, RUN, config)
        start_run(folder)
        counting.wait_for(lambda: read_run(folder).stage == "fit", seconds=60)
        filling = fill(disk)
        counting.wait_for(lambda: not read_run(folder).active, seconds=60)
        state = read_run(folder)
        trial.say(f"{state.state}: {state.error}")
        assert state.state == "failed" and "is full" in state.error, state
        filling.unlink()
        finished(folder)


def memory(trial: Trial) -> None:
    """A load with too little memory is refused with a sentence."""
    home = small_home(trial.root)
    before = everything(home)
    add_release(home, SECOND, galaxies=120_000)
    for megabytes in (5, trial.moments.randrange(20, 150)):
        worker = Worker("load_with_little_memory", home, str(megabytes))
        worker.begin()
        line = worker.end()[-1]
        trial.say(f"{megabytes} MB: {line}")
        assert line.startswith("told") and "too little free memory" in line, line
        assert everything(home) == before
    _load(home)
    database.close(home)
    assert set(loaded(home)) == {FIRST, SECOND}


FAULTS = (
    *(
        Fault(f"full disk: {name}", partial(full_disk, action=one), random=False)
        for name, one in ACTIONS.items()
    ),
    Fault("full disk: a run that fits", full_disk_in_a_run, random=False),
    *(
        Fault(f"read-only disk: {name}", partial(read_only, action=one), random=False)
        for name, one in ACTIONS.items()
    ),
    Fault("too little memory", memory),
)
